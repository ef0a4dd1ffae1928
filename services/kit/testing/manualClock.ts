import type { Clock } from '../ports/clock.ts';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves on by so many milliseconds and runs what falls due, in order. */
  advance(ms: number): void;
  /** Sets the time without running anything: a clock that steps, back as well. */
  step(ms: number): void;
  /** How many callbacks are waiting. */
  waiting(): number;
}

export const createManualClock = (startMs = Date.UTC(2026, 0, 5, 8)): ManualClock => {
  let nowMs = startMs;
  let elapsedMs = 0;
  let nth = 0;
  const timers = new Map<number, { dueMs: number; callback: () => void }>();
  const nextDue = (untilMs: number): [number, { dueMs: number; callback: () => void }] | undefined =>
    [...timers].filter(([, timer]) => timer.dueMs <= untilMs).sort(([a, one], [b, other]) => one.dueMs - other.dueMs || a - b)[0];
  return {
    now: () => new Date(nowMs),
    after(delayMs, callback) {
      const id = nth++;
      timers.set(id, { dueMs: elapsedMs + delayMs, callback });
      return () => void timers.delete(id);
    },
    advance(ms) {
      const untilMs = elapsedMs + ms;
      for (let due = nextDue(untilMs); due; due = nextDue(untilMs)) {
        const [id, { dueMs, callback }] = due;
        timers.delete(id);
        nowMs += dueMs - elapsedMs;
        elapsedMs = dueMs;
        callback();
      }
      nowMs += untilMs - elapsedMs;
      elapsedMs = untilMs;
    },
    step(ms) {
      nowMs += ms;
    },
    waiting: () => timers.size,
  };
};
