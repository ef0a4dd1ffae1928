import type { EventFeedServiceService, EventRecord, ReadLaneRequest } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import type { Clock } from '../ports/clock.ts';
import { type EventLog, LANE_COUNT, type RecordedEvent } from '../ports/eventLog.ts';
import { invalid, unauthenticated } from './errors.ts';
import type { CallContext, Handlers } from './rpc.ts';

/** Most records of one answer, and longest wait for the first. */
export const FEED_LIMITS = { records: 1000, waitMs: 10_000 } as const;

const toFeed = (record: RecordedEvent): EventRecord => ({ ...record, position: BigInt(record.position), data: Buffer.from(record.data) });

/** Only services of this network: records hold what access rules do not filter. */
const requireService = (context: CallContext): void => {
  if (context.credential.kind !== 'service') throw unauthenticated('service-only', 'only services of this network read the feed');
};

const checkRequest = ({ lane, limit, waitMs }: ReadLaneRequest): void => {
  if (lane >= LANE_COUNT) throw invalid('lane', `0 to ${LANE_COUNT - 1}`);
  if (limit < 1 || limit > FEED_LIMITS.records) throw invalid('limit', `1 to ${FEED_LIMITS.records}`);
  if (waitMs > FEED_LIMITS.waitMs) throw invalid('waitMs', `0 to ${FEED_LIMITS.waitMs}`);
};

/** Resolves when the lane moves, the time is over or the caller went away. */
const nextCommit = (
  log: EventLog,
  lane: number,
  waitMs: number,
  clock: Clock,
  signal: AbortSignal,
): { moved: Promise<void>; cancel(): void } => {
  let cancel = (): void => undefined;
  const moved = new Promise<void>((resolve) => {
    const stopListening = log.onCommit((lanes) => {
      if (lanes.has(lane)) cancel();
    });
    const stopTimer = clock.after(waitMs, () => cancel());
    cancel = () => {
      stopListening();
      stopTimer();
      signal.removeEventListener('abort', cancel);
      resolve();
    };
    signal.addEventListener('abort', cancel, { once: true });
  });
  return { moved, cancel };
};

/** What a service serves of its own log to the others: its lanes by position. */
export const createEventFeed = (log: EventLog, clock: Clock): Handlers<EventFeedServiceService> => {
  let epoch: string | undefined;
  const epochOf = async (): Promise<string> => {
    epoch ??= (await log.header()).epoch;
    return epoch;
  };
  return {
    async readLane(request, context) {
      requireService(context);
      checkRequest(request);
      const { lane, limit, waitMs } = request;
      const after = Number(request.after);
      const next = waitMs > 0 ? nextCommit(log, lane, waitMs, clock, context.signal) : undefined;
      try {
        let records = await log.readLane(lane, { after, limit });
        if (records.length === 0 && next) {
          await next.moved;
          records = await log.readLane(lane, { after, limit });
        }
        // What was committed between the two reads is not in the page yet: the head may be higher, never lower.
        const head = Math.max((await log.heads())[lane] ?? 0, records.at(-1)?.position ?? 0);
        return { records: records.map(toFeed), head: BigInt(head), epoch: await epochOf() };
      } finally {
        next?.cancel();
      }
    },
    async getHeads(_request, context) {
      requireService(context);
      return { epoch: await epochOf(), heads: (await log.heads()).map(BigInt) };
    },
  };
};
