import type { Clock } from '../ports/clock.ts';

/** What a loop sleeps on: it wakes when it is rung, when its time is up, or for good when it is closed. */
export interface Bell {
  ring(): void;
  /** Until rung, or so many milliseconds. A ring since the last wait counts: none is missed. */
  wait(mostMs: number): Promise<void>;
  /** So many milliseconds whoever rings: for backing off. */
  rest(ms: number): Promise<void>;
  close(): void;
}

export const createBell = (clock: Clock): Bell => {
  let rung = false;
  let closed = false;
  let wake: (() => void) | undefined;
  let wakeOnRing = false;

  const sleep = (ms: number, onRing: boolean): Promise<void> =>
    new Promise((resolve) => {
      if (closed) return resolve();
      const cancel = clock.after(ms, () => wake?.());
      wakeOnRing = onRing;
      wake = () => {
        wake = undefined;
        cancel();
        resolve();
      };
    });

  return {
    ring() {
      rung = true;
      if (wakeOnRing) wake?.();
    },
    async wait(mostMs) {
      if (!rung) await sleep(mostMs, true);
      rung = false;
    },
    rest: (ms) => sleep(ms, false),
    close() {
      closed = true;
      wake?.();
    },
  };
};
