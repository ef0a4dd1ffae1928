/** A post in a group with many open live streams, each of another person: until the last of them has its tick. */
import { LiveRequest, type LiveResponse, NotificationServiceService } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { clientOf } from '@parvis/standalone/src/clients.ts';
import type { BenchNetwork } from '../benchNetwork.ts';
import { LARGE_GROUP, READER } from '../data/cast.ts';
import { atMost, figure, type Measurement } from '../report/measurement.ts';
import type { Sizes } from '../sizes.ts';
import { type Summary, summaryOf } from '../statistics.ts';
import { publish } from './writePost.ts';

const TICKS = 5;
/** Streams that are being opened at once. */
const OPENING = 100;

interface Reader {
  /** Resolves when the stream has told of the post. */
  until(postId: string): Promise<number>;
  close(): Promise<void>;
}

/** Reads the stream from now on, as a browser does; what it told is remembered with the moment it came. */
const openReader = async (bench: BenchNetwork, nth: number): Promise<Reader> => {
  const client = clientOf(bench.network.services.notification, NotificationServiceService);
  const leaving = new AbortController();
  const context = { ...bench.as(nth, { timeoutMs: Number.POSITIVE_INFINITY }), signal: leaving.signal };
  const ticks = client.live(LiveRequest.fromPartial({}), context)[Symbol.asyncIterator]();
  await ticks.next();
  const seen = new Map<string, number>();
  const waiting = new Map<string, (atMs: number) => void>();
  const read = async (): Promise<void> => {
    for (;;) {
      const step = (await ticks.next()) as IteratorResult<LiveResponse, void>;
      if (step.done) return;
      if (step.value.type !== 'post.published') continue;
      const atMs = performance.now();
      seen.set(step.value.postId, atMs);
      waiting.get(step.value.postId)?.(atMs);
    }
  };
  const reading = read().catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
  return {
    until: (postId) => {
      const atMs = seen.get(postId);
      return atMs === undefined ? new Promise((resolve) => waiting.set(postId, resolve)) : Promise.resolve(atMs);
    },
    async close() {
      leaving.abort();
      await reading;
    },
  };
};

const openReaders = async (bench: BenchNetwork, count: number): Promise<Reader[]> => {
  const readers: Reader[] = [];
  const people = Array.from({ length: count + 1 }, (_, nth) => nth).filter((nth) => nth !== READER);
  for (let from = 0; from < count; from += OPENING) {
    const some = people.slice(from, Math.min(count, from + OPENING));
    readers.push(...(await Promise.all(some.map((nth) => openReader(bench, nth)))));
  }
  return readers;
};

/** @returns for every reader, milliseconds from the acknowledgement to the tick */
const tick = async (bench: BenchNetwork, readers: readonly Reader[], nth: number): Promise<number[]> => {
  await bench.level();
  const { id } = await publish(bench, { writer: 1, group: LARGE_GROUP, title: `Tick ${nth}`, body: 'Who hears of it, and when?' });
  const acknowledgedMs = performance.now();
  const heardMs = await Promise.all(readers.map((reader) => reader.until(id)));
  return heardMs.map((atMs) => Math.max(0, atMs - acknowledgedMs));
};

export const measureLiveTick = async (bench: BenchNetwork, sizes: Sizes): Promise<Measurement> => {
  // Person READER is no member of the large group: one person fewer is there to listen.
  const readers = await openReaders(bench, Math.min(sizes.liveReaders, sizes.people - 1));
  const ticks: Summary[] = [];
  for (let nth = 0; nth < TICKS; nth += 1) ticks.push(summaryOf(await tick(bench, readers, nth)));
  for (const reader of readers) await reader.close();
  const last = figure(
    'until the last reader has it',
    'ms',
    ticks.map((summary) => summary.max),
  );
  const count = readers.length.toLocaleString('en-US');
  return {
    title: `A live tick to ${count} readers`,
    figures: [
      figure(
        'until half of the readers have it',
        'ms',
        ticks.map((summary) => summary.p50),
      ),
      last,
    ],
    budgets: [atMost(`a live tick reaches ${count} readers in ≤ 500 ms`, last, 500)],
  };
};
