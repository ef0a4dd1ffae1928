import type { Subscription } from '../ports/bus.ts';
import { LANE_COUNT } from '../ports/eventLog.ts';
import type { Mark } from '../ports/views.ts';
import { createLaneLocks } from './consumerLanes.ts';
import { type ConsumerProgress, createConsumerProgress } from './consumerProgress.ts';
import { createParkedThreads, parkedRows } from './parking.ts';
import { releaseThread } from './parkingRelease.ts';
import type { Projection } from './projection.ts';
import { batchLimitOf, catchUpLane, type Following, type ProjectionRunnerOptions, refreshMarks, takeRecords } from './projectionLane.ts';

export interface ProjectionRunner {
  readonly projection: Projection;
  readonly progress: ConsumerProgress;
  start(epoch: string, marks: readonly Mark[]): Promise<void>;
  stop(): Promise<void>;
  /** Reads the marks again: another replica may have moved them. */
  refresh(): Promise<void>;
  /** Reads a lane from its owner up to its head, whatever the broker does. */
  catchUp(lane: number): Promise<void>;
  /** Replays what is parked, one thread or all. @returns threads that are parked no longer. */
  release(thread?: string): Promise<number>;
  parked(): number;
  /** Why a lane stands still at the moment; empty when none does. */
  trouble(): string;
}

/** Where the marks and the parked threads of the view say that the projection is. */
const begin = async ({ options, progress, threads }: Following, epoch: string, marks: readonly Mark[]): Promise<void> => {
  const { source } = options.projection;
  const positions = Array.from({ length: LANE_COUNT }, () => 0);
  for (const mark of marks) if (mark.source === source && mark.epoch === epoch) positions[mark.lane] = mark.position;
  progress.begin(epoch, positions);
  const parked: string[] = [];
  for await (const row of parkedRows(options.view, source)) parked.push(row.thread);
  threads.load(parked);
};

const subscribe = (following: Following): Promise<Subscription> => {
  const { options, progress, locks } = following;
  return options.bus.subscribe({
    source: options.projection.source,
    kind: 'shared',
    group: options.group,
    get batchLimit() {
      return batchLimitOf(following);
    },
    async from(lane, ofEpoch) {
      if (ofEpoch === progress.epoch()) return progress.position(lane);
      options.onForeignEpoch();
      return 0;
    },
    onBatch: (lane, records) => locks.run(lane, () => takeRecords(following, lane, records)),
  });
};

/** Each thread in its lane's turn. @returns how many are parked no longer. */
const releaseThreads = async ({ options, progress, locks, threads }: Following, only: string | undefined): Promise<number> => {
  const { projection, view, bus, codec } = options;
  const lanes = new Map<string, number>();
  for await (const row of parkedRows(view, projection.source, only)) lanes.set(row.thread, row.lane);
  let whole = 0;
  for (const [thread, lane] of lanes) {
    const release = { projection, view, bus, codec, thread, lane, mark: () => progress.position(lane), epoch: progress.epoch() };
    if (!(await locks.run(lane, () => releaseThread(release)))) continue;
    threads.release(thread);
    whole += 1;
  }
  return whole;
};

/** Follows one source into one view: rows and mark move in one write, by compare-and-set. */
export const createProjectionRunner = (options: ProjectionRunnerOptions): ProjectionRunner => {
  const { projection } = options;
  const progress = createConsumerProgress(options.group, projection.source);
  const threads = createParkedThreads(options.clock);
  const troubles = new Map<number, string>();
  const following: Following = { options, progress, locks: createLaneLocks(), threads, troubles, stopped: false };
  let subscription: Subscription | undefined;
  return {
    projection,
    progress,
    refresh: () => refreshMarks(following),
    async start(epoch, marks) {
      following.stopped = false;
      await begin(following, epoch, marks);
      subscription = await subscribe(following);
    },
    async stop() {
      following.stopped = true;
      await subscription?.stop();
      subscription = undefined;
    },
    catchUp: (lane) => catchUpLane(following, lane),
    release: (thread) => releaseThreads(following, thread),
    parked: threads.count,
    trouble: () => [...troubles.values()][0] ?? '',
  };
};
