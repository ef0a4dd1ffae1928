import { setImmediate } from 'node:timers/promises';

/** Turns of the event loop that a condition may take; far above what anything in memory needs. */
const MOST_TURNS = 20_000;

/** Lets what is in memory run until the condition holds. Not for the clock, the disk or the network. @throws when it never does. */
export const until = async (condition: () => boolean | Promise<boolean>, what = 'the condition'): Promise<void> => {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    if (await condition()) return;
    await setImmediate();
  }
  throw new Error(`${what} did not come true`);
};

/** A few turns of the loop: enough for everything in memory that could still happen to have happened. */
export const quiet = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await setImmediate();
};
