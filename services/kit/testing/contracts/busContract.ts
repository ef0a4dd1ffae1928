import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus, SubscribeOptions } from '../../ports/bus.ts';
import { any, type EventLog, type RecordedEvent } from '../../ports/eventLog.ts';
import { randomId } from '../../runtime/ids.ts';
import { laneOfStream } from '../../runtime/streams.ts';
import { createSignal, until } from '../eventually.ts';

/** A bus over one log of source `group`; what is appended there reaches subscribers by itself. */
export interface BusFixture {
  readonly bus: Bus;
  readonly log: EventLog;
  cleanUp(): Promise<void>;
}

/** Streams by lane: the roots `group/<word>` of two lanes. */
const streamsOfTwoLanes = (): [string, string] => {
  const first = 'group/aaaa';
  for (let nth = 0; ; nth++) {
    const other = `group/b${'abcdefghij'[nth % 10]}${'abcdefghij'[Math.floor(nth / 10)]}`;
    if (laneOfStream(other) !== laneOfStream(first)) return [first, other];
  }
};

const appendTo = async (log: EventLog, stream: string, count: number): Promise<void> => {
  const events = Array.from({ length: count }, () => ({ type: 'parvis.group.v1.GroupArchived', data: Buffer.from([1]) }));
  await log.append([{ stream, expected: any, events }], { commandId: randomId(), requestHash: '', actor: '' });
};

type Seen = Map<number, number[]>;
const collect = (seen: Seen) => (lane: number, records: readonly RecordedEvent[]) => {
  seen.set(lane, [...(seen.get(lane) ?? []), ...records.map((record) => record.position)]);
};
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, nth) => from + nth);

/** What every Bus keeps. */
export const busContract = (name: string, open: () => Promise<BusFixture>): void => {
  describe(`${name}: bus`, () => {
    const [one, two] = streamsOfTwoLanes();
    const [laneOne, laneTwo] = [laneOfStream(one), laneOfStream(two)];
    let fixture: BusFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(async () => fixture.cleanUp());
    const subscribe = (options: Partial<SubscribeOptions>) =>
      fixture.bus.subscribe({
        source: 'group',
        kind: 'shared',
        group: 'test.view',
        from: async () => 0,
        onBatch: async () => undefined,
        ...options,
      });

    it('hands over a lane in order, what was there and what comes, in bounded batches', async () => {
      const { log } = fixture;
      await appendTo(log, one, 25);
      const seen: Seen = new Map();
      const sizes: number[] = [];
      const subscription = await subscribe({
        batchLimit: 10,
        async onBatch(lane, records) {
          sizes.push(records.length);
          collect(seen)(lane, records);
        },
      });
      await until(() => seen.get(laneOne)?.length === 25, 'the history');
      await appendTo(log, one, 5);
      await appendTo(log, two, 3);
      await until(() => seen.get(laneOne)?.length === 30 && seen.get(laneTwo)?.length === 3, 'the news');
      expect(seen.get(laneOne)).toEqual(upTo(1, 30));
      expect(seen.get(laneTwo)).toEqual(upTo(1, 3));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
      await until(() => subscription.positions().get(laneOne) === 30, 'the position');
      await subscription.stop();
    });

    it('gives records as the log has them', async () => {
      const { log, bus } = fixture;
      await appendTo(log, one, 1);
      const seen = createSignal<RecordedEvent>();
      await subscribe({ onBatch: async (_lane, records) => seen.resolve(records[0] as RecordedEvent) });
      const [recorded] = await log.readLane(laneOne, { after: 0, limit: 1 });
      const plain = (record: RecordedEvent | undefined) => ({ ...record, data: Buffer.from(record?.data ?? []).toString('hex') });
      expect(plain(await seen.promise)).toEqual(plain(recorded));
      const [read] = await bus.readLane('group', laneOne, { after: 0, limit: 10 });
      expect(plain(read)).toEqual(plain(recorded));
    });

    it('begins above the mark, or at the head', async () => {
      const { log } = fixture;
      await appendTo(log, one, 10);
      const shared: Seen = new Map();
      const broadcast: Seen = new Map();
      const { epoch } = await log.header();
      const asked = new Set<string>();
      await subscribe({
        async from(lane, ofEpoch) {
          asked.add(ofEpoch);
          return lane === laneOne ? 7 : 0;
        },
        onBatch: async (lane, records) => collect(shared)(lane, records),
      });
      await subscribe({
        kind: 'broadcast',
        group: 'test.ring',
        from: async () => 'head',
        onBatch: async (lane, records) => collect(broadcast)(lane, records),
      });
      await appendTo(log, one, 2);
      await until(() => shared.get(laneOne)?.at(-1) === 12 && broadcast.get(laneOne)?.at(-1) === 12, 'both');
      expect(shared.get(laneOne)).toEqual([8, 9, 10, 11, 12]);
      expect(broadcast.get(laneOne)).toEqual([11, 12]);
      expect([...asked]).toEqual([epoch]);
    });

    it('hands over one batch of a lane at a time, and the lanes side by side', async () => {
      const { log } = fixture;
      await appendTo(log, one, 30);
      await appendTo(log, two, 1);
      const busy = new Set<number>();
      const overlaps: number[] = [];
      const otherLane = createSignal();
      const seen: Seen = new Map();
      await subscribe({
        batchLimit: 5,
        async onBatch(lane, records) {
          if (busy.has(lane)) overlaps.push(lane);
          busy.add(lane);
          // The first lane's batch ends only after the second lane had its turn.
          if (lane === laneOne) await otherLane.promise;
          else otherLane.resolve();
          busy.delete(lane);
          collect(seen)(lane, records);
        },
      });
      await until(() => seen.get(laneOne)?.length === 30, 'all');
      expect(overlaps).toEqual([]);
      expect(seen.get(laneOne)).toEqual(upTo(1, 30));
    });

    it('gives a rejected batch again, and lets other lanes go on', async () => {
      const { log } = fixture;
      await appendTo(log, one, 3);
      const seen: Seen = new Map();
      let failures = 0;
      const subscription = await subscribe({
        async onBatch(lane, records) {
          if (lane === laneOne && failures < 2) {
            failures += 1;
            throw new Error('not now');
          }
          collect(seen)(lane, records);
        },
      });
      await appendTo(log, two, 2);
      await until(() => seen.get(laneTwo)?.length === 2, 'the other lane');
      await until(() => seen.get(laneOne)?.length === 3, 'the retried lane');
      expect(failures).toBe(2);
      expect(seen.get(laneOne)).toEqual([1, 2, 3]);
      expect(subscription.positions().get(laneTwo)).toBe(2);
    });

    it('reads nothing ahead of a slow reader', async () => {
      const { log } = fixture;
      await appendTo(log, one, 20);
      const release = createSignal();
      let handed = 0;
      await subscribe({
        batchLimit: 2,
        async onBatch(lane, records) {
          if (lane !== laneOne) return;
          handed += records.length;
          await release.promise;
        },
      });
      await until(() => handed > 0, 'a first batch');
      await appendTo(log, one, 20);
      await appendTo(log, two, 1);
      expect(handed).toBe(2);
      release.resolve();
      await until(() => handed === 40, 'the rest');
    });

    it('ends a subscription after its running batch, and hands over nothing more', async () => {
      const { log } = fixture;
      await appendTo(log, one, 4);
      const entered = createSignal();
      const release = createSignal();
      const seen: Seen = new Map();
      const subscription = await subscribe({
        batchLimit: 2,
        async onBatch(lane, records) {
          entered.resolve();
          await release.promise;
          collect(seen)(lane, records);
        },
      });
      await entered.promise;
      const stopping = subscription.stop();
      release.resolve();
      await stopping;
      await appendTo(log, one, 1);
      expect(seen.get(laneOne)).toEqual([1, 2]);
      expect(subscription.positions().get(laneOne)).toBe(2);
    });

    it('tells heads and reads lanes from the owner', async () => {
      const { log, bus } = fixture;
      await appendTo(log, one, 12);
      const { epoch, heads } = await bus.heads('group');
      expect(epoch).toBe((await log.header()).epoch);
      expect(heads).toEqual(await log.heads());
      const page = await bus.readLane('group', laneOne, { after: 4, limit: 5 });
      expect(page.map((record) => record.position)).toEqual([5, 6, 7, 8, 9]);
      expect(await bus.readLane('group', laneOne, { after: 12, limit: 5 })).toEqual([]);
      await expect(bus.heads('nobody')).rejects.toMatchObject({ kind: 'unavailable' });
    });

    it('wakes many subscriptions of a lane', async () => {
      const counts = new Array<number>(10).fill(0);
      for (const nth of counts.keys()) {
        await subscribe({
          group: `test.${nth}`,
          async onBatch(_lane, records) {
            counts[nth] = (counts[nth] ?? 0) + records.length;
          },
        });
      }
      for (let nth = 0; nth < 5; nth++) await appendTo(fixture.log, one, 1);
      await until(() => counts.every((count) => count === 5), 'everyone');
    });
  });
};
