import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createMerge } from './mergeNewest.ts';

const falling = (numbers: readonly number[]): number[] => [...numbers].sort((left, right) => right - left);

const chunked = (numbers: readonly number[], size: number, onChunk: () => void, onEnd: () => void) =>
  (async function* () {
    try {
      for (let from = 0; from < numbers.length; from += size) {
        onChunk();
        yield numbers.slice(from, from + size);
      }
    } finally {
      onEnd();
    }
  })();

describe('createMerge', () => {
  it('gives everything of any sources in falling order', async () => {
    const source = fc.record({ numbers: fc.array(fc.nat({ max: 50 }), { maxLength: 30 }), size: fc.integer({ min: 1, max: 7 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(source, { maxLength: 12 }), async (sources) => {
        const merge = createMerge<number>((left, right) => left - right);
        for (const { numbers, size } of sources)
          await merge.add(
            chunked(
              falling(numbers),
              size,
              () => undefined,
              () => undefined,
            ),
          );
        const merged: number[] = [];
        for (let next = await merge.next(); next !== undefined; next = await merge.next()) merged.push(next);
        expect(merged).toEqual(falling(sources.flatMap(({ numbers }) => numbers)));
      }),
    );
  });

  it('reads of each source no more than it gives, and closes what it leaves', async () => {
    let chunks = 0;
    let ended = 0;
    const merge = createMerge<number>((left, right) => left - right);
    const add = (numbers: number[]) =>
      merge.add(
        chunked(
          numbers,
          2,
          () => {
            chunks += 1;
          },
          () => {
            ended += 1;
          },
        ),
      );
    await add([100, 99, 98, 97, 96, 95]);
    for (let nth = 0; nth < 9; nth++) await add([nth, nth, nth, nth]);
    expect(chunks).toBe(10);
    expect([await merge.next(), await merge.next(), await merge.next()]).toEqual([100, 99, 98]);
    expect(chunks).toBe(11);
    await merge.close();
    expect(ended).toBe(10);
    expect(await merge.next()).toBeUndefined();
  });
});
