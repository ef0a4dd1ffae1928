/** The event log of a service in one SQLite file (docs/adr/0001): read here, written by one worker thread. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../ports/clock.ts';
import { COMMIT_LIMITS, type EventLog, LANE_COUNT, type StreamWrite } from '../../ports/eventLog.ts';
import type { LogReader } from '../../ports/logTransfer.ts';
import { checkAppend } from '../../runtime/appendRules.ts';
import { randomId } from '../../runtime/ids.ts';
import { startWriterThread, type WriterChannel } from './log/channel.ts';
import { lockLogFolder } from './log/folderLock.ts';
import type { WorkerSettings } from './log/protocol.ts';
import { asyncReads, createLogRows, type LogRows } from './log/reader.ts';
import { LANE_HASH, LOG_FILE, openForWriting, openReadOnly } from './log/schema.ts';
import { openLogWriter } from './log/writer.ts';

export interface SqliteEventLogOptions {
  /** Name of the service that owns the log, e.g. `group`. */
  readonly source: string;
  /** Folder of the service's data; created when it is not there. */
  readonly folder: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Most appends of one transaction, over all lanes; 1 gives every append a commit of its own (for the bench). */
  readonly maxCommandsPerCommit?: number;
  /** How the writer is started; suites put faults here. */
  readonly startWriter?: (settings: WorkerSettings) => WriterChannel;
}

/** @throws when another process has the log open, or its file has another shape. */
export const createSqliteEventLog = async (options: SqliteEventLogOptions): Promise<EventLog & LogReader> => {
  mkdirSync(options.folder, { recursive: true });
  const release = lockLogFolder(options.folder);
  try {
    return await open(options, resolve(options.folder, LOG_FILE), release);
  } catch (error) {
    release();
    throw error;
  }
};

const open = async (options: SqliteEventLogOptions, file: string, release: () => void): Promise<EventLog & LogReader> => {
  const { source, logger, clock, maxCommandsPerCommit = COMMIT_LIMITS.commands * LANE_COUNT, startWriter = startWriterThread } = options;
  openForWriting(file, { epoch: randomId(), lanes: LANE_COUNT, hash: LANE_HASH }).db.close();
  const rows = createLogRows(openReadOnly(file), file);
  const bell = createDoorbell(logger);
  const writer = await openLogWriter({
    logger,
    clock,
    maxCommandsPerCommit,
    start: () => startWriter({ file }),
    findCommand: rows.command,
    onCommit: bell.ring,
  }).catch((error: unknown) => {
    rows.close();
    throw error;
  });
  return {
    source,
    ...asyncReads(rows),
    heads: async () => [...writer.heads()],
    async append(writes, appendOptions) {
      const { commandId, requestHash, actor, traceparent = '', deadlineMs } = appendOptions;
      const cost = checkAppend(writes);
      const request = { lane: cost.lane, writes: writes.map(ownBytes), commandId, requestHash, actor, traceparent };
      return writer.append(request, cost, deadlineMs);
    },
    onCommit: bell.onCommit,
    close: createClose(writer, rows, release),
  };
};

const createClose = (writer: { close(): Promise<void> }, rows: LogRows, release: () => void): (() => Promise<void>) => {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= writer.close().then(() => {
      rows.close();
      release();
    });
    return closing;
  };
};

type CommitListener = (lanes: ReadonlySet<number>) => void;

const createDoorbell = (logger: Logger): { ring: CommitListener; onCommit(listener: CommitListener): () => void } => {
  const listeners = new Set<CommitListener>();
  return {
    ring(lanes) {
      for (const listener of listeners) {
        try {
          listener(lanes);
        } catch (error) {
          // A listener that fails must not keep the others, or the writer, from hearing of the commit.
          logger.error({ err: error }, 'a listener of the log failed');
        }
      }
    },
    onCommit(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};

/** A view of a larger buffer would be cloned to the worker with the whole of it. */
const ownBytes = ({ stream, expected, events }: StreamWrite): StreamWrite => ({
  stream,
  expected,
  events: events.map(({ type, data }) => ({ type, data: data.byteLength === data.buffer.byteLength ? data : new Uint8Array(data) })),
});
