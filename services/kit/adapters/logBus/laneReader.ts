import type { EventLog, RecordedEvent } from '../../ports/eventLog.ts';

/** A source as the log bus reads it: the log itself, or its owner's EventFeed. Everything is read by position. */
export interface LaneReader {
  heads(): Promise<{ epoch: string; heads: number[] }>;
  /** Records above `after`, oldest first; with the epoch of the log they were read from. */
  read(lane: number, after: number, limit: number): Promise<{ epoch: string; records: readonly RecordedEvent[] }>;
  /**
   * Resolves when the lane may have moved since the call, or when the signal aborts. A doorbell only: take it before
   * reading, so that what is committed in between rings it.
   */
  moved(lane: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface Doorbell {
  wait(lane: number, signal: AbortSignal): Promise<void>;
  ring(lanes: Iterable<number>): void;
  /** Lanes somebody waits for. */
  waiting(): readonly number[];
}

/** One bell for all readers of a source: waiters of a lane wake together and leave nothing behind. */
export const createDoorbell = (): Doorbell => {
  const waiters = new Map<number, Set<() => void>>();
  return {
    wait(lane, signal) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const set = waiters.get(lane) ?? new Set();
        waiters.set(lane, set);
        const wake = (): void => {
          set.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        set.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
    ring(lanes) {
      for (const lane of lanes) for (const wake of [...(waiters.get(lane) ?? [])]) wake();
    },
    waiting: () => [...waiters].filter(([, set]) => set.size > 0).map(([lane]) => lane),
  };
};

/** Longest page that is remembered: what was just committed, which every consumer of the lane is about to read. */
export const SHARED_PAGE = 200;

/** The last short page of each lane. Positions are dense, so a place in it follows from the position. */
const createPages = () => {
  const pages = new Map<number, { readonly after: number; readonly records: readonly RecordedEvent[] }>();
  return {
    /** Some of the records above `after`; empty when the page has none of them. */
    find(lane: number, after: number, limit: number): readonly RecordedEvent[] {
      const page = pages.get(lane);
      if (page === undefined || after < page.after) return [];
      return page.records.slice(after - page.after, after - page.after + limit);
    },
    keep(lane: number, after: number, records: readonly RecordedEvent[]): void {
      if (records.length > 0 && records.length <= SHARED_PAGE) pages.set(lane, { after, records });
    },
  };
};

/** Reads a log of this process. The consumers of a lane share what the first of them read. */
export const createLocalReader = (log: EventLog): LaneReader => {
  const bell = createDoorbell();
  const unsubscribe = log.onCommit((lanes) => bell.ring(lanes));
  let epoch: string | undefined;
  const epochOf = async (): Promise<string> => {
    epoch ??= (await log.header()).epoch;
    return epoch;
  };
  const pages = createPages();
  return {
    heads: async () => ({ epoch: await epochOf(), heads: await log.heads() }),
    async read(lane, after, limit) {
      const shared = pages.find(lane, after, limit);
      if (shared.length > 0) return { epoch: await epochOf(), records: shared };
      const records = await log.readLane(lane, { after, limit });
      pages.keep(lane, after, records);
      return { epoch: await epochOf(), records };
    },
    moved: (lane, signal) => bell.wait(lane, signal),
    close: async () => unsubscribe(),
  };
};
