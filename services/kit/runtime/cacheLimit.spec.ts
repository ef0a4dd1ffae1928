import { describe, expect, it } from '@jest/globals';
import { LRUCache } from 'lru-cache';
import { upTo } from './cacheLimit.ts';

describe('a bounded cache', () => {
  it('keeps as many entries as it says, and forgets the one used longest ago', () => {
    const cache = new LRUCache<string, number>(upTo(3));
    for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index);
    expect(cache.size).toBe(3);
    cache.get('a');
    cache.set('d', 3);
    expect([...cache.keys()].sort()).toEqual(['a', 'c', 'd']);
  });
});
