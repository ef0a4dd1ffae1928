import { describe, expect, it } from '@jest/globals';
import type { MembershipState } from '@parvis/access/src/facts.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { createManualClock } from '@parvis/kit/testing/manualClock.ts';
import { createLiveAccess } from './liveAccess.ts';

/** Facts that a test sets by hand, as if they followed late. */
const createFacts = () => {
  const now = { state: 'member' as MembershipState, status: 'active', privacy: 'open', fresh: true, reads: 0 };
  const clock = createManualClock();
  const facts = {
    person: async () => ({ id: 'ben', organisationId: 'acme' }),
    viewer: async () => ({
      kind: 'person',
      person: { id: 'ben', status: now.status, organisationId: 'acme' },
      organisation: { state: 'active' },
    }),
    group: async () => ({ id: 'g', privacy: now.privacy, admitsPartners: true, archived: false }),
    membership: async () => {
      now.reads += 1;
      return { groupId: 'g', personId: 'ben', state: now.state, role: 'member' };
    },
  };
  const runtime = { facts, clock, factsFresh: () => now.fresh } as unknown as ServiceRuntime;
  return { now, clock, access: createLiveAccess(runtime) };
};
const heard = (source: string, stream: string, $case: string, value: object = {}): DecodedEvent[] => [
  { source, stream, event: { $case, value } } as unknown as DecodedEvent,
];
const removed = heard('group', 'group/g/member/ben', 'memberRemoved');

describe('facts for open streams', () => {
  it('are remembered for a moment, and several streams of one person ask once', async () => {
    const { now, clock, access } = createFacts();
    await Promise.all([access.standing('g', 'ben'), access.standing('g', 'ben')]);
    expect(access.standing('g', 'ben')).toMatchObject({ membership: { state: 'member' } });
    expect(now.reads).toBe(1);
    clock.advance(2000);
    await access.standing('g', 'ben');
    expect(now.reads).toBe(2);
  });

  it('are waited for until they agree with a removal that was heard', async () => {
    const { now, access } = createFacts();
    await access.standing('g', 'ben');
    access.hear(removed);
    const answer = access.standing('g', 'ben');
    let answered = false;
    const told = Promise.resolve(answer).then((standing) => {
      answered = true;
      return standing;
    });
    while (now.reads < 4) await new Promise(setImmediate);
    expect(answered).toBe(false);
    now.state = 'none';
    expect((await told).membership?.state).toBe('none');
  });

  it('that are being read when a removal is heard are not handed out', async () => {
    const { now, access } = createFacts();
    const before = access.standing('g', 'ben');
    access.hear(removed);
    const after = access.standing('g', 'ben');
    now.state = 'none';
    expect((await after).membership?.state).toBe('none');
    expect((await before).membership?.state).toBe('none');
  });

  it('that never agree and are not fresh close the group', async () => {
    const { now, access } = createFacts();
    now.fresh = false;
    access.hear(heard('group', 'group/g', 'groupPrivacyChanged', { privacy: 3 }));
    expect((await access.standing('g', 'ben')).group).toBeUndefined();
  }, 20_000);

  it('follow a re-admission heard after the removal', async () => {
    const { access } = createFacts();
    access.hear([...removed, ...heard('group', 'group/g/member/ben', 'memberJoined')]);
    expect((await access.standing('g', 'ben')).membership?.state).toBe('member');
  });

  it.each([
    ['identity', 'person/ben', 'personSuspended', 'status', 'suspended'],
    ['identity', 'person/ben', 'personErased', 'status', 'erased'],
  ] as const)('of a person wait for %s %s %s', async (source, stream, $case, field, value) => {
    const { now, access } = createFacts();
    await access.viewer('ben');
    access.hear(heard(source, stream, $case));
    const answer = access.viewer('ben');
    now[field] = value;
    expect((await answer)?.person.status).toBe(value);
  });
});
