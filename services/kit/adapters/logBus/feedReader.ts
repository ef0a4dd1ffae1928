import type { EventFeedServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import type { Clock } from '../../ports/clock.ts';
import { pause } from '../../runtime/pause.ts';
import type { CallContext, Client } from '../../runtime/rpc.ts';
import { recordedFromFeed } from './eventRecords.ts';
import { createDoorbell, type Doorbell, type LaneReader } from './laneReader.ts';

/** How long the owner holds a question for news; also the longest an unseen restart of the owner goes unnoticed. */
const WAIT_MS = 10_000;
/** Longer than the wait, so that the owner answers first. */
const CALL_TIMEOUT_MS = 15_000;
/** Most records of one call of EventFeed. */
export const FEED_LIMIT = 1000;
/** Between two questions to an owner that does not answer. */
const AWAY_MS = 1000;

export interface FeedReaderOptions {
  readonly client: Client<EventFeedServiceService>;
  /** Name of the service that reads, as its identity says it. */
  readonly service: string;
  readonly clock: Clock;
}

const contextOf = (service: string, signal: AbortSignal): CallContext => ({
  credential: { kind: 'service', service },
  deadlineMs: Date.now() + CALL_TIMEOUT_MS,
  tokens: [],
  traceparent: '',
  signal,
  reply: { stale: false },
});

/** One long poll per lane of a source, shared by all its subscriptions: it only rings the bell. */
const watchLane = async (options: FeedReaderOptions, bell: Doorbell, lane: number, after: number, signal: AbortSignal): Promise<void> => {
  let seen = after;
  while (!signal.aborted && bell.waiting().includes(lane)) {
    try {
      const page = await options.client.readLane(
        { lane, after: BigInt(seen), limit: 1, waitMs: WAIT_MS },
        contextOf(options.service, signal),
      );
      // An owner that was restored to an older point has a lower head: that too is news.
      if (Number(page.head) !== seen) bell.ring([lane]);
      seen = Number(page.head);
    } catch {
      // Away or restarting: subscriptions find out by themselves when they read, and this asks again.
      await pause(options.clock, AWAY_MS, signal);
      bell.ring([lane]);
    }
  }
};

/** Reads a log of another process through its owner's EventFeed. */
export const createFeedReader = (options: FeedReaderOptions): LaneReader => {
  const bell = createDoorbell();
  const closing = new AbortController();
  const read = new Map<number, number>();
  const watches = new Map<number, Promise<void>>();
  const watch = (lane: number): void => {
    if (watches.has(lane) || closing.signal.aborted) return;
    const watching = watchLane(options, bell, lane, read.get(lane) ?? 0, closing.signal).finally(() => {
      watches.delete(lane);
      if (bell.waiting().includes(lane)) watch(lane);
    });
    watches.set(lane, watching);
  };
  return {
    async heads() {
      const { epoch, heads } = await options.client.getHeads({}, contextOf(options.service, closing.signal));
      return { epoch, heads: heads.map(Number) };
    },
    async read(lane, after, limit) {
      const page = await options.client.readLane(
        { lane, after: BigInt(after), limit: Math.min(limit, FEED_LIMIT), waitMs: 0 },
        contextOf(options.service, closing.signal),
      );
      read.set(lane, Number(page.head));
      return { epoch: page.epoch, records: page.records.map(recordedFromFeed) };
    },
    moved(lane, signal) {
      const rung = bell.wait(lane, signal);
      watch(lane);
      return rung;
    },
    async close() {
      closing.abort();
      await Promise.all(watches.values());
    },
  };
};
