import { describe, expect, it } from '@jest/globals';
import { median, percentile, summaryOf } from './statistics.ts';

describe('statistics of samples', () => {
  it('takes percentiles by nearest rank, whatever the order', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(summaryOf(hundred)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, max: 100 });
    expect(percentile([3], 0.99)).toBe(3);
    expect(percentile([1, 2], 0.5)).toBe(1);
    expect(percentile([1, 2], 0)).toBe(1);
  });
  it('compares as numbers, not as texts', () => expect(summaryOf([9, 10, 100]).p50).toBe(10));
  it('takes the mean of the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([5, 1, 3])).toBe(3);
  });
  it('has no answer without samples', () => {
    expect(() => percentile([], 0.5)).toThrow('no samples');
    expect(() => median([])).toThrow('no samples');
  });
});
