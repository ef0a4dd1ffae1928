import type { Logger } from 'pino';
import type { Bus, Subscription } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { LANE_COUNT, type RecordedEvent } from '../ports/eventLog.ts';
import type { Mark, View } from '../ports/views.ts';
import { isParvisError, unavailable } from '../runtime/errors.ts';
import type { EventCodec } from './codec.ts';
import { createLaneLocks } from './consumerLanes.ts';
import { type ConsumerProgress, createConsumerProgress } from './consumerProgress.ts';
import { createParkedThreads, parkedPuts, parkedRows } from './parking.ts';
import { releaseThread } from './parkingRelease.ts';
import type { Projection } from './projection.ts';
import { type AppliedBatch, applyBatch } from './projectionBatch.ts';

/**
 * Records of one batch, which is one write of rows and mark. Small while people wait for what was just written; large while
 * a view is built, for rows of one batch that share a page are written once.
 */
export const PROJECTION_BATCH = { live: 500, rebuild: 4000 } as const;

export interface ProjectionRunnerOptions {
  readonly projection: Projection;
  /** Opened with `withParking(schema)`. */
  readonly view: View;
  readonly bus: Bus;
  readonly codec: EventCodec;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Name of the shared subscription, e.g. `post.groupLog`. */
  readonly group: string;
  /** False for access facts: an event that can't be applied stops its lane, for a right must not be guessed. */
  readonly parkable: boolean;
  /** True while the view is built from history. */
  rebuilding(): boolean;
  /** The owner's history began anew: the whole view is to be built again. */
  onForeignEpoch(): void;
  /** Too much was parked, or nothing may be parked: no event of this projection is applied any more. */
  onStopped(reason: string): void;
}

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

/** Follows one source into one view: rows and mark move in one write, by compare-and-set. */
export const createProjectionRunner = (options: ProjectionRunnerOptions): ProjectionRunner => {
  const { projection, view, bus, codec, clock, logger } = options;
  const { source } = projection;
  const progress = createConsumerProgress(options.group, source);
  const locks = createLaneLocks();
  const threads = createParkedThreads(clock);
  const batchLimit = (): number => (options.rebuilding() ? PROJECTION_BATCH.rebuild : PROJECTION_BATCH.live);
  const troubles = new Map<number, string>();
  let subscription: Subscription | undefined;
  let stopped = false;

  const refresh = async (): Promise<void> => {
    for (const mark of await view.marks()) {
      if (mark.source === source && mark.epoch === progress.epoch() && mark.position > progress.position(mark.lane)) {
        progress.moved(mark.lane, mark.position);
      }
    }
  };

  /** A permanent failure: parked, or the end of the line. */
  const accept = (lane: number, batch: AppliedBatch): void => {
    const [first] = batch.failures;
    if (first === undefined) return;
    const about = { err: first.error, view: projection.schema.name, source, lane, position: first.position, type: first.type };
    if (!options.parkable) {
      troubles.set(lane, first.reason);
      logger.error({ ...about, alert: true }, 'an access fact cannot be applied: its lane stands still');
      throw unavailable('projection-failed', first.reason);
    }
    if (!threads.admits(batch.failures.length)) {
      stopped = true;
      logger.error({ ...about, alert: true }, 'too many threads fail: the view stops');
      options.onStopped(first.reason);
      throw unavailable('view-stopped', first.reason);
    }
    for (const failure of batch.failures) {
      logger.error({ ...about, err: failure.error, thread: failure.thread, alert: true }, 'a thread is parked');
    }
  };

  /** Applies records that follow the mark without a gap. */
  const advance = async (lane: number, records: readonly RecordedEvent[]): Promise<void> => {
    const to = records.at(-1)?.position;
    if (to === undefined) return;
    if (stopped) throw unavailable('view-stopped', 'the view was stopped');
    const batch = await applyBatch({ projection, view, codec, records, isParked: threads.has });
    accept(lane, batch);
    const from = progress.position(lane);
    const puts = [...batch.changes.puts, ...parkedPuts(source, batch, clock.now().getTime())];
    try {
      await view.write({ puts, deletes: batch.changes.deletes, marks: [{ source, epoch: progress.epoch(), lane, from, to }] });
    } catch (error) {
      if (isParvisError(error, 'mark-conflict')) await refresh();
      throw error;
    }
    threads.park(batch.failures);
    troubles.delete(lane);
    progress.moved(lane, to);
  };

  /** Reads from the owner what lies between the mark and the position. */
  const fill = async (lane: number, before: number): Promise<void> => {
    while (progress.position(lane) + 1 < before) {
      const mark = progress.position(lane);
      const missing = await bus.readLane(source, lane, { after: mark, limit: Math.min(batchLimit(), before - mark - 1) });
      const usable = missing.filter((record, index) => record.epoch === progress.epoch() && record.position === mark + 1 + index);
      if (usable.length === 0) {
        logger.error({ source, lane, mark, before, alert: true }, 'the owner has a gap in its lane');
        throw unavailable('lane-gap', `lane ${lane} of ${source}: the owner has no record after ${mark}`);
      }
      await advance(lane, usable);
    }
  };

  /** Only records of this history; a newer one starts the view anew, an older one is what a restore left behind. */
  const ofThisEpoch = async (records: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> => {
    const foreign = records.find((record) => record.epoch !== progress.epoch());
    if (foreign === undefined) return records;
    const { epoch } = await bus.heads(source);
    if (epoch === progress.epoch()) return records.filter((record) => record.epoch === epoch);
    options.onForeignEpoch();
    throw unavailable('epoch-changed', `${source} began a new history`);
  };

  /** Drops what the mark has passed, reads what is missing, applies the rest in runs without gaps. */
  const take = async (lane: number, records: readonly RecordedEvent[]): Promise<void> => {
    let rest = (await ofThisEpoch(records)).filter((record) => record.position > progress.position(lane));
    while (rest.length > 0) {
      await fill(lane, rest[0]?.position ?? 0);
      const next = progress.position(lane) + 1;
      let run = 0;
      while (rest[run]?.position === next + run) run += 1;
      if (run === 0) throw unavailable('lane-order', `lane ${lane} of ${source}: records out of order`);
      await advance(lane, rest.slice(0, run));
      rest = rest.slice(run).filter((record) => record.position > progress.position(lane));
    }
  };

  return {
    projection,
    progress,
    refresh,
    async start(epoch, marks) {
      stopped = false;
      const positions = Array.from({ length: LANE_COUNT }, () => 0);
      for (const mark of marks) if (mark.source === source && mark.epoch === epoch) positions[mark.lane] = mark.position;
      progress.begin(epoch, positions);
      const parked: string[] = [];
      for await (const row of parkedRows(view, source)) parked.push(row.thread);
      threads.load(parked);
      subscription = await bus.subscribe({
        source,
        kind: 'shared',
        group: options.group,
        get batchLimit() {
          return batchLimit();
        },
        async from(lane, ofEpoch) {
          if (ofEpoch === progress.epoch()) return progress.position(lane);
          options.onForeignEpoch();
          return 0;
        },
        onBatch: (lane, records) => locks.run(lane, () => take(lane, records)),
      });
    },
    async stop() {
      stopped = true;
      await subscription?.stop();
      subscription = undefined;
    },
    async catchUp(lane) {
      await locks.run(lane, async () => {
        for (;;) {
          const records = await bus.readLane(source, lane, { after: progress.position(lane), limit: batchLimit() });
          if (records.length === 0) return;
          await take(lane, records);
        }
      });
    },
    async release(thread) {
      const released = new Map<string, number>();
      for await (const row of parkedRows(view, source, thread)) released.set(row.thread, row.lane);
      let whole = 0;
      for (const [name, lane] of released) {
        const done = await locks.run(lane, () =>
          releaseThread({ projection, view, bus, codec, thread: name, lane, mark: () => progress.position(lane), epoch: progress.epoch() }),
        );
        if (!done) continue;
        threads.release(name);
        whole += 1;
      }
      return whole;
    },
    parked: threads.count,
    trouble: () => [...troubles.values()][0] ?? '',
  };
};
