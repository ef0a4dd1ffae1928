/** The life of a process: create → start → run → not ready → drain → close, whatever ends it. */
import type { Logger } from 'pino';

/** A stop that takes longer than this is cut short: an orchestrator kills soon after. */
export const DEFAULT_GRACE_MS = 20_000;

export interface Running {
  readonly logger: Logger;
  start(): Promise<void>;
  /** The first step of a stop: readiness answers no, while requests are still served. */
  notReady?(): void;
  /** Drains, flushes, closes. Called once, also after a failed start. */
  stop(): Promise<void>;
  /** Between not ready and stop, for balancers to notice; default 0. */
  readonly lameDuckMs?: number;
  readonly graceMs?: number;
}

/** What a process tells and does; tests give their own. */
export interface ProcessHooks {
  on(event: 'SIGTERM' | 'SIGINT' | 'unhandledRejection' | 'uncaughtException', listener: (reason: unknown) => void): unknown;
  off(event: 'SIGTERM' | 'SIGINT' | 'unhandledRejection' | 'uncaughtException', listener: (reason: unknown) => void): unknown;
  exit(code: number): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const CRASHES = ['unhandledRejection', 'uncaughtException'] as const;

type End = { readonly kind: 'signal' } | { readonly kind: 'crash'; readonly error: unknown };

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves to false when the grace passed before the stop was done. */
const stopWithin = async (running: Running): Promise<boolean> => {
  const graceMs = running.graceMs ?? DEFAULT_GRACE_MS;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), graceMs);
  });
  const stopping = (async (): Promise<true> => {
    running.notReady?.();
    if (running.lameDuckMs) await wait(running.lameDuckMs);
    await running.stop();
    return true;
  })();
  try {
    return await Promise.race([stopping, late]);
  } finally {
    clearTimeout(timer);
  }
};

const shutDown = async (running: Running, end: End): Promise<number> => {
  if (end.kind === 'crash') running.logger.fatal({ err: end.error }, 'a failure nobody handled; stopping');
  try {
    if (await stopWithin(running)) return end.kind === 'crash' ? 1 : 0;
    running.logger.error({ graceMs: running.graceMs ?? DEFAULT_GRACE_MS }, 'the stop took too long; exiting without it');
  } catch (error) {
    running.logger.error({ err: error }, 'the stop failed');
  }
  return 1;
};

/**
 * Starts, then waits for SIGTERM or SIGINT and stops. A second signal exits at once; a rejection or exception that nobody
 * handled stops the process too, and makes it exit with 1. A failed start is stopped and thrown.
 */
export const runUntilStopped = async (running: Running, hooks: ProcessHooks = process): Promise<void> => {
  const { promise: ended, resolve: end } = Promise.withResolvers<End>();
  let ending = false;
  const finish = (how: End): void => {
    if (ending) hooks.exit(1);
    ending = true;
    end(how);
  };
  const onSignal = (): void => finish({ kind: 'signal' });
  const onCrash = (error: unknown): void => finish({ kind: 'crash', error });
  for (const signal of SIGNALS) hooks.on(signal, onSignal);
  for (const crash of CRASHES) hooks.on(crash, onCrash);
  const forget = (): void => {
    for (const signal of SIGNALS) hooks.off(signal, onSignal);
    for (const crash of CRASHES) hooks.off(crash, onCrash);
  };
  try {
    // A signal during the start ends it: what has begun is stopped.
    const started = running.start();
    started.catch(() => undefined);
    await Promise.race([started, ended]);
  } catch (error) {
    forget();
    await stopWithin(running).catch((failure: unknown) => running.logger.error({ err: failure }, 'the stop after a failed start failed'));
    throw error;
  }
  const code = await shutDown(running, await ended);
  forget();
  // Whatever still holds the process (a stuck socket) must not keep it from ending.
  hooks.exit(code);
};
