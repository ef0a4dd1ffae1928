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

parentPort?.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'commit':
      return commit(message);
    case 'close':
      db.close();
      tell({ kind: 'closed' });
      parentPort?.close();
      return;
    default:
      message satisfies never;
  }
});
tell({ kind: 'ready', heads: committer.heads() });
