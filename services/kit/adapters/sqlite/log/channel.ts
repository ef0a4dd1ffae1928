/** The way to the worker thread; suites put their own between, to lose answers and to kill it. */
import { startWorkerThread } from '../../../runtime/workerThread.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.ts';

export interface WriterChannel {
  post(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
  /** Once, when the thread is gone; `reason` says why, or with which exit code. */
  onExit(listener: (reason: string) => void): void;
  /** Ends the thread at once, whatever it is doing. */
  terminate(): Promise<void>;
}

export const startWriterThread = (settings: WorkerSettings): WriterChannel => {
  const worker = startWorkerThread(new URL('./worker.ts', import.meta.url), { workerData: settings, name: 'parvis-log' });
  let failure: string | undefined;
  worker.on('error', (error) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => void worker.on('message', listener),
    onExit: (listener) => void worker.on('exit', (code) => listener(failure ?? `exit code ${code}`)),
    terminate: async () => void (await worker.terminate()),
  };
};
