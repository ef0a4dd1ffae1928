/** Callers: at a fixed rate whatever the answers take, or each as soon as its last answer came. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Load {
  /** From the moment a call was due to its answer: waiting for a busy process counts. */
  readonly latenciesMs: readonly number[];
  /** From the first call to the last answer. */
  readonly seconds: number;
}

type Call = (nth: number) => Promise<unknown>;

/**
 * Open loop: calls are due at fixed times, and a slow answer delays no later call. @throws the first failure of a call,
 * when all are answered: a benchmark that drops failures lies.
 */
export const atRate = async (options: { perSecond: number; seconds: number; call: Call }): Promise<Load> => {
  const { perSecond, seconds, call } = options;
  const total = Math.round(perSecond * seconds);
  const latenciesMs: number[] = [];
  const failures: unknown[] = [];
  const running: Promise<void>[] = [];
  const startMs = performance.now();
  const dueMs = (nth: number): number => startMs + (nth * 1000) / perSecond;
  for (let nth = 0; nth < total; nth += 1) {
    const waitMs = dueMs(nth) - performance.now();
    // The timer of Node wakes up to a millisecond late; the call's clock begins when it was due all the same.
    if (waitMs > 0) await pause(waitMs);
    running.push(
      call(nth).then(
        () => void latenciesMs.push(performance.now() - dueMs(nth)),
        (error: unknown) => void failures.push(error),
      ),
    );
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
  return { latenciesMs, seconds: (performance.now() - startMs) / 1000 };
};

/** Closed loop: so many callers, each with one call at a time, until the time is over or so many calls began. */
export const inTurn = async (options: { callers: number; seconds?: number; calls?: number; call: Call }): Promise<Load> => {
  const { callers, seconds = Number.POSITIVE_INFINITY, calls = Number.POSITIVE_INFINITY, call } = options;
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun < calls && performance.now() < endMs) {
      const nth = begun;
      begun += 1;
      const sinceMs = performance.now();
      await call(nth);
      latenciesMs.push(performance.now() - sinceMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { latenciesMs, seconds: (performance.now() - startMs) / 1000 };
};
