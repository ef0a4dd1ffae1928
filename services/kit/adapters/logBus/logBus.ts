import type { Logger } from 'pino';
import type { Bus, SubscribeOptions, Subscription } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { LANE_COUNT } from '../../ports/eventLog.ts';
import { unavailable } from '../../runtime/errors.ts';
import { followLane } from './followLane.ts';
import type { LaneReader } from './laneReader.ts';

export interface LogBusOptions {
  /**
   * How to read a source: `createLocalReader(log)` in the process that owns it, `createFeedReader(…)` elsewhere.
   * Asked once per source, when it is first needed. Undefined: no such source in this network.
   */
  reader(source: string): LaneReader | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

const subscribeTo = async (reader: LaneReader, options: SubscribeOptions, bus: LogBusOptions): Promise<Subscription> => {
  const stopping = new AbortController();
  const positions = new Map<number, number>();
  const { epoch, heads } = await reader.heads();
  const begin = async (lane: number, ofEpoch: string, head: number): Promise<number> => {
    const from = await options.from(lane, ofEpoch);
    return from === 'head' ? head : from;
  };
  for (let lane = 0; lane < LANE_COUNT; lane++) positions.set(lane, await begin(lane, epoch, heads[lane] ?? 0));
  const lanes = [...positions.keys()].map((lane) =>
    followLane({ reader, lane, epoch, positions, begin, options, clock: bus.clock, logger: bus.logger, signal: stopping.signal }),
  );
  return {
    positions: () => positions,
    async stop() {
      stopping.abort();
      await Promise.all(lanes);
    },
  };
};

/**
 * The bus of the embedded shape: nothing is published, the logs themselves are tailed. A replica sees every lane of a
 * shared subscription; should two replicas run, the compare-and-set of the marks makes one of them lose each batch.
 */
export const createLogBus = (options: LogBusOptions): Bus => {
  const readers = new Map<string, LaneReader>();
  const subscriptions = new Set<Subscription>();
  const readerOf = (source: string): LaneReader => {
    const known = readers.get(source);
    if (known) return known;
    const made = options.reader(source);
    if (made === undefined) throw unavailable('source-unknown', `no service of this network owns the log ${source}`);
    readers.set(source, made);
    return made;
  };
  return {
    // The log is read where it is: there is no broker to hand it to.
    publish: async () => undefined,
    async subscribe(wanted) {
      const subscription = await subscribeTo(readerOf(wanted.source), wanted, options);
      subscriptions.add(subscription);
      return {
        positions: subscription.positions,
        async stop() {
          subscriptions.delete(subscription);
          await subscription.stop();
        },
      };
    },
    heads: async (source) => readerOf(source).heads(),
    readLane: async (source, lane, { after, limit }) => [...(await readerOf(source).read(lane, after, limit)).records],
    async close() {
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await Promise.all([...readers.values()].map((reader) => reader.close()));
    },
  };
};
