import { describe, expect, it } from '@jest/globals';
import { markdownOf, shown } from './markdown.ts';
import { atLeast, atMost, figure, ratio } from './measurement.ts';

describe('the report', () => {
  it('shows three digits, and separates thousands', () => {
    expect([0.012345, 1.2, 12.345, 999.6, 1234.5, 1_000_000].map(shown)).toEqual(['0.0123', '1.2', '12.3', '1000', '1,235', '1,000,000']);
  });
  it('says median, spread and rounds, and which budgets are missed', () => {
    const p99 = figure('p99', 'ms', [40, 10, 20]);
    const throughput = figure('posts', '/s', [900]);
    const text = markdownOf({
      about: [['cores', '2']],
      measurements: [
        {
          title: 'Create a post',
          figures: [p99, throughput],
          budgets: [atMost('p99 ≤ 30 ms', p99, 30), atLeast('≥ 1,000/s', throughput, 1000)],
        },
      ],
    });
    expect(text).toContain('| cores | 2 |');
    expect(text).toContain('| p99 ≤ 30 ms | 20 ms | met |');
    expect(text).toContain('| ≥ 1,000/s | 900 /s | **missed** |');
    expect(text).toContain('| p99 | 20 ms | 10 – 40 | 3 |');
    expect(text).toContain('| posts | 900 /s |  | 1 |');
  });
  it('holds budgets at their limit', () => {
    expect(atMost('', figure('', '', [30]), 30).met).toBe(true);
    expect(atMost('', figure('', '', [30.1]), 30).met).toBe(false);
    expect(atLeast('', figure('', '', [10]), 10).met).toBe(true);
    expect(atLeast('', figure('', '', [9.9]), 10).met).toBe(false);
  });
  it('compares round by round', () => expect(ratio([10, 30], [5, 10])).toEqual([2, 3]));
});
