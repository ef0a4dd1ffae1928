import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../ports/eventLog.ts';
import { systemClock } from '../../runtime/systemClock.ts';
import { createSignal, until } from '../../testing/eventually.ts';
import { createManualClock } from '../../testing/manualClock.ts';
import { testLogger } from '../../testing/testPorts.ts';
import { followLane, RETRY_DELAYS_MS } from './followLane.ts';
import { createDoorbell, type LaneReader } from './laneReader.ts';

const recordAt = (epoch: string, position: number): RecordedEvent => ({ epoch, position, lane: 0 }) as RecordedEvent;

/** A reader of one lane whose history a test replaces. */
const createReader = () => {
  const bell = createDoorbell();
  const history = { epoch: 'old', head: 0, reads: 0 };
  const reader: LaneReader = {
    heads: async () => ({ epoch: history.epoch, heads: [history.head] }),
    async read(_lane, after, limit) {
      history.reads += 1;
      const count = Math.min(limit, Math.max(0, history.head - after));
      return { epoch: history.epoch, records: Array.from({ length: count }, (_, nth) => recordAt(history.epoch, after + nth + 1)) };
    },
    moved: (lane, signal) => bell.wait(lane, signal),
    close: async () => undefined,
  };
  const move = (epoch: string, head: number): void => {
    Object.assign(history, { epoch, head });
    bell.ring([0]);
  };
  return { reader, move, history, bell };
};

describe('following a lane', () => {
  it('begins again where the consumer says when the owner was restored', async () => {
    const { reader, move } = createReader();
    const stopping = new AbortController();
    const seen: string[] = [];
    const asked: string[] = [];
    const positions = new Map<number, number>();
    const following = followLane({
      reader,
      lane: 0,
      epoch: 'old',
      positions,
      async begin(_lane, epoch, head) {
        asked.push(`${epoch} ${head}`);
        return 1;
      },
      options: {
        source: 'group',
        kind: 'shared',
        group: 'g',
        from: async () => 0,
        onBatch: async (_lane, records) => void seen.push(...records.map((record) => `${record.epoch} ${record.position}`)),
      },
      clock: systemClock,
      logger: testLogger,
      signal: stopping.signal,
    });
    move('old', 3);
    await until(() => seen.length === 3, 'the old history');
    move('new', 2);
    await until(() => seen.length === 4, 'the new history');
    expect(seen).toEqual(['old 1', 'old 2', 'old 3', 'new 2']);
    expect(asked).toEqual(['new 2']);
    expect(positions.get(0)).toBe(2);
    stopping.abort();
    await following;
  });

  it('waits longer after each failure, up to a bound, and gives the same batch again', async () => {
    const { reader, move } = createReader();
    const clock = createManualClock();
    const stopping = new AbortController();
    const batches: string[] = [];
    let called = createSignal();
    const following = followLane({
      reader,
      lane: 0,
      epoch: 'old',
      positions: new Map(),
      begin: async () => 0,
      options: {
        source: 'group',
        kind: 'shared',
        group: 'g',
        from: async () => 0,
        async onBatch(_lane, records) {
          batches.push(records.map((record) => record.position).join());
          called.resolve();
          throw new Error('no');
        },
      },
      clock,
      logger: testLogger,
      signal: stopping.signal,
    });
    move('old', 2);
    for (const delayMs of [...RETRY_DELAYS_MS, RETRY_DELAYS_MS.at(-1) as number]) {
      await called.promise;
      await until(() => clock.waiting() === 1, 'the wait');
      const before = batches.length;
      // More that comes meanwhile does not change the batch that is tried again.
      move('old', 9);
      clock.advance(delayMs - 1);
      await Promise.resolve();
      expect(batches).toHaveLength(before);
      called = createSignal();
      clock.advance(1);
    }
    await called.promise;
    expect(new Set(batches)).toEqual(new Set(['1,2']));
    stopping.abort();
    await following;
    expect(clock.waiting()).toBe(0);
  });

  it('neither reads nor waits on a clock while nothing happens, and leaves no waiter behind', async () => {
    const { reader, move, history, bell } = createReader();
    const clock = createManualClock();
    const stopping = new AbortController();
    let seen = 0;
    const following = followLane({
      reader,
      lane: 0,
      epoch: 'old',
      positions: new Map(),
      begin: async () => 0,
      options: {
        source: 'g',
        kind: 'shared',
        group: 'g',
        from: async () => 0,
        async onBatch(_lane, records) {
          seen += records.length;
        },
      },
      clock,
      logger: testLogger,
      signal: stopping.signal,
    });
    move('old', 5);
    await until(() => seen === 5 && bell.waiting().length === 1, 'rest');
    const reads = history.reads;
    await new Promise((resolve) => setImmediate(resolve));
    expect([history.reads, clock.waiting()]).toEqual([reads, 0]);
    stopping.abort();
    await following;
    expect(bell.waiting()).toEqual([]);
  });
});
