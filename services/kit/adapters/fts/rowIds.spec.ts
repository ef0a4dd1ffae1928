import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LANE_COUNT } from '../../ports/eventLog.ts';
import { firstRowId, lastRowId, preferredRowId, timeOfRowId } from './rowIds.ts';

const place = fc.record({ lane: fc.nat(LANE_COUNT - 1), position: fc.integer({ min: 1, max: 1_000_000 }) });

describe('row ids', () => {
  it('stay within the millisecond of their document', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 42), place, (atMs, { lane, position }) => {
        const rowId = preferredRowId(atMs, lane, position);
        expect(timeOfRowId(rowId)).toBe(atMs);
        expect(rowId).toBeGreaterThanOrEqual(firstRowId(atMs));
        expect(rowId).toBeLessThanOrEqual(lastRowId(atMs));
      }),
    );
  });

  it('of two lanes never meet', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 42), place, place, (atMs, one, other) => {
        fc.pre(one.lane !== other.lane);
        expect(preferredRowId(atMs, one.lane, one.position)).not.toBe(preferredRowId(atMs, other.lane, other.position));
      }),
    );
  });
});
