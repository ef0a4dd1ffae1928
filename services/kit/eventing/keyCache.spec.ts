import { describe, expect, it } from '@jest/globals';
import type { KeyReader, KeyRef, KeyState } from '../ports/keyVault.ts';
import { createManualClock } from '../testing/manualClock.ts';
import { createMemoryKeys } from '../testing/memoryKeys.ts';
import { createKeyCache, KEY_CACHE_LIMIT, KEY_TTL_MS } from './keyCache.ts';

const who = (personId: string): KeyRef => ({ personId, kind: 'who' });

const setup = (...people: string[]) => {
  const clock = createManualClock();
  const keys = createMemoryKeys(...people);
  return { clock, keys, cache: createKeyCache(keys, clock) };
};
const stateOf = async (cache: KeyReader, personId: string): Promise<string | undefined> => (await cache.get([who(personId)]))[0]?.state;

describe('key cache', () => {
  it('asks the vault only for what it does not have, and answers in order', async () => {
    const { cache, keys } = setup('a', 'b', 'c');
    const [b] = await cache.get([who('b')]);
    const states = await cache.get([who('a'), who('b'), who('c')]);
    expect(states[1]).toBe(b);
    expect(states).toEqual(await keys.get([who('a'), who('b'), who('c')]));
    expect(keys.asked.slice(0, 2)).toEqual([[who('b')], [who('a'), who('c')]]);
  });

  it('uses a key for five minutes and not for longer', async () => {
    const { cache, clock, keys } = setup('a');
    await cache.get([who('a')]);
    keys.destroy(who('a'));
    clock.step(KEY_TTL_MS);
    expect(await stateOf(cache, 'a')).toBe('present');
    clock.step(1);
    expect(await stateOf(cache, 'a')).toBe('destroyed');
  });

  it('forgets a person at once when told', async () => {
    const { cache, keys } = setup('a');
    await cache.get([who('a'), { personId: 'a', kind: 'contributions' }]);
    keys.destroy(who('a'));
    keys.destroy({ personId: 'a', kind: 'contributions' });
    cache.evict('a');
    expect(await cache.get([who('a'), { personId: 'a', kind: 'contributions' }])).toEqual([{ state: 'destroyed' }, { state: 'destroyed' }]);
  });

  it('does not keep an answer that was on its way when the person was forgotten', async () => {
    const { clock } = setup();
    const answers = [Promise.withResolvers<KeyState[]>(), Promise.withResolvers<KeyState[]>()];
    let nth = 0;
    const cache = createKeyCache({ get: () => (answers[nth++] as (typeof answers)[0]).promise }, clock);
    const early = cache.get([who('a')]);
    cache.evict('a');
    answers[0]?.resolve([{ state: 'present', key: new Uint8Array(32) }]);
    await early;
    answers[1]?.resolve([{ state: 'destroyed' }]);
    expect(await stateOf(cache, 'a')).toBe('destroyed');
  });

  it('does not keep a key read between the erasure and the destruction', async () => {
    const { cache, keys } = setup('a');
    cache.evict('a');
    expect(await stateOf(cache, 'a')).toBe('present');
    keys.destroy(who('a'));
    expect(await stateOf(cache, 'a')).toBe('destroyed');
  });

  it('keeps that a key is destroyed, and never that it is unknown', async () => {
    const { cache, keys } = setup('a');
    keys.destroy(who('a'));
    await cache.get([who('a'), who('new')]);
    keys.create('new');
    expect(await stateOf(cache, 'a')).toBe('destroyed');
    expect(await stateOf(cache, 'new')).toBe('present');
    expect(keys.asked).toEqual([[who('a'), who('new')], [who('new')]]);
  });

  it('keeps a bounded number of keys', async () => {
    let asked = 0;
    const reader: KeyReader = {
      get: async (refs) => {
        asked += refs.length;
        return refs.map(() => ({ state: 'destroyed' }));
      },
    };
    const cache = createKeyCache(reader, createManualClock());
    await cache.get(Array.from({ length: KEY_CACHE_LIMIT + 1 }, (_, index) => who(`p${index}`)));
    await cache.get([who(`p${KEY_CACHE_LIMIT}`)]);
    expect(asked).toBe(KEY_CACHE_LIMIT + 1);
    await cache.get([who('p0')]);
    expect(asked).toBe(KEY_CACHE_LIMIT + 2);
  });
});
