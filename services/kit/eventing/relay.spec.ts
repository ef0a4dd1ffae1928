import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { any, type RecordedEvent } from '../ports/eventLog.ts';
import type { StateStore, StateTable } from '../ports/state.ts';
import { laneOf } from '../runtime/streams.ts';
import { createManualClock, type ManualClock } from '../testing/manualClock.ts';
import { createMemoryEventLog } from '../testing/memoryEventLog.ts';
import { createMemoryState } from '../testing/memoryState.ts';
import { quiet, until } from '../testing/settle.ts';
import { testLogger } from '../testing/testPorts.ts';
import {
  CHECKPOINTS,
  checkpointKey,
  createRelay,
  RELAY_BACKOFF_MS,
  RELAY_BATCH,
  RELAY_BEAT_MS,
  RELAY_LEASE_MS,
  type Relay,
} from './relay.ts';

const stream = 'group/a';
const lane = laneOf(stream);

/** A broker that keeps what it acknowledged, and may be away, slow, or swallow its acknowledgement. */
const createBroker = () => {
  const records: RecordedEvent[] = [];
  const broker = {
    records,
    down: false,
    calls: 0,
    /** Called after the records are kept and before they are acknowledged. */
    beforeAck: async (_records: readonly RecordedEvent[]): Promise<void> => undefined,
    async publish(_source: string, _lane: number, batch: readonly RecordedEvent[]) {
      broker.calls += 1;
      if (broker.down) throw new Error('the broker is away');
      records.push(...batch);
      await broker.beforeAck(batch);
    },
  };
  return broker;
};
type Broker = ReturnType<typeof createBroker>;

const positionsOf = (broker: Broker, of = lane): number[] =>
  broker.records.filter((record) => record.lane === of).map(({ position }) => position);
/** The order in which a consumer sees each record for the first time. */
const firstSeen = (positions: readonly number[]): number[] => [...new Set(positions)];
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const setup = () => {
  const clock = createManualClock();
  const log = createMemoryEventLog({ source: 'group', clock });
  const state = createMemoryState();
  const broker = createBroker();
  let commands = 0;
  const append = async (count: number, on = stream): Promise<void> => {
    for (let nth = 0; nth < count; nth++) {
      const events = [{ type: 'test.Happened', data: new Uint8Array() }];
      await log.append([{ stream: on, expected: any, events }], { commandId: `c${commands++}`, requestHash: '', actor: '' });
    }
  };
  const relay = (over: { state?: StateStore; broker?: Broker; clock?: ManualClock } = {}): Relay =>
    createRelay({ log, state: over.state ?? state, bus: over.broker ?? broker, clock: over.clock ?? clock, logger: testLogger });
  const checkpoint = async () =>
    state.table<{ position: number; owner: string }>(CHECKPOINTS).get(checkpointKey('group', (await log.header()).epoch, lane));
  return { clock, log, state, broker, append, relay, checkpoint };
};

describe('relay', () => {
  it('publishes what is there and what comes, in order and once', async () => {
    const { append, relay, broker, checkpoint } = setup();
    await append(3);
    const running = relay();
    await running.start();
    await until(running.level);
    await append(2);
    await append(4, 'group/b');
    await until(running.level);
    await running.stop();
    expect(positionsOf(broker)).toEqual(upTo(5));
    expect(positionsOf(broker, laneOf('group/b'))).toEqual(upTo(4));
    expect(await checkpoint()).toMatchObject({ position: 5, owner: '' });
  });

  it(`hands over at most ${RELAY_BATCH} records at once, the next only after they are acknowledged`, async () => {
    const { append, relay, broker } = setup();
    await append(RELAY_BATCH + 1);
    const sizes: number[] = [];
    const acknowledged = Promise.withResolvers<void>();
    broker.beforeAck = (batch) => {
      sizes.push(batch.length);
      return acknowledged.promise;
    };
    const running = relay();
    await running.start();
    await until(() => sizes.length > 0);
    await quiet();
    expect(sizes).toEqual([RELAY_BATCH]);
    acknowledged.resolve();
    await until(running.level);
    expect(sizes).toEqual([RELAY_BATCH, 1]);
    await running.stop();
  });

  it('goes on where the last one stopped', async () => {
    const { append, relay, broker } = setup();
    for (let nth = 0; nth < 3; nth++) {
      await append(2);
      const running = relay();
      await running.start();
      await until(running.level);
      await running.stop();
    }
    expect(positionsOf(broker)).toEqual(upTo(6));
  });

  it('repeats what was published when the checkpoint did not move, and loses nothing', async () => {
    const { append, relay, broker, state } = setup();
    await append(3);
    // The crash lies between publish and checkpoint: this relay never comes back from it.
    const first = relay({ state: crashBeforeCheckpoint(state) });
    await first.start();
    await until(() => positionsOf(broker).length === 3);
    await append(2);
    const second = relay();
    await second.start();
    await until(second.level);
    await second.stop();
    expect(positionsOf(broker)).toEqual([1, 2, 3, ...upTo(5)]);
    expect(firstSeen(positionsOf(broker))).toEqual(upTo(5));
  });

  it('stands by once another relay has the lane, though it was in the middle of a batch', async () => {
    const { append, relay, broker } = setup();
    await append(2);
    const stuck = Promise.withResolvers<void>();
    const slow = createBroker();
    slow.publish = async (_source, _lane, batch) => {
      await stuck.promise;
      broker.records.push(...batch);
    };
    const zombie = relay({ broker: slow });
    await zombie.start();
    const live = relay();
    await live.start();
    await until(live.level);
    stuck.resolve();
    await quiet();
    await append(3);
    await until(live.level);
    await quiet();
    expect(firstSeen(positionsOf(broker))).toEqual(upTo(5));
    expect(positionsOf(broker).filter((position) => position > 2)).toEqual([3, 4, 5]);
    expect(await zombie.level()).toBe(false);
    await Promise.all([zombie.stop(), live.stop()]);
  });

  it('takes a lane over when its relay has shown no life for a lease, and not before', async () => {
    const { append, relay, broker, clock, checkpoint } = setup();
    const standby = relay();
    await standby.start();
    await until(standby.level);
    const dead = createManualClock();
    const owner = relay({ clock: dead });
    await owner.start();
    await until(owner.level);
    // The standby learns at its next sign of life that the lane is not its own, and watches from then on.
    clock.advance(RELAY_BEAT_MS);
    await until(async () => !(await standby.level()));
    const taken = await checkpoint();
    broker.down = true;
    await append(2);
    await quiet();
    for (let waited = 0; waited < RELAY_LEASE_MS; waited += RELAY_BEAT_MS) {
      expect(await checkpoint()).toMatchObject({ owner: taken?.owner });
      clock.advance(RELAY_BEAT_MS);
      await quiet();
    }
    broker.down = false;
    clock.advance(RELAY_BACKOFF_MS.most);
    await until(standby.level);
    expect((await checkpoint())?.owner).not.toBe(taken?.owner);
    expect(firstSeen(positionsOf(broker))).toEqual([1, 2]);
    await Promise.all([standby.stop(), owner.stop()]);
  });

  it('leaves a lane to the relay that shows signs of life', async () => {
    const { relay, clock, checkpoint } = setup();
    const [first, second] = [relay(), relay()];
    await first.start();
    await until(first.level);
    await second.start();
    await until(second.level);
    const { owner } = (await checkpoint()) ?? {};
    for (let waited = 0; waited < RELAY_LEASE_MS * 3; waited += RELAY_BEAT_MS) {
      clock.advance(RELAY_BEAT_MS);
      await quiet();
    }
    expect(await checkpoint()).toMatchObject({ owner });
    expect([await first.level(), await second.level()]).toEqual([false, true]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('waits for a broker that is away, longer each time, and then loses nothing', async () => {
    const { append, relay, broker, clock } = setup();
    broker.down = true;
    await append(2);
    const running = relay();
    await running.start();
    await until(() => broker.calls === 1);
    const calls: number[] = [];
    for (const delayMs of [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]) {
      clock.advance(delayMs - 1);
      await quiet();
      const before = broker.calls;
      clock.advance(1);
      await until(() => broker.calls > before);
      calls.push(broker.calls - before);
    }
    expect(calls).toEqual(Array(8).fill(1));
    await append(3);
    broker.down = false;
    clock.advance(RELAY_BACKOFF_MS.most);
    await until(running.level);
    expect(positionsOf(broker)).toEqual(upTo(5));
    await running.stop();
  });

  it('holds up no lane for another', async () => {
    const { append, relay, broker } = setup();
    await append(1);
    await append(3, 'group/b');
    const stuck = Promise.withResolvers<void>();
    broker.beforeAck = (batch) => (batch[0]?.lane === lane ? stuck.promise : Promise.resolve());
    const running = relay();
    await running.start();
    await until(() => positionsOf(broker, laneOf('group/b')).length === 3);
    expect(await running.level()).toBe(false);
    stuck.resolve();
    await until(running.level);
    await running.stop();
  });

  it('shows every record first in order, whatever fails and however many relays there are', async () => {
    const failures = fc.array(fc.constantFrom('none', 'down', 'lost-ack', 'new-relay'), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(failures, async (plan) => {
        const { append, relay, broker, clock } = setup();
        const relays = [relay()];
        await relays[0]?.start();
        let total = 0;
        for (const failure of plan) {
          broker.down = failure === 'down';
          broker.beforeAck = () => (failure === 'lost-ack' ? Promise.reject(new Error('the acknowledgement was lost')) : Promise.resolve());
          if (failure === 'new-relay') relays.unshift(relay());
          if (failure === 'new-relay') await relays[0]?.start();
          await append(2);
          total += 2;
          await quiet();
          clock.advance(RELAY_BEAT_MS);
          await quiet();
        }
        broker.down = false;
        broker.beforeAck = async () => undefined;
        await until(async () => {
          clock.advance(RELAY_BACKOFF_MS.most);
          await quiet();
          return firstSeen(positionsOf(broker)).length === total;
        });
        expect(firstSeen(positionsOf(broker))).toEqual(upTo(total));
        await Promise.all(relays.map((one) => one.stop()));
      }),
      { numRuns: process.env.PARVIS_TEST_SIZE === 'full' ? 200 : 20 },
    );
  });
});

/** A state in which the relay's lanes can be taken, and in which no checkpoint that would move is ever answered. */
const crashBeforeCheckpoint = (state: StateStore): StateStore => ({
  ...state,
  table<V>(name: string): StateTable<V> {
    const table = state.table<V>(name);
    const moves = (value: V): boolean => (value as { position: number }).position > 0;
    return { ...table, replace: (key, from, to) => (moves(to) ? new Promise<boolean>(() => undefined) : table.replace(key, from, to)) };
  },
});
