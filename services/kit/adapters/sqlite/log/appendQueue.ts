/** Appends that wait for the next commit, by lane, in the order they came. Bounded. */
import { COMMIT_LIMITS, LANE_COUNT } from '../../../ports/eventLog.ts';
import { unavailable } from '../../../runtime/errors.ts';
import type { AppendRequest } from './protocol.ts';

/** Most appends and bytes that wait; what comes on top is refused with `log.overloaded`. */
export const QUEUE_LIMITS = { appends: 8_192, bytes: 64 * 1024 * 1024 } as const;

/** An append with what its commit costs and how its caller is answered. */
export interface PendingAppend<Answer = unknown> {
  readonly request: AppendRequest;
  readonly events: number;
  readonly bytes: number;
  readonly answer: Answer;
}

export interface AppendQueue<P extends PendingAppend> {
  size(): number;
  /** @throws unavailable `log.overloaded` */
  add(pending: P): void;
  /** Puts back what was taken and not written, before everything else. */
  putBack(pending: readonly P[]): void;
  remove(pending: P): void;
  /** The next commit: of every lane what waits, up to its COMMIT_LIMITS, at most `maxCommands` in all. */
  take(maxCommands: number): P[];
  takeAll(): P[];
}

export const createAppendQueue = <P extends PendingAppend>(): AppendQueue<P> => {
  // Sets keep the order of arrival and forget an append whose deadline passed without a search.
  const lanes = Array.from({ length: LANE_COUNT }, () => new Set<P>());
  let count = 0;
  let bytes = 0;
  let firstLane = 0;

  const remove = (pending: P): void => {
    if (!lanes[pending.request.lane]?.delete(pending)) return;
    count -= 1;
    bytes -= pending.bytes;
  };

  const takeFrom = (lane: Set<P>, maxCommands: number, batch: P[]): void => {
    let commands = 0;
    let events = 0;
    let size = 0;
    for (const pending of lane) {
      commands += 1;
      events += pending.events;
      size += pending.bytes;
      const fits = commands <= COMMIT_LIMITS.commands && events <= COMMIT_LIMITS.events && size <= COMMIT_LIMITS.bytes;
      if (!fits || batch.length >= maxCommands) return;
      batch.push(pending);
    }
  };

  return {
    size: () => count,
    add(pending) {
      if (count >= QUEUE_LIMITS.appends || bytes + pending.bytes > QUEUE_LIMITS.bytes) {
        throw unavailable('log.overloaded', 'too many writes are waiting; try again');
      }
      lanes[pending.request.lane]?.add(pending);
      count += 1;
      bytes += pending.bytes;
    },
    putBack(returned) {
      const byLane = Map.groupBy(returned, (pending) => pending.request.lane);
      for (const [lane, first] of byLane) {
        const rest = [...(lanes[lane] as Set<P>)];
        lanes[lane] = new Set([...first, ...rest]);
      }
      count += returned.length;
      for (const pending of returned) bytes += pending.bytes;
    },
    remove,
    take(maxCommands) {
      const batch: P[] = [];
      // Another lane is first each time, so that a low limit starves none.
      for (let nth = 0; nth < LANE_COUNT; nth++) takeFrom(lanes[(firstLane + nth) % LANE_COUNT] as Set<P>, maxCommands, batch);
      firstLane = (firstLane + 1) % LANE_COUNT;
      for (const pending of batch) remove(pending);
      return batch;
    },
    takeAll() {
      const all = lanes.flatMap((lane) => [...lane]);
      for (const pending of all) remove(pending);
      return all;
    },
  };
};
