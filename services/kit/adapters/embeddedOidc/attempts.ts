import type { Clock } from '../../ports/clock.ts';
import type { StateStore } from '../../ports/state.ts';

/** Failures before the first lock, its length, and the longest one; each further failure doubles it. */
export const LOCKOUT = { freeFailures: 5, firstLockMs: 30_000, longestLockMs: 15 * 60_000 } as const;
/** Failures are forgotten after this time without another. */
export const FORGET_FAILURES_MS = 60 * 60_000;
/** Entries looked at by one sweep. */
const SWEEP_LIMIT = 1_000;

interface Failures {
  readonly count: number;
  readonly lastAtMs: number;
}

export interface Attempts {
  /** Counts an attempt; false while locked. Counted before the password is looked at, so that guesses at once count too. */
  begin(key: string): Promise<boolean>;
  succeeded(key: string): Promise<void>;
  sweep(): Promise<void>;
}

const lockMs = (count: number): number =>
  count < LOCKOUT.freeFailures ? 0 : Math.min(LOCKOUT.longestLockMs, LOCKOUT.firstLockMs * 2 ** (count - LOCKOUT.freeFailures));

/** Brute force: attempts by key of the address, known or not, so that a lock tells nothing about accounts. */
export const createAttempts = (state: StateStore, clock: Clock): Attempts => {
  const failures = state.table<Failures>('signInFailures');

  const begin = async (key: string): Promise<boolean> => {
    for (;;) {
      const nowMs = clock.now().getTime();
      const known = await failures.get(key);
      if (!known) {
        if (await failures.insert(key, { count: 1, lastAtMs: nowMs })) return true;
        continue;
      }
      const silentMs = nowMs - known.lastAtMs;
      if (silentMs < lockMs(known.count)) return false;
      const count = silentMs > FORGET_FAILURES_MS ? 1 : known.count + 1;
      if (await failures.replace(key, known, { count, lastAtMs: nowMs })) return true;
    }
  };

  let resumeAfter: string | undefined;
  return {
    begin,
    succeeded: (key) => failures.delete(key),
    async sweep() {
      const entries = await failures.range('', { limit: SWEEP_LIMIT, ...(resumeAfter === undefined ? {} : { after: resumeAfter }) });
      const nowMs = clock.now().getTime();
      for (const { key, value } of entries) if (nowMs - value.lastAtMs > FORGET_FAILURES_MS) await failures.delete(key);
      resumeAfter = entries.length === SWEEP_LIMIT ? entries.at(-1)?.key : undefined;
    },
  };
};
