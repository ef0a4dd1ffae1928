/** What waits for one reader. Bounded: a reader who does not keep up is told to start over. */
import type { LiveEvent } from './seeds.ts';

/** Events a reader may leave waiting. */
export const LIVE_QUEUE = 256;

export type Waiting =
  | { readonly kind: 'event'; readonly event: LiveEvent }
  /** The person's marks changed on another device. */
  | { readonly kind: 'unread' }
  /** Something the person could read before may be closed now. */
  | { readonly kind: 'access'; readonly groupId: string }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'overflow' }
  /** The stream ends: token expired, service stops, reader gone. */
  | { readonly kind: 'end' };

export interface LiveQueue {
  push(waiting: Waiting): void;
  next(): Promise<Waiting>;
  readonly size: number;
  /** Nobody reads any more. */
  readonly ended: boolean;
}

export const createLiveQueue = (): LiveQueue => {
  let waiting = new Map<string, Waiting>();
  let wake: (() => void) | undefined;
  let nth = 0;
  let overflown = false;
  let ended = false;

  const keyOf = (item: Waiting): string => {
    if (item.kind !== 'event') return item.kind === 'access' ? `access/${item.groupId}` : item.kind;
    nth += 1;
    return item.event.coalesce === '' ? `event/${nth}` : `coalesced/${item.event.coalesce}`;
  };

  return {
    get size() {
      return waiting.size;
    },
    get ended() {
      return ended || overflown;
    },
    push(item) {
      if (overflown && item.kind !== 'end') return;
      if (item.kind === 'end') ended = true;
      const key = keyOf(item);
      // The newer one goes to the end: whoever resumes between the two still gets it.
      waiting.delete(key);
      waiting.set(key, item);
      if (waiting.size > LIVE_QUEUE && item.kind !== 'end') {
        overflown = true;
        waiting = new Map([['overflow', { kind: 'overflow' }]]);
      }
      wake?.();
    },
    async next() {
      while (waiting.size === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const first = waiting.entries().next().value;
      if (ended || first === undefined) return { kind: 'end' };
      waiting.delete(first[0]);
      return first[1];
    },
  };
};
