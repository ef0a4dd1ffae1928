/** Follows one source into the index: documents and marks move in one write, by compare-and-set. */
import type { EventCodec } from '@parvis/kit/eventing/codec.ts';
import { isTransient, reasonOf } from '@parvis/kit/eventing/consumerFaults.ts';
import { createLaneLocks } from '@parvis/kit/eventing/consumerLanes.ts';
import { type ConsumerProgress, createConsumerProgress } from '@parvis/kit/eventing/consumerProgress.ts';
import type { Bus, Subscription } from '@parvis/kit/ports/bus.ts';
import type { RecordedEvent } from '@parvis/kit/ports/eventLog.ts';
import type { SearchIndex } from '@parvis/kit/ports/searchIndex.ts';
import { isParvisError, unavailable } from '@parvis/kit/runtime/errors.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { changesOf } from './indexBatch.ts';
import type { SkippedEvents } from './skippedEvents.ts';

/** Records of one batch. */
export const INDEX_BATCH = 500;
/** Name of the shared subscription, and of the index in the service's status. */
export const INDEX = 'index';

export interface IndexerOptions {
  readonly source: string;
  readonly index: SearchIndex;
  readonly bus: Bus;
  readonly codec: EventCodec;
  readonly logger: ServiceRuntime['logger'];
  readonly skipped: SkippedEvents;
  /** The owner's history began anew: the whole index is to be built again. */
  onForeignEpoch(): void;
}

export interface Indexer {
  readonly progress: ConsumerProgress;
  /** @param positions of the marks, index = lane */
  start(epoch: string, positions: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

export const createIndexer = (options: IndexerOptions): Indexer => {
  const { source, index, bus, codec, logger, skipped } = options;
  const progress = createConsumerProgress(INDEX, source);
  const locks = createLaneLocks();
  let subscription: Subscription | undefined;

  /** Another replica may have moved the marks. */
  const refresh = async (): Promise<void> => {
    for (const mark of await index.marks()) {
      const ours = mark.source === source && mark.epoch === progress.epoch();
      if (ours && mark.position > progress.position(mark.lane)) progress.moved(mark.lane, mark.position);
    }
  };

  const write = async (lane: number, to: number, changes: Awaited<ReturnType<typeof changesOf>>): Promise<void> => {
    const marks = [{ source, epoch: progress.epoch(), lane, from: progress.position(lane), to }];
    try {
      await index.write({ ...changes, marks });
    } catch (error) {
      if (isParvisError(error, 'mark-conflict')) await refresh();
      throw error;
    }
    progress.moved(lane, to);
  };

  const skip = async (record: RecordedEvent, error: unknown): Promise<void> => {
    const { lane, position, type } = record;
    await skipped.note(source, record, reasonOf(error));
    logger.error({ err: error, source, lane, position, type, alert: true }, 'an event can not be indexed: it is skipped');
    await write(lane, position, { puts: [], deletes: [], threads: [], erased: [] });
  };

  /** Applies records that follow the mark without a gap; of a batch that can't be applied, each on its own. */
  const advance = async (lane: number, records: readonly RecordedEvent[]): Promise<void> => {
    const last = records.at(-1);
    if (last === undefined) return;
    try {
      await write(lane, last.position, await changesOf(index, await codec.open(source, records)));
    } catch (error) {
      if (isTransient(error)) throw error;
      if (records.length === 1) await skip(last, error);
      else for (const record of records) await advance(lane, [record]);
    }
  };

  /** Reads from the owner what lies between the mark and the position. */
  const fill = async (lane: number, before: number): Promise<void> => {
    while (progress.position(lane) + 1 < before) {
      const mark = progress.position(lane);
      const missing = await bus.readLane(source, lane, { after: mark, limit: Math.min(INDEX_BATCH, before - mark - 1) });
      const usable = missing.filter((record, nth) => record.epoch === progress.epoch() && record.position === mark + 1 + nth);
      if (usable.length === 0) {
        logger.error({ source, lane, mark, before, alert: true }, 'the owner has a gap in its lane');
        throw unavailable('lane-gap', `lane ${lane} of ${source}: the owner has no record after ${mark}`);
      }
      await advance(lane, usable);
    }
  };

  /** Only records of this history; a newer one starts the index anew, an older one is what a restore left behind. */
  const ofThisEpoch = async (records: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> => {
    if (records.every((record) => record.epoch === progress.epoch())) return records;
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
    progress,
    async start(epoch, positions) {
      progress.begin(epoch, positions);
      subscription = await bus.subscribe({
        source,
        kind: 'shared',
        group: `search.${INDEX}`,
        batchLimit: INDEX_BATCH,
        async from(lane, ofEpoch) {
          if (ofEpoch === progress.epoch()) return progress.position(lane);
          options.onForeignEpoch();
          return 0;
        },
        onBatch: (lane, records) => locks.run(lane, () => take(lane, records)),
      });
    },
    async stop() {
      await subscription?.stop();
      subscription = undefined;
    },
  };
};
