/** A thread of the index: the writer or the reader, each with a connection of its own. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { SearchIndexWrite } from '../../ports/searchIndex.ts';
import { isParvisError } from '../../runtime/errors.ts';
import type { FromWorker, Operation, ToWorker, WorkerFailure, WorkerSettings } from './protocol.ts';
import { createIndexReader } from './reader.ts';
import { openForReading, openForWriting } from './schema.ts';
import { createIndexWriter, type Outcome, removesWords } from './writer.ts';

/** How long to wait before the log is scrubbed again when a reader was in the way. */
const SCRUB_AGAIN_MS = 250;
/** Most documents of batches that are applied together: about a third of a second of writing, which a live one may wait. */
const GROUP_DOCUMENTS = 4_000;
const SQLITE_FULL = 13;
const SQLITE_IO_ERROR = 10;

const { file, role } = workerData as WorkerSettings;
const tell = (message: FromWorker): void => parentPort?.postMessage(message);

interface Served {
  run(operation: Operation): unknown;
  /** Undefined for the reader. */
  readonly write?: (batches: readonly SearchIndexWrite[]) => Outcome[];
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
    write(batches) {
      const outcomes = writer.write(batches);
      if (batches.some((batch, nth) => outcomes[nth] === undefined && removesWords(batch))) scrub();
      return outcomes;
    },
    run(operation) {
      switch (operation.kind) {
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

const refuse = (id: number, error: unknown): void => tell({ kind: 'refused', id, failure: failureOf(error) });

interface Write {
  readonly id: number;
  readonly batch: SearchIndexWrite;
}

/** The batches that wait behind one already (lanes write side by side), and the first message that is none. */
const withWaiting = (first: Write): { writes: readonly Write[]; next: ToWorker | undefined } => {
  const writes = [first];
  let documents = first.batch.puts.length;
  while (documents < GROUP_DOCUMENTS && parentPort) {
    const next = receiveMessageOnPort(parentPort)?.message as ToWorker | undefined;
    if (next?.operation.kind !== 'write') return { writes, next };
    writes.push({ id: next.id, batch: next.operation.batch });
    documents += next.operation.batch.puts.length;
  }
  return { writes, next: undefined };
};

const serveWrites = (first: Write, write: NonNullable<Served['write']>): void => {
  const { writes, next } = withWaiting(first);
  let outcomes: Outcome[];
  try {
    outcomes = write(writes.map(({ batch }) => batch));
  } catch (error) {
    outcomes = writes.map(() => ({ error }));
  }
  for (const [nth, { id }] of writes.entries()) {
    const outcome = outcomes[nth];
    if (outcome) refuse(id, outcome.error);
    else tell({ kind: 'answer', id, answer: undefined });
  }
  if (next) serve(next);
};

const serve = ({ id, operation }: ToWorker): void => {
  if (operation.kind === 'write' && served.write) {
    serveWrites({ id, batch: operation.batch }, served.write);
    return;
  }
  if (operation.kind === 'close') {
    served.close();
    tell({ kind: 'answer', id, answer: undefined });
    parentPort?.close();
    return;
  }
  try {
    tell({ kind: 'answer', id, answer: served.run(operation) });
  } catch (error) {
    refuse(id, error);
  }
};

parentPort?.on('message', serve);
tell({ kind: 'ready' });
