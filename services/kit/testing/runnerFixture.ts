import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalReader } from '../adapters/logBus/laneReader.ts';
import { createLogBus } from '../adapters/logBus/logBus.ts';
import { createSqliteViewStore } from '../adapters/sqlite/views.ts';
import type { EventCodec } from '../eventing/codec.ts';
import { createEventCodec } from '../eventing/eventCodec.ts';
import { PARKED, type ParkedRow, withParking } from '../eventing/parking.ts';
import type { Projection } from '../eventing/projection.ts';
import { createViewRunner, type ViewRunner } from '../eventing/viewRunner.ts';
import type { Bus } from '../ports/bus.ts';
import type { EventLog } from '../ports/eventLog.ts';
import type { View } from '../ports/views.ts';
import { until } from './eventually.ts';
import { createFlowingClock, type FlowingClock } from './flowingClock.ts';
import { createMemoryEventLog } from './memoryEventLog.ts';
import { createMemoryKeys } from './memoryKeys.ts';
import { sampleProjection, sampleSchema } from './sampleView.ts';
import { testLogger } from './testPorts.ts';

export interface RunOptions {
  readonly projection?: Projection;
  readonly view?: View;
  readonly bus?: Bus;
  readonly parkable?: boolean;
  readonly codec?: EventCodec;
}

/** Views on SQLite that follow a log in memory, of source `group`; runners are stopped by close(). */
export interface RunnerFixture {
  readonly log: EventLog;
  readonly clock: FlowingClock;
  readonly codec: EventCodec;
  /** An empty view of the sample schema, each under a name of its own. */
  openCopy(): Promise<View>;
  run(options?: RunOptions): Promise<ViewRunner>;
  close(): Promise<void>;
}

export const createRunnerFixture = async (): Promise<RunnerFixture> => {
  const folder = await mkdtemp(join(tmpdir(), 'parvis-runner-'));
  const store = createSqliteViewStore({ folder });
  const clock = createFlowingClock();
  const log = createMemoryEventLog({ source: 'group', clock });
  const bus = createLogBus({ reader: () => createLocalReader(log), clock, logger: testLogger });
  const codec = createEventCodec({ keys: createMemoryKeys() });
  const running: ViewRunner[] = [];
  let copies = 0;
  const openCopy = (): Promise<View> => {
    copies += 1;
    return store.open(withParking({ ...sampleSchema(), name: `copy${copies}` }));
  };
  return {
    log,
    clock,
    codec,
    openCopy,
    async run({ view, projection = sampleProjection(), ...options } = {}) {
      const copy = view ?? (await openCopy());
      const group = `test.${copy.schema.name}`;
      const runner = createViewRunner({
        group,
        projections: [projection],
        view: copy,
        bus,
        codec,
        clock,
        logger: testLogger,
        parkable: true,
        ...options,
      });
      running.push(runner);
      await runner.start();
      return runner;
    },
    async close() {
      for (const runner of running) await runner.stop();
      await bus.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export const level = (runner: ViewRunner): Promise<void> => until(() => runner.level(), 'level');

export const parkedPositions = async (view: View): Promise<number[]> =>
  (await view.range<ParkedRow>(PARKED, 'thread', { limit: 1000 })).map((entry) => entry.row.position);
