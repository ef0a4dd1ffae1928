import type { Clock } from '../ports/clock.ts';

/** A clock that runs like the machine's and that a test may set forward: what falls due then runs at once. */
export interface FlowingClock extends Clock {
  advance(ms: number): void;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  handle: NodeJS.Timeout;
}

/** Starts at the machine's time. Its timers keep no process alive. */
export const createFlowingClock = (): FlowingClock => {
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const timers = new Set<Timer>();
  const fire = (timer: Timer): void => {
    if (!timers.delete(timer)) return;
    clearTimeout(timer.handle);
    timer.callback();
  };
  const schedule = (timer: Timer): void => {
    timer.handle = setTimeout(() => fire(timer), Math.max(0, timer.dueMs - nowMs()));
    timer.handle.unref();
  };
  return {
    now: () => new Date(nowMs()),
    after(delayMs, callback) {
      const timer = { dueMs: nowMs() + delayMs, callback } as Timer;
      timers.add(timer);
      schedule(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer.handle);
      };
    },
    advance(ms) {
      aheadMs += ms;
      for (const timer of [...timers].sort((one, other) => one.dueMs - other.dueMs)) {
        if (timer.dueMs <= nowMs()) fire(timer);
        else {
          clearTimeout(timer.handle);
          schedule(timer);
        }
      }
    },
  };
};
