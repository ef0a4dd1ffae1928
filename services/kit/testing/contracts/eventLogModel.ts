import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AppendOptions, AppendResult, Expected, RecordedEvent, StreamWrite } from '../../ports/eventLog.ts';
import { createManualClock } from '../manualClock.ts';
import { createLogModel } from '../memoryEventLog.ts';
import type { OpenLog } from './eventLogFixture.ts';
import { event } from './eventLogSamples.ts';

const RUNS = process.env.PARVIS_TEST_SIZE === 'full' ? 200 : 15;

interface Step {
  readonly writes: readonly StreamWrite[];
  readonly options: AppendOptions;
  readonly clockMs: number;
  /** Sent together with the step before it, so that the two may share a commit. */
  readonly together: boolean;
}

const streams = fc.constantFrom('group/a', 'group/a/post/p', 'group/a/post/q', 'group/b', 'group/b/member/m', 'person/z');
const expected: fc.Arbitrary<Expected> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('any' as const) }), weight: 3 },
  fc.record({ kind: fc.constantFrom('none' as const, 'exists' as const) }),
  fc.record({ kind: fc.constant('exact' as const), version: fc.nat(6) }),
);
const write: fc.Arbitrary<StreamWrite> = fc.record({
  stream: streams,
  expected,
  events: fc.array(fc.nat(9).map(event), { maxLength: 3 }),
});
const step: fc.Arbitrary<Step> = fc.record({
  writes: fc.array(write, { minLength: 1, maxLength: 3 }),
  options: fc.record({
    commandId: fc.nat(25).map((nth) => `c${nth}`),
    requestHash: fc.constantFrom('one', 'one', 'one', 'other'),
    actor: fc.constantFrom('', 'p1'),
  }),
  clockMs: fc.integer({ min: -5_000, max: 5_000 }),
  together: fc.boolean(),
});

type Outcome = AppendResult | string;
const codeOf = (error: unknown): string => String((error as { code?: string }).code ?? error);
const plain = (record: RecordedEvent) => ({ ...record, epoch: '', data: [...record.data] });

const TIMEOUT_MS = 300_000;

/** Any history of appends ends, on the log and on the model, in the same answers and the same events. */
export const modelCases = (open: OpenLog): void => {
  it(
    'agrees with the model on every history',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
          const clock = createManualClock();
          const fixture = await open(clock);
          const model = createLogModel('');
          try {
            let pending: Promise<Outcome>[] = [];
            let told: Outcome[] = [];
            for (const { writes, options, clockMs, together } of steps) {
              if (!together) {
                expect(await Promise.all(pending)).toEqual(told);
                pending = [];
                told = [];
                clock.step(clockMs);
              }
              pending.push(fixture.log.append(writes, options).catch(codeOf));
              told.push(outcomeOf(() => model.append(writes, options, clock.now())));
            }
            expect(await Promise.all(pending)).toEqual(told);
            const again = await fixture.reopen();
            for (const [lane, events] of model.lanes.entries()) {
              expect((await again.readLane(lane, { after: 0, limit: 1_000 })).map(plain)).toEqual(events.map(plain));
            }
          } finally {
            await fixture.dispose();
          }
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );
};

const outcomeOf = (append: () => AppendResult): Outcome => {
  try {
    return append();
  } catch (error) {
    return codeOf(error);
  }
};
