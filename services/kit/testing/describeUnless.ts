import { describe } from '@jest/globals';

/**
 * A block of tests that may lack what it needs (an engine, a browser). The reason goes into the title, where the test
 * run's summary finds it: a suite that can't run is counted and named, never silent.
 */
export function describeUnless(missing: string | undefined, name: string, tests: () => void): void {
  if (missing === undefined) describe(name, tests);
  else describe.skip(`${name} [skipped: ${missing}]`, tests);
}
