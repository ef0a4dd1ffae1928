import { describe, expect, it } from '@jest/globals';
import { createSealer } from '@parvis/kit/runtime/sealer.ts';
import fc from 'fast-check';
import { entryIdOf, placeOfEntryId } from './entryId.ts';

const runtime = { sealer: createSealer(new Uint8Array(32).fill(1)) };
const place = fc.record({
  source: fc.constantFrom('post' as const, 'group' as const),
  lane: fc.nat(11),
  position: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
});

describe('ids of entries', () => {
  it('lead back to their place and are the same each time', () => {
    fc.assert(
      fc.property(place, (given) => {
        const id = entryIdOf(runtime, given);
        expect(placeOfEntryId(runtime, id)).toEqual(given);
        expect(entryIdOf(runtime, given)).toBe(id);
        expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
      }),
    );
  });

  it('tell nothing of how near two places are, and are refused when made up', () => {
    const ids = [1, 2].map((position) => Buffer.from(entryIdOf(runtime, { source: 'post', lane: 0, position }), 'base64url'));
    const equal = [...(ids[0] ?? [])].filter((byte, nth) => byte === ids[1]?.[nth]).length;
    expect(equal).toBeLessThan(6);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(() => placeOfEntryId(runtime, Buffer.from(bytes).toString('base64url'))).toThrow('ids of notifications');
      }),
    );
    for (const wrong of ['', 'x', 'A'.repeat(200)]) expect(() => placeOfEntryId(runtime, wrong)).toThrow('ids of notifications');
    const foreign = { sealer: createSealer(new Uint8Array(32).fill(2)) };
    const id = entryIdOf(foreign, { source: 'post', lane: 0, position: 1 });
    expect(() => placeOfEntryId(runtime, id)).toThrow('ids of notifications');
  });
});
