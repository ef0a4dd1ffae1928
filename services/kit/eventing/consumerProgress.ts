import { LANE_COUNT } from '../ports/eventLog.ts';

/** How far a consumer has come in each lane of one source. */
export interface FollowedProgress {
  readonly name: string;
  readonly source: string;
  /** Epoch the positions belong to; empty before the consumer started. */
  epoch(): string;
  position(lane: number): number;
  /** Resolves when the lane has passed the position, or the signal aborts. */
  reached(lane: number, position: number, signal: AbortSignal): Promise<void>;
}

/** The same for the consumer itself, who moves it. */
export interface ConsumerProgress extends FollowedProgress {
  /** Begins (again) in a history. Waiters stay: they wait for positions of the epoch they know. */
  begin(epoch: string, positions: readonly number[]): void;
  moved(lane: number, position: number): void;
}

interface Waiter {
  readonly position: number;
  wake(): void;
}

export const createConsumerProgress = (name: string, source: string): ConsumerProgress => {
  let epoch = '';
  let positions: number[] = new Array<number>(LANE_COUNT).fill(0);
  const waiters = Array.from({ length: LANE_COUNT }, () => new Set<Waiter>());
  const wakeLane = (lane: number): void => {
    for (const waiter of [...(waiters[lane] ?? [])]) if (waiter.position <= (positions[lane] ?? 0)) waiter.wake();
  };
  return {
    name,
    source,
    epoch: () => epoch,
    position: (lane) => positions[lane] ?? 0,
    begin(ofEpoch, from) {
      epoch = ofEpoch;
      positions = Array.from({ length: LANE_COUNT }, (_, lane) => from[lane] ?? 0);
      for (let lane = 0; lane < LANE_COUNT; lane++) wakeLane(lane);
    },
    moved(lane, position) {
      positions[lane] = position;
      wakeLane(lane);
    },
    reached(lane, position, signal) {
      if ((positions[lane] ?? 0) >= position || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const set = waiters[lane] as Set<Waiter>;
        const waiter: Waiter = {
          position,
          wake() {
            set.delete(waiter);
            signal.removeEventListener('abort', waiter.wake);
            resolve();
          },
        };
        set.add(waiter);
        signal.addEventListener('abort', waiter.wake, { once: true });
      });
    },
  };
};
