import { describe, expect, it } from '@jest/globals';
import { createSealer } from '@parvis/kit/runtime/sealer.ts';
import fc from 'fast-check';
import { mergePages, type Source } from './mergedPages.ts';

interface Item {
  readonly id: string;
  readonly atMs: number;
}

const sealer = createSealer(new Uint8Array(32));

/** A list, newest first, whose cursor names the last item told. */
const sourceOf = (items: Item[]): Source<Item> => ({
  async read(cursor, limit) {
    const from = cursor === '' ? 0 : items.findIndex(({ id }) => id === cursor) + 1;
    const page = items.slice(from, from + limit);
    return { items: page, nextCursor: from + limit < items.length ? (page.at(-1)?.id ?? '') : '' };
  },
});

const newestFirst = (times: number[], name: string): Item[] =>
  [...times].sort((one, other) => other - one).map((atMs, index) => ({ id: `${name}${index}`, atMs }));

const readAll = async (sources: Source<Item>[], limit: number, between?: () => void): Promise<Item[]> => {
  const found: Item[] = [];
  let cursor = '';
  do {
    const page = await mergePages(sealer, 'test', sources, { cursor, limit });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items);
    cursor = page.nextCursor;
    between?.();
  } while (cursor !== '');
  return found;
};

const times = fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 40 });

describe('merged pages', () => {
  it('tell every item once, newest first, whatever the page', async () => {
    await fc.assert(
      fc.asyncProperty(times, times, fc.integer({ min: 1, max: 12 }), async (one, other, limit) => {
        const lists = [newestFirst(one, 'a'), newestFirst(other, 'b')];
        const found = await readAll(lists.map(sourceOf), limit);
        expect(found.map(({ atMs }) => atMs)).toEqual(
          lists
            .flat()
            .map(({ atMs }) => atMs)
            .sort((x, y) => y - x),
        );
        expect(new Set(found.map(({ id }) => id)).size).toBe(one.length + other.length);
      }),
      { numRuns: 100 },
    );
  });

  it('repeat nothing when newer items come between two pages', async () => {
    const items = newestFirst([10, 9, 8, 7, 6, 5], 'a');
    const before = items.map(({ id }) => id);
    let next = 100;
    const found = await readAll([sourceOf(items), sourceOf([])], 2, () => {
      next += 1;
      items.unshift({ id: `new${next}`, atMs: next });
    });
    expect(found.map(({ id }) => id)).toEqual(before);
  });

  it('refuse a cursor that was not handed out for this list', async () => {
    const foreign = sealer.seal('another', [null]);
    for (const cursor of ['x', foreign]) {
      await expect(mergePages(sealer, 'test', [sourceOf([])], { cursor, limit: 1 })).rejects.toMatchObject({ kind: 'invalid' });
    }
  });
});
