import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Row, View, ViewWrite } from '../ports/views.ts';
import { createSignal } from '../testing/eventually.ts';
import { createManualClock, type ManualClock } from '../testing/manualClock.ts';
import { CACHE_MS, type CachedView, createCachedView } from './cachedView.ts';

describe('the cached view', () => {
  let rows: Map<string, Row>;
  let reads: string[][];
  let clock: ManualClock;
  let cached: CachedView;
  let writer: View;
  let gate: Promise<void> | undefined;

  beforeEach(() => {
    rows = new Map([['a', { nth: 1 }]]);
    reads = [];
    gate = undefined;
    clock = createManualClock();
    const view = {
      async getMany<R>(_collection: string, keys: readonly string[]) {
        reads.push([...keys]);
        const found = keys.map((key) => rows.get(key) as R | undefined);
        await gate;
        return found;
      },
      range: async () => [],
    } as unknown as View;
    cached = createCachedView(view, clock);
    writer = cached.forWriter({
      ...view,
      async write(batch: ViewWrite) {
        for (const { key, row } of batch.puts) rows.set(key, row);
        for (const { key } of batch.deletes) rows.delete(key);
      },
      clear: async () => rows.clear(),
    });
  });
  const put = (key: string, row: Row) => writer.write({ puts: [{ collection: 'c', key, row }], deletes: [], marks: [] });

  it('reads a row once, and what is not there once', async () => {
    expect(await cached.getMany('c', ['a', 'b', 'a'])).toEqual([{ nth: 1 }, undefined, { nth: 1 }]);
    expect(await cached.getMany('c', ['b', 'a'])).toEqual([undefined, { nth: 1 }]);
    expect(reads).toEqual([['a', 'b']]);
    expect(await cached.get('other', 'a')).toEqual({ nth: 1 });
    expect(reads).toHaveLength(2);
  });

  it('forgets at once what this process writes', async () => {
    await cached.getMany('c', ['a', 'b']);
    await put('a', { nth: 2 });
    expect(await cached.get('c', 'a')).toEqual({ nth: 2 });
    expect(await cached.get('c', 'b')).toBeUndefined();
    expect(reads).toEqual([['a', 'b'], ['a']]);
    await writer.write({ puts: [], deletes: [{ collection: 'c', key: 'a' }], marks: [] });
    expect(await cached.get('c', 'a')).toBeUndefined();
    await writer.clear();
    await cached.get('c', 'b');
    expect(reads.at(-1)).toEqual(['b']);
  });

  it('believes nothing for longer than its time: another replica may have written', async () => {
    await cached.get('c', 'a');
    rows.set('a', { nth: 3 });
    clock.advance(CACHE_MS - 1);
    expect(await cached.get('c', 'a')).toEqual({ nth: 1 });
    clock.advance(1);
    expect(await cached.get('c', 'a')).toEqual({ nth: 3 });
  });

  it('does not keep what was read while a write happened', async () => {
    const open = createSignal();
    gate = open.promise;
    const reading = cached.get('c', 'a');
    await put('a', { nth: 2 });
    open.resolve();
    expect(await reading).toEqual({ nth: 1 });
    expect(await cached.get('c', 'a')).toEqual({ nth: 2 });
  });

  it('remembers lists until their collection is written', async () => {
    let nth = 0;
    const list = (collection: string) => cached.list(collection, 'all', async () => ++nth);
    expect([await list('c'), await list('c')]).toEqual([1, 1]);
    expect(await list('d')).toBe(2);
    await put('z', { nth: 9 });
    expect([await list('c'), await list('d')]).toEqual([3, 2]);
    clock.advance(CACHE_MS);
    expect(await list('d')).toBe(4);
  });
});
