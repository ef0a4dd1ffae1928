import type { Logger } from 'pino';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { RecordedEvent } from '../ports/eventLog.ts';
import type { View } from '../ports/views.ts';
import { isParvisError, unavailable } from '../runtime/errors.ts';
import { withConsumerSpans } from '../runtime/telemetry.ts';
import type { EventCodec } from './codec.ts';
import type { LaneLocks } from './consumerLanes.ts';
import type { ConsumerProgress } from './consumerProgress.ts';
import { type ParkedThreads, parkedPuts } from './parking.ts';
import type { Projection } from './projection.ts';
import { type AppliedBatch, applyBatch } from './projectionBatch.ts';

/**
 * Records of one batch, which is one write of rows and mark. Small while people wait for what was just written; larger while
 * a view is built. Lanes that write in one turn share a transaction, so pages that they all touch are written once.
 */
export const PROJECTION_BATCH = { live: 500, rebuild: 1000 } as const;

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

/** What a projection's lanes share. */
export interface Following {
  readonly options: ProjectionRunnerOptions;
  readonly progress: ConsumerProgress;
  readonly locks: LaneLocks;
  readonly threads: ParkedThreads;
  /** Why a lane stands still, by lane. */
  readonly troubles: Map<number, string>;
  stopped: boolean;
}

export const batchLimitOf = ({ options }: Following): number => (options.rebuilding() ? PROJECTION_BATCH.rebuild : PROJECTION_BATCH.live);

/** Reads the marks again: another replica, or a consumer that was first, may have moved them. */
export const refreshMarks = async ({ options, progress }: Following): Promise<void> => {
  for (const mark of await options.view.marks()) {
    const mine = mark.source === options.projection.source && mark.epoch === progress.epoch();
    if (mine && mark.position > progress.position(mark.lane)) progress.moved(mark.lane, mark.position);
  }
};

/** Decides on permanent failures: parked, or the end of the line. @throws when nothing of the batch may be written. */
const acceptFailures = (following: Following, lane: number, batch: AppliedBatch): void => {
  const [first] = batch.failures;
  if (first === undefined) return;
  const { options, threads, troubles } = following;
  const { projection, logger } = options;
  const about = {
    err: first.error,
    view: projection.schema.name,
    source: projection.source,
    lane,
    position: first.position,
    type: first.type,
  };
  if (!options.parkable) {
    troubles.set(lane, first.reason);
    logger.error({ ...about, alert: true }, 'an access fact cannot be applied: its lane stands still');
    throw unavailable('projection-failed', first.reason);
  }
  if (!threads.admits(batch.failures.length)) {
    following.stopped = true;
    logger.error({ ...about, alert: true }, 'too many threads fail: the view stops');
    options.onStopped(first.reason);
    throw unavailable('view-stopped', first.reason);
  }
  for (const failure of batch.failures) {
    logger.error({ ...about, err: failure.error, thread: failure.thread, alert: true }, 'a thread is parked');
  }
};

/** Applies records that follow the mark without a gap: rows, parked positions and mark in one write. */
const advance = async (following: Following, lane: number, records: readonly RecordedEvent[]): Promise<void> => {
  const to = records.at(-1)?.position;
  if (to === undefined) return;
  if (following.stopped) throw unavailable('view-stopped', 'the view was stopped');
  const { options, progress, threads } = following;
  const { projection, view, codec, clock } = options;
  const batch = await applyBatch({ projection, view, codec, records, isParked: threads.has, parked: threads.count() });
  acceptFailures(following, lane, batch);
  const puts = [...batch.changes.puts, ...parkedPuts(projection.source, batch, clock.now().getTime())];
  const mark = { source: projection.source, epoch: progress.epoch(), lane, from: progress.position(lane), to };
  try {
    await view.write({ puts, deletes: batch.changes.deletes, marks: [mark] });
  } catch (error) {
    if (isParvisError(error, 'mark-conflict')) await refreshMarks(following);
    throw error;
  }
  threads.park(batch.failures);
  following.troubles.delete(lane);
  progress.moved(lane, to);
};

/** Reads from the owner what lies between the mark and the position. */
const fill = async (following: Following, lane: number, before: number): Promise<void> => {
  const { options, progress } = following;
  const { source } = options.projection;
  while (progress.position(lane) + 1 < before) {
    const mark = progress.position(lane);
    const limit = Math.min(batchLimitOf(following), before - mark - 1);
    const missing = await options.bus.readLane(source, lane, { after: mark, limit });
    const usable = missing.filter((record, index) => record.epoch === progress.epoch() && record.position === mark + 1 + index);
    if (usable.length === 0) {
      options.logger.error({ source, lane, mark, before, alert: true }, 'the owner has a gap in its lane');
      throw unavailable('lane-gap', `lane ${lane} of ${source}: the owner has no record after ${mark}`);
    }
    await advance(following, lane, usable);
  }
};

/** Only records of this history; a newer one starts the view anew, an older one is what a restore left behind. */
const ofThisEpoch = async (following: Following, records: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> => {
  const { options, progress } = following;
  if (!records.some((record) => record.epoch !== progress.epoch())) return records;
  const { epoch } = await options.bus.heads(options.projection.source);
  if (epoch === progress.epoch()) return records.filter((record) => record.epoch === epoch);
  options.onForeignEpoch();
  throw unavailable('epoch-changed', `${options.projection.source} began a new history`);
};

/** Drops what the mark has passed, reads what is missing, applies the rest in runs without gaps. */
export const takeRecords = async (following: Following, lane: number, records: readonly RecordedEvent[]): Promise<void> => {
  const { progress } = following;
  const ahead = (record: RecordedEvent): boolean => record.position > progress.position(lane);
  let rest = (await ofThisEpoch(following, records)).filter(ahead);
  while (rest.length > 0) {
    await fill(following, lane, rest[0]?.position ?? 0);
    const next = progress.position(lane) + 1;
    let run = 0;
    while (rest[run]?.position === next + run) run += 1;
    if (run === 0) throw unavailable('lane-order', `lane ${lane} of ${following.options.projection.source}: records out of order`);
    const batch = rest.slice(0, run);
    const { schema, source } = following.options.projection;
    await withConsumerSpans(`project ${schema.name}`, { source, lane }, batch, () => advance(following, lane, batch));
    rest = rest.slice(run).filter(ahead);
  }
};

/** Reads a lane from its owner up to its head, whatever the bus does. */
export const catchUpLane = (following: Following, lane: number): Promise<void> =>
  following.locks.run(lane, async () => {
    const { options, progress } = following;
    for (;;) {
      const after = progress.position(lane);
      const records = await options.bus.readLane(options.projection.source, lane, { after, limit: batchLimitOf(following) });
      if (records.length === 0) return;
      await takeRecords(following, lane, records);
    }
  });
