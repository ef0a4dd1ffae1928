/** A worker thread asked by messages: bounded waiting, bounded answers, and a fresh thread for one that is stuck or gone. */
import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { invalid, ParvisError, storageFull, unavailable } from '../../runtime/errors.ts';
import { startWorkerThread } from '../../runtime/workerThread.ts';
import type { Answers, FromWorker, Operation, ToWorker, WorkerFailure, WorkerSettings } from './protocol.ts';

/** Most operations that wait for one thread; more are refused at once. */
export const MAX_WAITING = 256;

export interface ThreadOptions {
  readonly settings: WorkerSettings;
  readonly logger: Logger;
  /** Longest time from asking to answering; the thread is then replaced. Undefined: no bound (the writer's batches). */
  readonly timeoutMs?: number;
}

export interface IndexThread {
  /** @throws unavailable `search.busy`, `search.timeout`, `search.stopped` */
  ask<K extends Operation['kind']>(operation: Extract<Operation, { kind: K }>): Promise<Answers[K]>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
  timer: NodeJS.Timeout | undefined;
}

interface Running {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

const errorOf = (failure: WorkerFailure): Error => {
  switch (failure.kind) {
    case 'mark-conflict':
      return new ParvisError('conflict', 'mark-conflict', failure.message);
    case 'invalid':
      return invalid(failure.field, failure.expected);
    case 'full':
      return storageFull();
    case 'failed':
      return new Error(failure.message);
    default:
      return failure satisfies never;
  }
};

const settle = ({ waiting }: Running, id: number): Waiting | undefined => {
  const entry = waiting.get(id);
  waiting.delete(id);
  clearTimeout(entry?.timer);
  return entry;
};

const rejectAll = (running: Running, error: Error): void => {
  for (const id of [...running.waiting.keys()]) settle(running, id)?.reject(error);
};

const startWorker = ({ settings, logger }: ThreadOptions, onGone: (running: Running) => void): Promise<Running> =>
  new Promise((resolve, reject) => {
    const worker = startWorkerThread(new URL('./worker.ts', import.meta.url), {
      workerData: settings,
      name: `parvis-search-${settings.role}`,
    });
    const running: Running = { worker, waiting: new Map() };
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve(running);
      else if (message.kind === 'answer') settle(running, message.id)?.resolve(message.answer);
      else settle(running, message.id)?.reject(errorOf(message.failure));
    });
    worker.on('error', (error) => {
      logger.error({ err: error, role: settings.role }, 'a thread of the search index failed');
      reject(error);
    });
    worker.on('exit', () => {
      rejectAll(running, unavailable('search.stopped', 'the search index was interrupted; try again'));
      onGone(running);
    });
  });

export const startThread = async (options: ThreadOptions): Promise<IndexThread> => {
  let closed = false;
  let nextId = 1;
  const start = (): Promise<Running> => {
    const starting = startWorker(options, (gone) => {
      if (!closed && current === starting) current = undefined;
      options.logger.debug({ role: options.settings.role, waiting: gone.waiting.size }, 'a thread of the search index ended');
    });
    return starting;
  };
  let current: Promise<Running> | undefined = start();
  await current;

  /** The next question starts a new thread; this one ends when it comes back from SQLite. */
  const abandon = (running: Running): void => {
    options.logger.warn({ role: options.settings.role }, 'a query took too long: its thread is replaced');
    current = undefined;
    rejectAll(running, unavailable('search.timeout', 'the query took too long'));
    void running.worker.terminate();
  };

  return {
    async ask<K extends Operation['kind']>(operation: Extract<Operation, { kind: K }>): Promise<Answers[K]> {
      if (closed) throw unavailable('search.stopped', 'the search index is closed');
      current ??= start();
      const running = await current;
      if (running.waiting.size >= MAX_WAITING) throw unavailable('search.busy', 'too many queries wait');
      const id = nextId++;
      const message: ToWorker = { id, operation };
      return new Promise((resolve, reject) => {
        const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => abandon(running), options.timeoutMs);
        running.waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject, timer });
        running.worker.postMessage(message);
      });
    },
    async close() {
      if (closed) return;
      const running = await current;
      closed = true;
      if (!running) return;
      await new Promise<void>((resolve) => {
        running.worker.once('exit', () => resolve());
        running.worker.postMessage({ id: nextId++, operation: { kind: 'close' } } satisfies ToWorker);
      });
    },
  };
};
