import { describe, expect, it } from '@jest/globals';
import { createConsumerProgress } from '../eventing/consumerProgress.ts';
import type { ProjectionRunner } from '../eventing/projectionRunner.ts';
import type { Bus } from '../ports/bus.ts';
import { createManualClock } from '../testing/manualClock.ts';
import { testLogger } from '../testing/testPorts.ts';
import { createFreshnessGuard, FRESHNESS } from './freshness.ts';

const setUp = () => {
  const clock = createManualClock();
  const progress = createConsumerProgress('test.facts', 'group');
  progress.begin('e', []);
  const world = { head: 0, away: false, broken: false, caughtUp: 0 };
  const runner = {
    projection: { source: 'group' },
    progress,
    refresh: async () => undefined,
    async catchUp(lane: number) {
      world.caughtUp += 1;
      if (world.broken) throw new Error('cannot apply');
      progress.moved(lane, world.head);
    },
  } as unknown as ProjectionRunner;
  const bus = {
    async heads() {
      if (world.away) throw new Error('away');
      return { epoch: 'e', heads: [world.head] };
    },
  } as unknown as Bus;
  const guard = createFreshnessGuard({ runners: () => [runner], bus, clock, logger: testLogger });
  /** A second passes, then a check. */
  const seconds = async (count: number): Promise<void> => {
    for (let nth = 0; nth < count; nth++) {
      clock.advance(1000);
      await guard.check();
    }
  };
  return { clock, progress, world, guard, seconds };
};

describe('freshness of access facts', () => {
  it('holds while marks reach the heads', async () => {
    const { guard, world, progress, seconds } = setUp();
    for (let head = 1; head < 20; head++) {
      world.head = head;
      await seconds(1);
      progress.moved(0, head);
    }
    expect(guard.fresh()).toBe(true);
    expect(world.caughtUp).toBe(0);
  });

  it('reads from the owner what the bus did not bring within a second', async () => {
    const { guard, world, progress, seconds } = setUp();
    world.head = 3;
    await guard.check();
    await seconds(1);
    expect(world.caughtUp).toBe(0);
    await seconds(1);
    expect(world.caughtUp).toBe(1);
    expect(progress.position(0)).toBe(3);
    expect(guard.fresh()).toBe(true);
  });

  it('closes when a lane is more than five seconds behind while its owner answers, and opens when it caught up', async () => {
    const { guard, world, seconds } = setUp();
    world.head = 1;
    world.broken = true;
    await guard.check();
    await seconds(FRESHNESS.closeAfterMs / 1000);
    expect(guard.fresh()).toBe(true);
    await seconds(1);
    expect(guard.fresh()).toBe(false);
    // New heads do not make the old lag young.
    world.head = 2;
    await seconds(1);
    expect(guard.fresh()).toBe(false);
    world.broken = false;
    await seconds(1);
    expect(guard.fresh()).toBe(true);
  });

  it('goes on when the owner is away, and stays closed when it was closed', async () => {
    const { guard, world, seconds } = setUp();
    world.away = true;
    await seconds(30);
    expect(guard.fresh()).toBe(true);
    Object.assign(world, { away: false, broken: true, head: 1 });
    await seconds(8);
    expect(guard.fresh()).toBe(false);
    world.away = true;
    await seconds(30);
    expect(guard.fresh()).toBe(false);
  });

  it('closes when heads keep moving and marks never reach what was seen first', async () => {
    const { guard, world, seconds } = setUp();
    world.broken = true;
    for (let nth = 1; nth <= 40; nth++) {
      world.head = nth;
      await seconds(1);
    }
    expect(guard.fresh()).toBe(false);
  });

  it('asks every second until it is stopped', async () => {
    const { guard, world, clock } = setUp();
    world.head = 1;
    guard.start();
    for (let nth = 0; nth < 4; nth++) {
      clock.advance(FRESHNESS.everyMs);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
    expect(world.caughtUp).toBe(1);
    await guard.stop();
    expect(clock.waiting()).toBe(0);
  });
});
