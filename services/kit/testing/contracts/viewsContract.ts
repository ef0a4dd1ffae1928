import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { View, ViewSchema, ViewStore } from '../../ports/views.ts';

interface Post {
  readonly group: string;
  readonly at: number;
  readonly tags?: readonly string[];
  readonly pinned?: boolean;
}

const schemaOf = (version: number, name = 'posts'): ViewSchema => ({
  name,
  version,
  collections: {
    posts: {
      indexes: {
        byGroup: (row: Post, key: string) => [[row.group, row.at, key]],
        byTag: (row: Post) => (row.tags ?? []).map((tag) => [tag, row.at]),
        pinned: (row: Post, key: string) => (row.pinned ? [[row.group, key]] : []),
      },
    },
    plain: { indexes: {} },
  },
});

const put = (key: string, row: Post | Record<string, unknown>, collection = 'posts') => ({
  collection,
  key,
  row: row as Record<string, unknown>,
});
const write = (view: View, puts: ReturnType<typeof put>[], deletes: { collection: string; key: string }[] = []) =>
  view.write({ puts, deletes, marks: [] });
const mark = (from: number, to: number, lane = 0, epoch = 'e1') => ({ source: 'post', epoch, lane, from, to });

/**
 * What every ViewStore keeps.
 * @param open a store on the same data each time it is called within one test: two of them are two processes' consumers.
 */
export const viewsContract = (name: string, open: () => Promise<{ store(): Promise<ViewStore>; cleanUp(): Promise<void> }>): void => {
  describe(`${name}: views`, () => {
    let place: Awaited<ReturnType<typeof open>>;
    let store: ViewStore;
    let view: View;
    beforeEach(async () => {
      place = await open();
      store = await place.store();
      view = await store.open(schemaOf(1));
    });
    afterEach(async () => {
      await store.close();
      await place.cleanUp();
    });
    rowsAndRanges(() => view);
    marksAndRaces({ view: () => view, another: async () => place.store() });
    versions({ store: () => store, view: () => view });
  });
};

const keysIn = async (view: View, index: string, options: Partial<Parameters<View['range']>[2]> = {}): Promise<string[]> =>
  (await view.range('posts', index, { limit: 100, ...options })).map((entry) => entry.key);

const rowsAndRanges = (current: () => View): void => {
  it('gives rows back as they were put, and undefined for what is not there', async () => {
    const view = current();
    const row = { group: 'g', at: 1, tags: ['é', ''], nested: { list: [1, null, true] } };
    await write(view, [put('a', row), put('b', { text: 'x'.repeat(100_000) }, 'plain')]);
    expect(await view.get('posts', 'a')).toEqual(row);
    expect(await view.get('posts', 'b')).toBeUndefined();
    expect(await view.getMany('posts', ['b', 'a', 'a'])).toEqual([undefined, row, row]);
    expect(await view.get<{ text: string }>('plain', 'b')).toEqual({ text: 'x'.repeat(100_000) });
  });

  it('walks an index in order, both ways, from beyond a key, within a prefix', async () => {
    const view = current();
    await write(view, [
      put('c', { group: 'g', at: -1.5 }),
      put('a', { group: 'g', at: 10 }),
      put('b', { group: 'g', at: 9 }),
      put('x', { group: 'h', at: 0 }),
    ]);
    expect(await keysIn(view, 'byGroup')).toEqual(['c', 'b', 'a', 'x']);
    expect(await keysIn(view, 'byGroup', { prefix: ['g'], reverse: true })).toEqual(['a', 'b', 'c']);
    expect(await keysIn(view, 'byGroup', { prefix: ['g'], after: ['g', 9, 'b'] })).toEqual(['a']);
    expect(await keysIn(view, 'byGroup', { prefix: ['g'], after: ['g', 9, 'b'], reverse: true })).toEqual(['c']);
    expect(await keysIn(view, 'byGroup', { prefix: ['g'], limit: 2 })).toEqual(['c', 'b']);
    const [first] = await view.range<Post>('posts', 'byGroup', { limit: 1 });
    expect(first).toEqual({ key: 'c', indexKey: ['g', -1.5, 'c'], row: { group: 'g', at: -1.5 } });
  });

  it('does not take a prefix for the beginning of a longer word', async () => {
    const view = current();
    await write(view, [put('a', { group: 'g', at: 1 }), put('b', { group: 'gg', at: 1 }), put('c', { group: 'g\u0000', at: 1 })]);
    expect(await keysIn(view, 'byGroup', { prefix: ['g'] })).toEqual(['a']);
  });

  it('forgets the index entries of an old row', async () => {
    const view = current();
    await write(view, [put('a', { group: 'g', at: 1, tags: ['x', 'y'], pinned: true })]);
    await write(view, [put('a', { group: 'h', at: 2, tags: ['y', 'z'] })]);
    expect(await keysIn(view, 'byGroup', { prefix: ['g'] })).toEqual([]);
    expect(await keysIn(view, 'pinned')).toEqual([]);
    expect(await keysIn(view, 'byTag', { prefix: ['x'] })).toEqual([]);
    expect((await view.range('posts', 'byTag', { limit: 10 })).map((entry) => entry.indexKey)).toEqual([
      ['y', 2],
      ['z', 2],
    ]);
    await write(view, [], [{ collection: 'posts', key: 'a' }]);
    expect(await keysIn(view, 'byTag')).toEqual([]);
    expect(await view.get('posts', 'a')).toBeUndefined();
  });

  it('holds rows with the same index key side by side', async () => {
    const view = current();
    await write(view, [put('b', { group: 'g', at: 1, tags: ['t'] }), put('a', { group: 'g', at: 1, tags: ['t'] })]);
    expect(await keysIn(view, 'byTag')).toEqual(['a', 'b']);
    await write(view, [], [{ collection: 'posts', key: 'a' }]);
    expect(await keysIn(view, 'byTag')).toEqual(['b']);
  });

  it('keeps entries right for a writer who says what it read, even where that is not so', async () => {
    const view = current();
    const row = { group: 'g', at: 1, tags: ['x', 'y'] };
    const next = { group: 'g', at: 2, tags: ['y', 'z'] };
    const tell = (key: string, to: Post, before: Post | null) =>
      view.write({ puts: [{ ...put(key, to), before: before as Record<string, unknown> | null }], deletes: [], marks: [] });
    await tell('a', row, null);
    await tell('a', next, row);
    expect(await view.get('posts', 'a')).toEqual(next);
    expect((await view.range('posts', 'byTag', { limit: 10 })).map((entry) => entry.indexKey)).toEqual([
      ['y', 2],
      ['z', 2],
    ]);
    // There is one after all, and there is none after all.
    await tell('a', row, null);
    await tell('b', row, next);
    expect(await keysIn(view, 'byTag', { prefix: ['x'] })).toEqual(['a', 'b']);
    expect(await keysIn(view, 'byTag', { prefix: ['z'] })).toEqual([]);
    expect(await view.getMany('posts', ['a', 'b', 'c', 'd'])).toEqual([row, row, undefined, undefined]);
  });

  it('reads long lists of keys of any text, in their order', async () => {
    const view = current();
    const keys = ['é"\\', 'a\u0000b', 'line\nend', '😀', "it's", ''];
    await write(
      view,
      keys.map((key, at) => put(key, { group: 'g', at })),
    );
    const asked = ['none', ...keys, keys[0] as string];
    const found = await view.getMany<Post>('posts', asked);
    expect(found.map((row) => row?.at)).toEqual([undefined, 0, 1, 2, 3, 4, 5, 0]);
    expect((await view.getMany<Post>('posts', ['none', '😀', 'é"\\', '', 'line\nend'])).map((row) => row?.at)).toEqual([
      undefined,
      3,
      0,
      5,
      2,
    ]);
  });

  it('keeps hundreds of entries of one row right', async () => {
    const view = current();
    const tags = Array.from({ length: 300 }, (_, nth) => `t${nth}`);
    await write(view, [put('a', { group: 'g', at: 1, tags })]);
    await write(view, [put('a', { group: 'g', at: 1, tags: tags.slice(150) })]);
    expect(await view.range('posts', 'byTag', { limit: 1000 })).toHaveLength(150);
    expect(await keysIn(view, 'byTag', { prefix: ['t149'] })).toEqual([]);
    expect(await keysIn(view, 'byTag', { prefix: ['t150'] })).toEqual(['a']);
  });

  it('bounds what is asked at once', async () => {
    const view = current();
    for (const limit of [0, 10_001, 1.5])
      await expect(view.range('posts', 'byGroup', { limit })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(view.range('posts', 'byGroup', { limit: 10_000 })).resolves.toEqual([]);
    const keys = Array.from({ length: 10_001 }, (_, nth) => String(nth));
    await expect(view.getMany('posts', keys)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(view.getMany('posts', keys.slice(1))).resolves.toHaveLength(10_000);
    await expect(view.range('posts', 'unknown', { limit: 1 })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(view.get('unknown', 'a')).rejects.toMatchObject({ kind: 'invalid' });
  });
};

interface Racing {
  view(): View;
  another(): Promise<ViewStore>;
}

const marksAndRaces = (racing: Racing): void => {
  it('moves rows and marks together, or neither', async () => {
    const view = racing.view();
    await view.write({ puts: [put('a', { group: 'g', at: 1 })], deletes: [], marks: [mark(0, 5), mark(0, 2, 3)] });
    expect((await view.marks()).sort((one, other) => one.lane - other.lane)).toEqual([
      { source: 'post', epoch: 'e1', lane: 0, position: 5 },
      { source: 'post', epoch: 'e1', lane: 3, position: 2 },
    ]);
    const late = {
      puts: [put('a', { group: 'h', at: 2 }), put('b', { group: 'h', at: 2 })],
      deletes: [],
      marks: [mark(2, 4, 3), mark(4, 6)],
    };
    await expect(view.write(late)).rejects.toMatchObject({ code: 'mark-conflict' });
    expect(await view.get('posts', 'a')).toEqual({ group: 'g', at: 1 });
    expect(await view.get('posts', 'b')).toBeUndefined();
    expect(await keysIn(view, 'byGroup', { prefix: ['h'] })).toEqual([]);
    expect((await view.marks()).map((known) => known.position).sort()).toEqual([2, 5]);
  });

  it('refuses to begin a mark twice, or to move one that is not there', async () => {
    const view = racing.view();
    await expect(view.write({ puts: [], deletes: [], marks: [mark(3, 4)] })).rejects.toMatchObject({ code: 'mark-conflict' });
    await view.write({ puts: [], deletes: [], marks: [mark(0, 1)] });
    await expect(view.write({ puts: [], deletes: [], marks: [mark(0, 1)] })).rejects.toMatchObject({ code: 'mark-conflict' });
  });

  it('compares a mark that stays where it is', async () => {
    const view = racing.view();
    await view.write({ puts: [], deletes: [], marks: [mark(0, 0)] });
    await view.write({ puts: [], deletes: [], marks: [mark(0, 3)] });
    await view.write({ puts: [], deletes: [], marks: [mark(3, 3)] });
    await expect(view.write({ puts: [put('a', { group: 'g', at: 1 })], deletes: [], marks: [mark(2, 2)] })).rejects.toMatchObject({
      code: 'mark-conflict',
    });
    expect(await view.get('posts', 'a')).toBeUndefined();
  });

  it('keeps marks of two epochs apart', async () => {
    const view = racing.view();
    await view.write({ puts: [], deletes: [], marks: [mark(0, 7, 0, 'e1')] });
    await view.write({ puts: [], deletes: [], marks: [mark(0, 2, 0, 'e2')] });
    expect((await view.marks()).map(({ epoch, position }) => `${epoch} ${position}`).sort()).toEqual(['e1 7', 'e2 2']);
  });

  it('lets exactly one of two consumers move a mark, and writes nothing of the other', async () => {
    const mine = racing.view();
    const otherStore = await racing.another();
    try {
      const theirs = await otherStore.open(schemaOf(1));
      for (let round = 0; round < 20; round++) {
        const attempts = [mine, theirs].map((view, nth) =>
          view.write({ puts: [put(`${round}`, { group: `g${nth}`, at: round })], deletes: [], marks: [mark(round, round + 1)] }),
        );
        const outcomes = await Promise.allSettled(attempts);
        expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
        const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled');
        expect(await mine.get('posts', `${round}`)).toEqual({ group: `g${winner}`, at: round });
        expect(await theirs.get('posts', `${round}`)).toEqual({ group: `g${winner}`, at: round });
      }
      expect(await mine.range('posts', 'byGroup', { limit: 100 })).toHaveLength(20);
    } finally {
      await otherStore.close();
    }
  });
};

const versions = (current: { store(): ViewStore; view(): View }): void => {
  it('clears rows, entries and marks', async () => {
    const view = current.view();
    await view.write({ puts: [put('a', { group: 'g', at: 1 })], deletes: [], marks: [mark(0, 5)] });
    await view.clear();
    expect(await view.get('posts', 'a')).toBeUndefined();
    expect(await keysIn(view, 'byGroup')).toEqual([]);
    expect(await view.marks()).toEqual([]);
    await view.write({ puts: [put('a', { group: 'g', at: 1 })], deletes: [], marks: [mark(0, 1)] });
    expect(await keysIn(view, 'byGroup')).toEqual(['a']);
  });

  it('keeps two shapes of one view apart and drops one without the other', async () => {
    const store = current.store();
    const older = current.view();
    const newer = await store.open(schemaOf(2));
    const namesake = await store.open(schemaOf(1, 'posts~1'));
    await older.write({ puts: [put('a', { group: 'old', at: 1 })], deletes: [], marks: [mark(0, 1)] });
    await newer.write({ puts: [put('a', { group: 'new', at: 1 })], deletes: [], marks: [mark(0, 2)] });
    await namesake.write({ puts: [put('a', { group: 'namesake', at: 1 })], deletes: [], marks: [mark(0, 3)] });
    expect(await store.list()).toEqual([
      { name: 'posts', version: 1 },
      { name: 'posts', version: 2 },
      { name: 'posts~1', version: 1 },
    ]);
    await store.drop('posts', 1);
    expect(await store.list()).toEqual([
      { name: 'posts', version: 2 },
      { name: 'posts~1', version: 1 },
    ]);
    expect(await newer.get('posts', 'a')).toEqual({ group: 'new', at: 1 });
    expect(await namesake.get('posts', 'a')).toEqual({ group: 'namesake', at: 1 });
    expect((await newer.marks())[0]?.position).toBe(2);
    const again = await store.open(schemaOf(1));
    expect(await again.get('posts', 'a')).toBeUndefined();
    expect(await again.marks()).toEqual([]);
    await store.drop('never', 9);
  });

  it('opens a view again with what it holds', async () => {
    await current.view().write({ puts: [put('a', { group: 'g', at: 1 })], deletes: [], marks: [mark(0, 1)] });
    const again = await current.store().open(schemaOf(1));
    expect(await again.get('posts', 'a')).toEqual({ group: 'g', at: 1 });
    expect(await keysIn(again, 'byGroup')).toEqual(['a']);
  });
};
