import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Session, Sessions } from '../../ports/sessions.ts';
import { randomId } from '../../runtime/ids.ts';

export interface SessionsHarness {
  /** Opens over this harness' storage; several may follow each other, closed in between. */
  open(): Promise<Sessions>;
  dispose(): Promise<void>;
  /** Most sessions of one person. */
  readonly perPerson: number;
}

const session = (changes: Partial<Session> = {}): Session => ({
  id: randomId(),
  issuer: 'https://sign-in.example',
  subject: 'subject-1',
  providerSessionId: 'provider-session-1',
  sealedTokens: 'sealed',
  createdAtMs: 1_000,
  lastSeenAtMs: 1_000,
  expiresAtMs: 9_000,
  userAgent: 'Firefox – Linux',
  personId: 'person1',
  ...changes,
});

/** What every Sessions does. */
export const sessionsContract = (name: string, create: () => Promise<SessionsHarness>): void => {
  describe(`sessions: ${name}`, () => {
    let harness: SessionsHarness;
    let sessions: Sessions;
    const add = async (changes: Partial<Session> = {}): Promise<Session> => {
      const added = session(changes);
      await sessions.create(added);
      return added;
    };
    const present = async (...all: Session[]): Promise<boolean[]> =>
      Promise.all(all.map(async ({ id }) => (await sessions.get(id)) !== undefined));

    beforeEach(async () => {
      harness = await create();
      sessions = await harness.open();
    });
    afterEach(async () => {
      await sessions.close();
      await harness.dispose();
    });

    it('keeps a session, over a restart too', async () => {
      const added = await add();
      await sessions.close();
      sessions = await harness.open();
      expect(await sessions.get(added.id)).toEqual(added);
      expect(await sessions.get(randomId())).toBeUndefined();
    });

    it('refuses a second session with the same id and leaves the first', async () => {
      const added = await add();
      await expect(sessions.create({ ...added, personId: 'person2' })).rejects.toThrow();
      expect(await sessions.get(added.id)).toEqual(added);
    });

    it('replaces a session that is there', async () => {
      const added = await add();
      const changed = { ...added, sealedTokens: 'sealed anew', lastSeenAtMs: 2_000, expiresAtMs: 12_000 };
      expect(await sessions.update(changed)).toBe(true);
      expect(await sessions.get(added.id)).toEqual(changed);
    });

    it('does not bring back a session that was ended meanwhile', async () => {
      const added = await add();
      await sessions.end(added.id);
      await sessions.end(added.id);
      expect(await sessions.update({ ...added, lastSeenAtMs: 2_000 })).toBe(false);
      expect(await sessions.get(added.id)).toBeUndefined();
    });

    it('ends every session of a subject, of that issuer alone', async () => {
      const [first, second] = [await add(), await add({ providerSessionId: 'provider-session-2' })];
      const [otherSubject, otherIssuer] = [await add({ subject: 'subject-2' }), await add({ issuer: 'https://other.example' })];
      expect(await sessions.endBySubject(first.issuer, first.subject)).toBe(2);
      expect(await present(first, second, otherSubject, otherIssuer)).toEqual([false, false, true, true]);
      expect(await sessions.endBySubject(first.issuer, first.subject)).toBe(0);
    });

    it("ends the provider's session alone when it is named", async () => {
      const [first, second, stranger] = [
        await add(),
        await add({ providerSessionId: 'provider-session-2' }),
        await add({ subject: 'subject-2', providerSessionId: 'provider-session-1' }),
      ];
      expect(await sessions.endBySubject(first.issuer, first.subject, 'provider-session-1')).toBe(1);
      expect(await present(first, second, stranger)).toEqual([false, true, true]);
    });

    it("lists a person's sessions, seen last first, and ends them", async () => {
      const [old, recent] = [await add({ lastSeenAtMs: 1_000 }), await add({ lastSeenAtMs: 5_000 })];
      const other = await add({ personId: 'person2' });
      expect(await sessions.listByPerson('person1')).toEqual([recent, old]);
      expect(await sessions.endByPerson('person1')).toBe(2);
      expect(await sessions.listByPerson('person1')).toEqual([]);
      expect(await present(other)).toEqual([true]);
    });

    it('ends the one not seen for longest when a person opens too many', async () => {
      const first = await add({ lastSeenAtMs: 1 });
      for (let index = 1; index < harness.perPerson; index += 1) await add({ lastSeenAtMs: 1_000 + index });
      const other = await add({ personId: 'person2', lastSeenAtMs: 0 });
      expect(await present(first)).toEqual([true]);
      const last = await add({ lastSeenAtMs: 9_000 });
      expect(await present(first, last, other)).toEqual([false, true, true]);
      expect(await sessions.listByPerson('person1')).toHaveLength(harness.perPerson);
    });

    it('forgets what expired before a time, and nothing else', async () => {
      const [over, atTheTime, later] = [
        await add({ expiresAtMs: 4_999 }),
        await add({ expiresAtMs: 5_000 }),
        await add({ expiresAtMs: 5_001 }),
      ];
      expect(await sessions.sweep(5_000)).toBe(1);
      expect(await present(over, atTheTime, later)).toEqual([false, true, true]);
    });

    it('takes texts as they are', async () => {
      const added = await add({ userAgent: `'; DROP TABLE sessions; -- “é”`, subject: "x' OR '1'='1" });
      expect(await sessions.get(added.id)).toEqual(added);
      expect(await sessions.endBySubject(added.issuer, "x' OR 'a'='a")).toBe(0);
    });
  });
};
