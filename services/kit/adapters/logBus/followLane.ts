import type { Logger } from 'pino';
import type { SubscribeOptions } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RecordedEvent } from '../../ports/eventLog.ts';
import { pause } from '../../runtime/pause.ts';
import type { LaneReader } from './laneReader.ts';

export const DEFAULT_BATCH = 500;
/** Waits after a failed batch or read; the last one repeats. */
export const RETRY_DELAYS_MS = [50, 200, 1000, 5000] as const;

/** Said once per batch: an error of its own each time would cost a stack trace. */
const DONE = 'done';

export interface FollowLane {
  readonly reader: LaneReader;
  readonly lane: number;
  readonly epoch: string;
  /** Written here after each batch. */
  readonly positions: Map<number, number>;
  begin(lane: number, epoch: string, head: number): Promise<number>;
  readonly options: SubscribeOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const warn = (follow: FollowLane, error: unknown, attempts: number): void => {
  const { source, group } = follow.options;
  // The first failure may be a passing one; from the second on somebody should know.
  const level = attempts > 1 ? 'warn' : 'debug';
  follow.logger[level]({ err: error, source, group, lane: follow.lane, attempts }, 'a lane waits before its batch is tried again');
};

/** Where the lane goes on in a history that began anew (the owner was restored while we followed). */
const beginAgain = async (follow: FollowLane): Promise<{ epoch: string; position: number }> => {
  const { epoch, heads } = await follow.reader.heads();
  return { epoch, position: await follow.begin(follow.lane, epoch, heads[follow.lane] ?? 0) };
};

/**
 * Reads one lane by position and hands its records over, one batch at a time: nothing is read ahead, so a slow reader
 * holds at most one batch. Ends when the signal aborts.
 */
export const followLane = async (follow: FollowLane): Promise<void> => {
  const { reader, lane, positions, options, signal } = follow;
  let epoch = follow.epoch;
  let attempts = 0;
  /** Read but not yet handled; kept over retries, so that a retried batch is the same batch. */
  let batch: readonly RecordedEvent[] = [];
  /** Of the bell being waited for; one listener on the long-lived signal serves them all. */
  let waiting = new AbortController();
  signal.addEventListener('abort', () => waiting.abort(DONE), { once: true });
  while (!signal.aborted) {
    try {
      if (batch.length === 0) {
        waiting.abort(DONE);
        waiting = new AbortController();
        const moved = reader.moved(lane, waiting.signal);
        const page = await reader.read(lane, positions.get(lane) ?? 0, options.batchLimit ?? DEFAULT_BATCH);
        if (page.epoch !== epoch) {
          const again = await beginAgain(follow);
          epoch = again.epoch;
          positions.set(lane, again.position);
          continue;
        }
        batch = page.records;
        if (batch.length === 0) {
          attempts = 0;
          await moved;
          continue;
        }
      }
      await options.onBatch(lane, batch);
      positions.set(lane, batch.at(-1)?.position ?? 0);
      batch = [];
      attempts = 0;
    } catch (error) {
      if (signal.aborted) return;
      warn(follow, error, attempts);
      await pause(follow.clock, RETRY_DELAYS_MS[Math.min(attempts, RETRY_DELAYS_MS.length - 1)] as number, signal);
      attempts += 1;
    }
  }
};
