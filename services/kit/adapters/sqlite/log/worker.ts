/** The thread that writes a log. Commits are synchronous here, so that waiting for the disk costs the event loop nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { CommitError, createCommitter } from './committer.ts';
import type { CommitRequest, FromWorker, ToWorker, WorkerSettings } from './protocol.ts';
import { openWritable } from './schema.ts';

const { file } = workerData as WorkerSettings;
const db = openWritable(file);
const committer = createCommitter(db);

const tell = (message: FromWorker): void => parentPort?.postMessage(message);

const commit = ({ id, appends, nowMs }: CommitRequest): void => {
  try {
    const outcomes = committer.commit(appends, nowMs);
    tell({ kind: 'committed', id, outcomes, heads: committer.heads() });
  } catch (error) {
    if (!(error instanceof CommitError)) throw error;
    tell({ kind: 'refused', id, failure: error.failure, message: error.message });
  }
};

/** Moves the write-ahead log into the file, so that a closed log is one file; where that fails it stays two, as good. */
const close = (): string => {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    db.close();
  }
};

parentPort?.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'commit':
      return commit(message);
    case 'close':
      tell({ kind: 'closed', problem: close() });
      parentPort?.close();
      return;
    default:
      message satisfies never;
  }
});
tell({ kind: 'ready', heads: committer.heads() });
