import type { Clock } from '../ports/clock.ts';

/** The machine's clock. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => new Date(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
