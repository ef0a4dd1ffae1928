import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type ProcessHooks, type Running, runUntilStopped } from './lifecycle.ts';

const setUp = (changes: Partial<Running> = {}) => {
  const steps: string[] = [];
  const logs: string[] = [];
  const exit = Promise.withResolvers<number>();
  const hooks = Object.assign(new EventEmitter(), {
    exit: (code: number) => {
      steps.push(`exit ${code}`);
      exit.resolve(code);
    },
  });
  const running: Running = {
    logger: pino({}, { write: (line: string) => void logs.push(line) }),
    start: async () => void steps.push('start'),
    notReady: () => void steps.push('not ready'),
    stop: async () => void steps.push('stop'),
    ...changes,
  };
  return { steps, logs, hooks, exited: exit.promise, running, run: () => runUntilStopped(running, hooks as unknown as ProcessHooks) };
};

describe('runUntilStopped', () => {
  it.each(['SIGTERM', 'SIGINT'])('is not ready, stops and exits with 0 on %s', async (signal) => {
    const { steps, hooks, exited, run } = setUp();
    const done = run();
    hooks.emit(signal);
    expect(await exited).toBe(0);
    await done;
    expect(steps).toEqual(['start', 'not ready', 'stop', 'exit 0']);
    expect(hooks.listenerCount('SIGTERM') + hooks.listenerCount('unhandledRejection')).toBe(0);
  });

  it('exits at once on a second signal', async () => {
    const stopping = Promise.withResolvers<void>();
    const { steps, hooks, exited, run } = setUp({
      graceMs: 50,
      stop: () => {
        stopping.resolve();
        return new Promise(() => undefined);
      },
    });
    run().catch(() => undefined);
    hooks.emit('SIGTERM');
    await stopping.promise;
    hooks.emit('SIGINT');
    expect(await exited).toBe(1);
    expect(steps).toEqual(['start', 'not ready', 'exit 1']);
  });

  it.each(['unhandledRejection', 'uncaughtException'])('logs, stops and exits with 1 on %s', async (crash) => {
    const { steps, logs, hooks, exited, run } = setUp();
    const done = run();
    hooks.emit(crash, new Error('nobody caught this'));
    expect(await exited).toBe(1);
    await done;
    expect(steps).toEqual(['start', 'not ready', 'stop', 'exit 1']);
    expect(logs.join('')).toContain('nobody caught this');
  });

  it('waits no longer than its grace', async () => {
    const { logs, hooks, exited, run } = setUp({ graceMs: 20, stop: () => new Promise(() => undefined) });
    const done = run();
    hooks.emit('SIGTERM');
    expect(await exited).toBe(1);
    await done;
    expect(logs.join('')).toContain('took too long');
  });

  it('exits with 1 when the stop fails', async () => {
    const { logs, hooks, exited, run } = setUp({ stop: async () => Promise.reject(new Error('the disk is gone')) });
    const done = run();
    hooks.emit('SIGTERM');
    expect(await exited).toBe(1);
    await done;
    expect(logs.join('')).toContain('the disk is gone');
  });

  it('stops what had begun and throws when the start fails', async () => {
    const { steps, hooks, run } = setUp({ start: async () => Promise.reject(new Error('the port is taken')) });
    await expect(run()).rejects.toThrow('the port is taken');
    expect(steps).toEqual(['not ready', 'stop']);
    expect(hooks.listenerCount('SIGTERM')).toBe(0);
  });

  it('stops during a start that hangs', async () => {
    const { steps, hooks, exited, run } = setUp({ start: () => new Promise(() => undefined) });
    const done = run();
    hooks.emit('SIGTERM');
    expect(await exited).toBe(0);
    await done;
    expect(steps).toEqual(['not ready', 'stop', 'exit 0']);
  });
});
