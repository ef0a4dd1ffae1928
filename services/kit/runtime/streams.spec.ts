import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LANE_COUNT } from '../ports/eventLog.ts';
import { laneOf, laneOfStream, rootOf, threadOf } from './streams.ts';

describe('streams', () => {
  // Computed outside this code base: int.from_bytes(hashlib.sha256(root).digest()[:4], 'big') % 12
  it.each([
    ['person/a', 10],
    ['group/g', 2],
    ['organisation/acme', 3],
    ['name/x_-9', 6],
  ])('puts %s into lane %d, for ever', (root, lane) => {
    expect(laneOf(root)).toBe(lane);
    expect(laneOfStream(root)).toBe(lane);
    expect(laneOfStream(`${root}/post/p/comment/c`)).toBe(lane);
  });

  it('takes the first pair as the root and the first two as the thread', () => {
    expect(rootOf('group/g/post/p/comment/c')).toBe('group/g');
    expect(threadOf('group/g/post/p/comment/c')).toBe('group/g/post/p');
    expect(threadOf('group/g/member/m')).toBe('group/g/member/m');
    expect(threadOf('group/g')).toBe('group/g');
  });

  it.each(['', 'group', 'group/', '/g', 'group//post', 'group/é', 'group/a b', 'group/../x', `group/${'a'.repeat(65)}`])(
    'refuses %j',
    (stream) => {
      expect(() => rootOf(stream)).toThrow(expect.objectContaining({ kind: 'invalid' }));
    },
  );

  it('takes segments of 64 characters', () => {
    expect(rootOf(`group/${'a'.repeat(64)}`)).toBe(`group/${'a'.repeat(64)}`);
  });

  it('spreads roots over all lanes', () => {
    const lanes = new Set(Array.from({ length: 300 }, (_, nth) => laneOf(`group/g${nth}`)));
    expect(lanes.size).toBe(LANE_COUNT);
    fc.assert(fc.property(fc.string(), (root) => laneOf(root) >= 0 && laneOf(root) < LANE_COUNT));
  });
});
