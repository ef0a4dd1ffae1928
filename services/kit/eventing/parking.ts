import type { Clock } from '../ports/clock.ts';
import type { RecordedEvent } from '../ports/eventLog.ts';
import type { CollectionSchema, Row, View, ViewSchema, ViewWrite } from '../ports/views.ts';
import { threadOf } from '../runtime/streams.ts';
import type { AppliedBatch, ThreadFailure } from './projectionBatch.ts';

/** More threads parked within the window than this: it is the view that is broken, and it stops. */
export const PARKING_LIMIT = { threads: 100, windowMs: 5 * 60_000 } as const;

/** Every view has this collection beside its own: positions held back, so that they move with the mark. */
export const PARKED = 'parked';

/** One held position. The payload stays in the log. */
export interface ParkedRow {
  readonly source: string;
  readonly lane: number;
  readonly position: number;
  readonly thread: string;
  readonly type: string;
  /** Why the thread is held, on its first position; empty on the later ones. */
  readonly reason: string;
  /** When it was first held, milliseconds. */
  readonly sinceMs: number;
}

const parkedSchema: CollectionSchema<ParkedRow> = {
  indexes: { thread: (row) => [[row.source, row.thread, row.position]] },
};

export const withParking = (schema: ViewSchema): ViewSchema => ({
  ...schema,
  collections: { ...schema.collections, [PARKED]: parkedSchema },
});

export const parkedKey = (source: string, lane: number, position: number): string => `${source}/${lane}/${position}`;

const PAGE = 1000;

/** Parked positions of a source, all or of one thread, by thread and position. */
export async function* parkedRows(view: View, source: string, thread?: string): AsyncGenerator<ParkedRow, void> {
  const prefix = thread === undefined ? [source] : [source, thread];
  let after: readonly (string | number)[] | undefined;
  for (;;) {
    const page = await view.range<ParkedRow>(PARKED, 'thread', { prefix, limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const { row } of page) yield row;
    if (page.length < PAGE) return;
    after = page.at(-1)?.indexKey;
  }
}

/** The rows that hold the batch's records back. */
export const parkedPuts = (source: string, batch: AppliedBatch, nowMs: number): ViewWrite['puts'] => {
  const reasons = new Map(batch.failures.map((failure) => [failure.position, failure.reason]));
  return batch.held.map((record: RecordedEvent) => {
    const row: ParkedRow = {
      source,
      lane: record.lane,
      position: record.position,
      thread: threadOf(record.stream),
      type: record.type,
      reason: reasons.get(record.position) ?? '',
      sinceMs: nowMs,
    };
    return { collection: PARKED, key: parkedKey(source, record.lane, record.position), row: row as unknown as Row };
  });
};

/** Threads of one source that are parked, in memory, and how many of them were in the last minutes. */
export interface ParkedThreads {
  has(thread: string): boolean;
  count(): number;
  load(threads: Iterable<string>): void;
  /** False when this many more would be too many within the window. */
  admits(more: number): boolean;
  park(failures: readonly ThreadFailure[]): void;
  release(thread: string): void;
}

export const createParkedThreads = (clock: Clock): ParkedThreads => {
  const threads = new Set<string>();
  let recent: number[] = [];
  return {
    has: (thread) => threads.has(thread),
    count: () => threads.size,
    load(known) {
      threads.clear();
      for (const thread of known) threads.add(thread);
    },
    admits(more) {
      const sinceMs = clock.now().getTime() - PARKING_LIMIT.windowMs;
      recent = recent.filter((atMs) => atMs > sinceMs);
      return recent.length + more <= PARKING_LIMIT.threads;
    },
    park(failures) {
      for (const { thread } of failures) {
        threads.add(thread);
        recent.push(clock.now().getTime());
      }
    },
    release: (thread) => {
      threads.delete(thread);
    },
  };
};
