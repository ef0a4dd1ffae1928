/** A thread of the index: the writer or the reader, each with a connection of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { isParvisError } from '../../runtime/errors.ts';
import type { FromWorker, Operation, ToWorker, WorkerFailure, WorkerSettings } from './protocol.ts';
import { createIndexReader } from './reader.ts';
import { openForReading, openForWriting } from './schema.ts';
import { createIndexWriter, removesWords } from './writer.ts';

/** How long to wait before the log is scrubbed again when a reader was in the way. */
const SCRUB_AGAIN_MS = 250;
const SQLITE_FULL = 13;
const SQLITE_IO_ERROR = 10;

const { file, role } = workerData as WorkerSettings;
const tell = (message: FromWorker): void => parentPort?.postMessage(message);

interface Served {
  run(operation: Operation): unknown;
  close(): void;
}

const serveWriter = (): Served => {
  const db = openForWriting(file);
  const writer = createIndexWriter(db);
  let timer: NodeJS.Timeout | undefined;
  const scrub = (): void => {
    clearTimeout(timer);
    timer = writer.scrub() ? undefined : setTimeout(scrub, SCRUB_AGAIN_MS);
  };
  // What a crash left in the write-ahead log after an erasure goes now.
  scrub();
  return {
    run(operation) {
      switch (operation.kind) {
        case 'write':
          writer.write(operation.batch);
          if (removesWords(operation.batch)) scrub();
          return undefined;
        case 'marks':
          return writer.marks();
        case 'clear':
          writer.clear();
          return scrub();
        default:
          throw new Error(`the writer does not serve ${operation.kind}`);
      }
    },
    close() {
      clearTimeout(timer);
      db.close();
    },
  };
};

const serveReader = (): Served => {
  const db = openForReading(file);
  const reader = createIndexReader(db);
  return {
    run(operation) {
      switch (operation.kind) {
        case 'search':
          return reader.search(operation.query, operation.scope);
        case 'suggest':
          return reader.suggest(operation.prefix, operation.types, operation.scope, operation.limit);
        case 'get':
          return reader.get(operation.keys);
        default:
          throw new Error(`the reader does not serve ${operation.kind}`);
      }
    },
    close: () => db.close(),
  };
};

const failureOf = (error: unknown): WorkerFailure => {
  if (isParvisError(error, 'invalid')) return { kind: 'invalid', ...(error.fields[0] ?? { field: '', expected: '' }) };
  if (isParvisError(error, 'mark-conflict')) return { kind: 'mark-conflict', message: error.message };
  const code = (error as { errcode?: unknown }).errcode;
  if (typeof code === 'number' && [SQLITE_FULL, SQLITE_IO_ERROR].includes(code & 0xff)) return { kind: 'full' };
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
};

const served = role === 'writer' ? serveWriter() : serveReader();

parentPort?.on('message', ({ id, operation }: ToWorker) => {
  if (operation.kind === 'close') {
    served.close();
    tell({ kind: 'answer', id, answer: undefined });
    parentPort?.close();
    return;
  }
  try {
    tell({ kind: 'answer', id, answer: served.run(operation) });
  } catch (error) {
    tell({ kind: 'refused', id, failure: failureOf(error) });
  }
});
tell({ kind: 'ready' });
