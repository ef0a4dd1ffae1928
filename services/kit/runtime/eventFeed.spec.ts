import { beforeEach, describe, expect, it } from '@jest/globals';
import { any, type EventLog } from '../ports/eventLog.ts';
import { createManualClock, type ManualClock } from '../testing/manualClock.ts';
import { createMemoryEventLog } from '../testing/memoryEventLog.ts';
import { createEventFeed, FEED_LIMITS } from './eventFeed.ts';
import { randomId } from './ids.ts';
import type { CallContext } from './rpc.ts';
import { laneOfStream } from './streams.ts';

const stream = 'group/aaa';
const lane = laneOfStream(stream);

describe('the event feed', () => {
  let clock: ManualClock;
  let log: EventLog;
  let feed: ReturnType<typeof createEventFeed>;
  beforeEach(() => {
    clock = createManualClock();
    log = createMemoryEventLog({ source: 'group', clock });
    feed = createEventFeed(log, clock);
  });
  const append = (): Promise<unknown> =>
    log.append([{ stream, expected: any, events: [{ type: 't', data: new Uint8Array([1]) }] }], {
      commandId: randomId(),
      requestHash: '',
      actor: '',
    });
  const contextOf = (signal = new AbortController().signal): CallContext => ({
    credential: { kind: 'service', service: 'post' },
    deadlineMs: 0,
    tokens: [],
    traceparent: '',
    signal,
    reply: { stale: false },
  });
  const read = (request: Partial<{ lane: number; after: bigint; limit: number; waitMs: number }>, context = contextOf()) =>
    feed.readLane({ lane, after: 0n, limit: 10, waitMs: 0, ...request }, context);
  const turns = async (): Promise<void> => {
    for (let nth = 0; nth < 30; nth++) await Promise.resolve();
  };

  it('answers pages with the head and the epoch', async () => {
    for (let nth = 0; nth < 3; nth++) await append();
    const page = await read({ after: 1n, limit: 1 });
    expect(page).toMatchObject({ head: 3n, epoch: (await log.header()).epoch, records: [{ position: 2n, stream, lane }] });
    expect(await feed.getHeads({}, contextOf())).toEqual({ epoch: page.epoch, heads: (await log.heads()).map(BigInt) });
  });

  it('holds a question until there is something', async () => {
    const asking = read({ waitMs: FEED_LIMITS.waitMs });
    await turns();
    await append();
    expect(await asking).toMatchObject({ head: 1n, records: [{ position: 1n }] });
    expect(clock.waiting()).toBe(0);
  });

  it('answers with nothing when the time is over, or the caller went away', async () => {
    const asking = read({ waitMs: 500 });
    await turns();
    clock.advance(500);
    expect(await asking).toMatchObject({ head: 0n, records: [] });
    const caller = new AbortController();
    const gone = read({ waitMs: 500 }, contextOf(caller.signal));
    await turns();
    caller.abort();
    expect(await gone).toMatchObject({ records: [] });
    expect(clock.waiting()).toBe(0);
  });

  it.each([
    [{ lane: 12 }, { lane: 11 }],
    [{ limit: FEED_LIMITS.records + 1 }, { limit: FEED_LIMITS.records }],
    [{ limit: 0 }, { limit: 1 }],
    [{ waitMs: FEED_LIMITS.waitMs + 1 }, { waitMs: 0 }],
  ])('refuses %j and takes %j', async (refused, taken) => {
    await expect(read(refused)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(read(taken)).resolves.toBeDefined();
  });

  it.each([{ kind: 'anonymous' }, { kind: 'bearer', token: 'person:a' }] as const)('is closed to %j', async (credential) => {
    await expect(read({}, { ...contextOf(), credential })).rejects.toMatchObject({ kind: 'unauthenticated' });
    await expect(feed.getHeads({}, { ...contextOf(), credential })).rejects.toMatchObject({ kind: 'unauthenticated' });
  });
});
