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

/** Reads a log of this process. */
export const createLocalReader = (log: EventLog): LaneReader => {
  const bell = createDoorbell();
  const unsubscribe = log.onCommit((lanes) => bell.ring(lanes));
  let epoch: string | undefined;
  const epochOf = async (): Promise<string> => {
    epoch ??= (await log.header()).epoch;
    return epoch;
  };
  return {
    heads: async () => ({ epoch: await epochOf(), heads: await log.heads() }),
    read: async (lane, after, limit) => ({ epoch: await epochOf(), records: await log.readLane(lane, { after, limit }) }),
    moved: (lane, signal) => bell.wait(lane, signal),
    close: async () => unsubscribe(),
  };
};
