import { describe, expect, it } from '@jest/globals';
import { atRate, inTurn } from './load.ts';

describe('callers at a fixed rate', () => {
  it('do not wait for slow answers, and count what a call waited since it was due', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = 0;
    const load = await atRate({
      perSecond: 1000,
      seconds: 0.02,
      call: async () => {
        begun += 1;
        if (begun === 20) release();
        await held;
      },
    });
    expect(load.latenciesMs).toHaveLength(20);
    // The first was due 19 ms before the last released it; timers count whole milliseconds and may wake one early.
    expect(Math.max(...load.latenciesMs)).toBeGreaterThanOrEqual(18);
  });
  it('hand on a failure once all are answered', async () => {
    const answered: number[] = [];
    const load = atRate({
      perSecond: 1000,
      seconds: 0.005,
      call: async (nth) => {
        answered.push(nth);
        if (nth === 1) throw new Error('refused');
      },
    });
    await expect(load).rejects.toThrow('refused');
    expect(answered).toHaveLength(5);
  });
});

describe('callers in turn', () => {
  it('never have more calls open than there are callers', async () => {
    let open = 0;
    let most = 0;
    const load = await inTurn({
      callers: 4,
      calls: 30,
      call: async () => {
        open += 1;
        most = Math.max(most, open);
        await Promise.resolve();
        open -= 1;
      },
    });
    expect(most).toBe(4);
    expect(load.latenciesMs).toHaveLength(30);
  });
  it('fail when a call fails', async () => {
    await expect(inTurn({ callers: 2, calls: 4, call: () => Promise.reject(new Error('refused')) })).rejects.toThrow('refused');
  });
});
