import type { Logger } from 'pino';
import type { Clock } from '../../ports/clock.ts';

/** How often expired entries are removed and the age of the signing key is looked at. */
export const HOUSEKEEPING_MS = 10 * 60_000;

/** Runs the chores now and then; one that fails is told and tried again the next time. @returns a function that stops it. */
export const keepHouse = (clock: Clock, logger: Logger, chores: readonly (() => Promise<unknown>)[]): (() => Promise<void>) => {
  let working: Promise<void> = Promise.resolve();
  const work = async (): Promise<void> => {
    for (const chore of chores) {
      await chore().catch((error: unknown) => logger.error({ err: error }, 'housekeeping of the identity provider failed'));
    }
  };
  let cancel: () => void;
  const schedule = (): void => {
    cancel = clock.after(HOUSEKEEPING_MS, () => {
      working = work();
      schedule();
    });
  };
  schedule();
  return async () => {
    cancel();
    await working;
  };
};
