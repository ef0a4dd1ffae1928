import { describe, expect, it } from '@jest/globals';
import { createMemoryState } from '@parvis/kit/testing/memoryState.ts';
import { createAdministratorGuard, LEASE_MS } from './administrators.ts';
import type { Identity } from './identity.ts';

/** Time passes only while somebody waits. */
const createReplicas = () => {
  const state = createMemoryState();
  let nowMs = 1_000_000;
  const clock = {
    now: () => new Date(nowMs),
    after: (delayMs: number, callback: () => void) => {
      nowMs += delayMs;
      setImmediate(callback);
      return () => undefined;
    },
  };
  const identity = { ports: { state, clock } } as unknown as Identity;
  return { one: createAdministratorGuard(identity), other: createAdministratorGuard(identity), clock, state };
};

describe('what may take an administrator away', () => {
  it('runs alone, in one process and across two', async () => {
    const { one, other } = createReplicas();
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all([one(work), one(work), other(work), other(work), one(work)]);
    expect(most).toBe(1);
  });

  it('goes on after work that failed', async () => {
    const { one, other } = createReplicas();
    await expect(
      one(async () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await expect(one(async () => 'next')).resolves.toBe('next');
    await expect(other(async () => 'next')).resolves.toBe('next');
  });

  it('waits so long for a replica that died, and takes its lease over once it has ended', async () => {
    const { one, clock, state } = createReplicas();
    const untilMs = clock.now().getTime() + LEASE_MS;
    await state.table('leases').put('administrators', { holder: 'dead', untilMs });
    const tries: string[] = [];
    for (let nth = 0; nth < 20 && tries.at(-1) !== 'fine'; nth += 1) {
      tries.push(
        await one(async () => 'fine').catch((error: { code: string }) => {
          expect(clock.now().getTime()).toBeLessThan(untilMs);
          return error.code;
        }),
      );
    }
    expect(tries[0]).toBe('administrators.busy');
    expect(tries.at(-1)).toBe('fine');
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(untilMs);
  });
});
