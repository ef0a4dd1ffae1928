import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StateStore } from '../../ports/state.ts';

/**
 * What every StateStore keeps.
 * @param open a place; `store()` opens it, again after a close as well.
 */
export const stateContract = (name: string, open: () => Promise<{ store(): Promise<StateStore>; cleanUp(): Promise<void> }>): void => {
  describe(`${name}: state`, () => {
    let place: Awaited<ReturnType<typeof open>>;
    let store: StateStore;
    beforeEach(async () => {
      place = await open();
      store = await place.store();
    });
    afterEach(async () => {
      await store.close();
      await place.cleanUp();
    });

    it('keeps values by table and key, over a restart', async () => {
      const drafts = store.table<{ text: string }>('drafts');
      await drafts.put('a', { text: 'one' });
      await drafts.put('a', { text: 'two' });
      await store.table<number>('other').put('a', 1);
      await drafts.put('b', { text: 'b' });
      await drafts.delete('b');
      await drafts.delete('never');
      await store.close();
      store = await place.store();
      expect(await store.table('drafts').get('a')).toEqual({ text: 'two' });
      expect(await store.table('drafts').get('b')).toBeUndefined();
      expect(await store.table('other').get('a')).toBe(1);
    });

    it('inserts once, also when many try at once', async () => {
      const inbox = store.table<number>('inbox');
      const tries = await Promise.all(Array.from({ length: 20 }, (_, nth) => inbox.insert('event', nth)));
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect(await inbox.get('event')).toBe(tries.indexOf(true));
      expect(await inbox.insert('event', 99)).toBe(false);
    });

    it('replaces only what is as expected', async () => {
      const slips = store.table<{ state: string; parts: number[] }>('slips');
      const first = { state: 'open', parts: [1, 2] };
      expect(await slips.replace('a', first, { state: 'done', parts: [] })).toBe(false);
      await slips.put('a', first);
      expect(await slips.replace('a', { state: 'open', parts: [2, 1] }, { state: 'done', parts: [] })).toBe(false);
      expect(await slips.replace('a', { parts: [1, 2], state: 'open' }, { state: 'done', parts: [] })).toBe(true);
      expect(await slips.get('a')).toEqual({ state: 'done', parts: [] });
    });

    it('lets exactly one of many replacers win', async () => {
      const leases = store.table<number>('leases');
      await leases.put('lane', 0);
      const wins = await Promise.all(Array.from({ length: 10 }, (_, nth) => leases.replace('lane', 0, nth + 1)));
      expect(wins.filter(Boolean)).toHaveLength(1);
      expect(await leases.get('lane')).toBe(wins.indexOf(true) + 1);
    });

    it('lists a prefix in the order of its keys, page by page', async () => {
      const table = store.table<number>('marks');
      for (const [nth, key] of ['a/2', 'a/10', 'a/1', 'a', 'b', 'a0', 'a/é', 'a/😀'].entries()) await table.put(key, nth);
      const keys = async (prefix: string, options: { after?: string; limit: number }) =>
        (await table.range(prefix, options)).map((entry) => entry.key);
      expect(await keys('a/', { limit: 100 })).toEqual(['a/1', 'a/10', 'a/2', 'a/é', 'a/😀']);
      expect(await keys('a/', { limit: 2 })).toEqual(['a/1', 'a/10']);
      expect(await keys('a/', { limit: 2, after: 'a/10' })).toEqual(['a/2', 'a/é']);
      expect(await keys('', { limit: 100 })).toHaveLength(8);
      expect(await keys('a/😀', { limit: 10 })).toEqual(['a/😀']);
      expect(await keys('c', { limit: 10 })).toEqual([]);
      for (const limit of [0, 10_001]) await expect(table.range('a', { limit })).rejects.toMatchObject({ kind: 'invalid' });
    });

    it('treats a prefix as text, not as a pattern', async () => {
      const table = store.table<number>('texts');
      for (const key of ['a%b', 'axb', 'a_b', 'a\\b', 'a.b']) await table.put(key, 1);
      expect((await table.range('a%', { limit: 10 })).map((entry) => entry.key)).toEqual(['a%b']);
      expect((await table.range('a_', { limit: 10 })).map((entry) => entry.key)).toEqual(['a_b']);
      expect((await table.range('a.', { limit: 10 })).map((entry) => entry.key)).toEqual(['a.b']);
    });

    it('raises to the highest of what many ask for at once', async () => {
      expect(await store.raise('watermarks', 'p', 5)).toBe(5);
      expect(await store.raise('watermarks', 'p', 3)).toBe(5);
      const answers = await Promise.all([9, 7, 20, 1].map((value) => store.raise('watermarks', 'p', value)));
      expect(Math.max(...answers)).toBe(20);
      expect(await store.raise('watermarks', 'p', 0)).toBe(20);
      expect(await store.raise('watermarks', 'q', Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
      expect(await store.raise('watermarks', 'q', 1)).toBe(Number.MAX_SAFE_INTEGER);
      expect(await store.table<number>('watermarks').get('p')).toBe(20);
    });

    it('reads what the same caller wrote without waiting for its promise', async () => {
      const table = store.table<number>('t');
      const writing = table.put('a', 1);
      expect(await table.get('a')).toBe(1);
      await writing;
    });
  });
};
