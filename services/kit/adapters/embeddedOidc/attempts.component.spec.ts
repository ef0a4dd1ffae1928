import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StateStore } from '../../ports/state.ts';
import { createSqliteStateStore } from '../sqlite/state.ts';
import { type Attempts, createAttempts, FORGET_FAILURES_MS, LOCKOUT } from './attempts.ts';

describe('failed sign-ins', () => {
  let folder: string;
  let state: StateStore;
  let attempts: Attempts;
  let nowMs: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parvis-attempts-'));
    state = createSqliteStateStore({ folder });
    nowMs = 1_700_000_000_000;
    attempts = createAttempts(state, { now: () => new Date(nowMs), after: () => () => undefined });
  });
  afterEach(async () => {
    await state.close();
    rmSync(folder, { recursive: true });
  });

  const fail = async (times: number): Promise<void> => {
    for (let failure = 0; failure < times; failure += 1) expect(await attempts.begin('a')).toBe(true);
  };
  /** How long the address stays locked from now, to the second. */
  const lockedMs = async (): Promise<number> => {
    const start = nowMs;
    while (!(await attempts.begin('a'))) nowMs += 1_000;
    return nowMs - start;
  };

  it('lock after the free ones, longer each time, up to a limit', async () => {
    await fail(LOCKOUT.freeFailures);
    const locks: number[] = [];
    for (let round = 0; round < 8; round += 1) locks.push(await lockedMs());
    expect(locks.slice(0, 3)).toEqual([LOCKOUT.firstLockMs, LOCKOUT.firstLockMs * 2, LOCKOUT.firstLockMs * 4]);
    expect(Math.max(...locks)).toBe(LOCKOUT.longestLockMs);
  });

  it('lock one address alone, and an attempt while locked does not prolong it', async () => {
    await fail(LOCKOUT.freeFailures);
    expect(await attempts.begin('b')).toBe(true);
    nowMs += LOCKOUT.firstLockMs - 1;
    expect(await attempts.begin('a')).toBe(false);
    nowMs += 1;
    expect(await attempts.begin('a')).toBe(true);
  });

  it('count when they come at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => attempts.begin('a')));
    expect(outcomes.filter((allowed) => allowed)).toHaveLength(LOCKOUT.freeFailures);
  });

  it('are forgotten by a success and with time', async () => {
    await fail(LOCKOUT.freeFailures - 1);
    await attempts.succeeded('a');
    await fail(LOCKOUT.freeFailures);
    nowMs += FORGET_FAILURES_MS + 1;
    await fail(LOCKOUT.freeFailures);
    expect(await attempts.begin('a')).toBe(false);
  });

  it('are swept when they are old', async () => {
    await fail(1);
    await attempts.sweep();
    expect(await state.table('signInFailures').get('a')).toBeDefined();
    nowMs += FORGET_FAILURES_MS + 1;
    await attempts.sweep();
    expect(await state.table('signInFailures').get('a')).toBeUndefined();
  });
});
