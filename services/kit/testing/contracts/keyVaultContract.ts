import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeyKind, KeyRef, KeyState, KeyVault } from '../../ports/keyVault.ts';
import { randomId } from '../../runtime/ids.ts';

export interface KeyVaultHarness {
  /** Opens a vault over this harness' storage; several may follow each other, closed in between. */
  open(networkKey: Uint8Array): Promise<KeyVault>;
  dispose(): Promise<void>;
}

const who = (personId: string): KeyRef => ({ personId, kind: 'who' });
const contributions = (personId: string): KeyRef => ({ personId, kind: 'contributions' });

const keyOf = (state: KeyState | undefined): Uint8Array => {
  if (state?.state !== 'present') throw new Error(`expected a present key, got ${state?.state}`);
  return state.key;
};

/** What every KeyVault does. */
export const keyVaultContract = (name: string, create: () => Promise<KeyVaultHarness>): void => {
  describe(`key vault: ${name}`, () => {
    const networkKey = randomBytes(32);
    let harness: KeyVaultHarness;
    let vault: KeyVault;
    const reopen = async (key: Uint8Array = networkKey): Promise<void> => {
      await vault.close();
      vault = await harness.open(key);
    };

    beforeEach(async () => {
      harness = await create();
      vault = await harness.open(networkKey);
    });
    afterEach(async () => {
      await vault.close();
      await harness.dispose();
    });

    it('knows no key before it is created', async () => {
      expect(await vault.get([who(randomId()), contributions(randomId())])).toEqual([{ state: 'unknown' }, { state: 'unknown' }]);
    });

    it('creates two different keys of 32 bytes', async () => {
      const person = randomId();
      await vault.create(person);
      const [first, second] = (await vault.get([who(person), contributions(person)])).map(keyOf);
      expect(first).toHaveLength(32);
      expect(second).toHaveLength(32);
      expect(first).not.toEqual(second);
    });

    it('gives every person keys of their own', async () => {
      const people = Array.from({ length: 20 }, randomId);
      for (const person of people) await vault.create(person);
      const keys = (await vault.get(people.flatMap((person) => [who(person), contributions(person)]))).map(keyOf);
      expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(40);
    });

    it('keeps keys when created again, and over a restart', async () => {
      const person = randomId();
      await vault.create(person);
      const before = await vault.get([who(person), contributions(person)]);
      await vault.create(person);
      await reopen();
      expect((await vault.get([who(person), contributions(person)])).map(keyOf).map((key) => [...key])).toEqual(
        before.map(keyOf).map((key) => [...key]),
      );
    });

    it('answers in the order of the question, repeats included', async () => {
      const [known, unknown] = [randomId(), randomId()];
      await vault.create(known);
      const states = await vault.get([who(unknown), who(known), contributions(unknown), who(known)]);
      expect(states.map(({ state }) => state)).toEqual(['unknown', 'present', 'unknown', 'present']);
    });

    it('reads 500 keys at once and refuses 501', async () => {
      const refs = Array.from({ length: 500 }, () => who(randomId()));
      expect(await vault.get(refs)).toHaveLength(500);
      await expect(vault.get([...refs, who(randomId())])).rejects.toMatchObject({ code: 'invalid' });
    });

    it.each<KeyKind>(['who', 'contributions'])('destroys one key and leaves the other: %s', async (kind) => {
      const person = randomId();
      await vault.create(person);
      await vault.destroy({ personId: person, kind });
      await reopen();
      const states = await vault.get([who(person), contributions(person)]);
      expect(states.map(({ state }) => state)).toEqual(kind === 'who' ? ['destroyed', 'present'] : ['present', 'destroyed']);
    });

    it('destroys twice as once and never creates again', async () => {
      const person = randomId();
      await vault.create(person);
      await vault.destroy(who(person));
      await vault.destroy(who(person));
      await expect(vault.create(person)).rejects.toMatchObject({ code: 'key-destroyed' });
      expect(await vault.get([who(person)])).toEqual([{ state: 'destroyed' }]);
      expect(await vault.destroyed()).toEqual([who(person)]);
    });

    it('leaves a tombstone for a person it never saw, so that a restore can apply it first', async () => {
      const person = randomId();
      await vault.destroy(who(person));
      await expect(vault.create(person)).rejects.toMatchObject({ code: 'key-destroyed' });
      expect((await vault.get([who(person), contributions(person)])).map(({ state }) => state)).toEqual(['destroyed', 'unknown']);
    });

    it('lists every tombstone', async () => {
      const people = Array.from({ length: 5 }, randomId);
      for (const person of people) await vault.create(person);
      await vault.destroy(who(people[0] as string));
      await vault.destroy(contributions(people[0] as string));
      await vault.destroy(contributions(people[3] as string));
      const told = (await vault.destroyed()).map((ref) => `${ref.personId}/${ref.kind}`).sort();
      expect(told).toEqual([`${people[0]}/who`, `${people[0]}/contributions`, `${people[3]}/contributions`].sort());
    });

    it.each(['', 'Jane Doe', 'a/b', '../a', 'x'.repeat(41)])('refuses what is no id of a person: %j', async (personId) => {
      await expect(vault.create(personId)).rejects.toMatchObject({ code: 'invalid' });
      await expect(vault.destroy(who(personId))).rejects.toMatchObject({ code: 'invalid' });
    });

    it('does not open under another network key', async () => {
      await vault.create(randomId());
      await expect(harness.open(randomBytes(32))).rejects.toMatchObject({ code: 'network-key-mismatch' });
    });

    it('does not open under another network key even when it holds no keys', async () => {
      await expect(harness.open(randomBytes(32))).rejects.toMatchObject({ code: 'network-key-mismatch' });
    });

    it.each([0, 16, 31, 33])('refuses a network key of %i bytes', async (bytes) => {
      await expect(harness.open(randomBytes(bytes))).rejects.toThrow('network key');
    });

    it('rewraps every present key under another network key, once', async () => {
      const [kept, erased] = [randomId(), randomId()];
      await vault.create(kept);
      await vault.create(erased);
      await vault.destroy(who(erased));
      const before = (await vault.get([who(kept), contributions(erased)])).map(keyOf).map((key) => [...key]);
      const next = randomBytes(32);
      expect(await vault.rewrap(next)).toBe(3);
      expect(await vault.rewrap(next)).toBe(0);
      await vault.create(kept);
      await reopen(next);
      expect((await vault.get([who(kept), contributions(erased)])).map(keyOf).map((key) => [...key])).toEqual(before);
      expect(await vault.get([who(erased)])).toEqual([{ state: 'destroyed' }]);
      await expect(harness.open(networkKey)).rejects.toMatchObject({ code: 'network-key-mismatch' });
    });
  });
};
