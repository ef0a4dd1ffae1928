/** Reads of a log on a connection of its own: they go on while the worker commits, and when no space is left to write. */
import { resolve } from 'node:path';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { type CommandRecord, LANE_COUNT, type LogHeader, type RecordedEvent } from '../../../ports/eventLog.ts';
import type { LogReader } from '../../../ports/logTransfer.ts';
import { invalid } from '../../../runtime/errors.ts';
import { LOG_FILE, laneOfPlace, openReadOnly, placeOf, positionOfPlace, readHeader, readHeads } from './schema.ts';

/** Most events or commands of one read. */
export const READ_LIMIT = 10_000;

export interface LogRows {
  readonly header: LogHeader;
  heads(): number[];
  stream(stream: string, after: number, limit: number): RecordedEvent[];
  lane(lane: number, after: number, limit: number): RecordedEvent[];
  command(lane: number, commandId: string): CommandRecord | undefined;
  commands(lane: number, after: string, limit: number): CommandRecord[];
  /** What SQLite's own check of the file finds wrong; empty when all is well. Reads the whole file. */
  integrity(): string[];
  close(): void;
}

type SqlRow = Record<string, SQLOutputValue>;

export const createLogRows = (db: DatabaseSync, file: string): LogRows => {
  const header = readHeader(db, file);
  const byStream = db.prepare('SELECT * FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?');
  const byPlace = db.prepare('SELECT * FROM events WHERE place > ? AND place < ? ORDER BY place LIMIT ?');
  const byCommand = db.prepare('SELECT * FROM commands WHERE lane = ? AND command_id = ?');
  const byLane = db.prepare('SELECT * FROM commands WHERE lane = ? AND command_id > ? ORDER BY command_id LIMIT ?');
  const toEvent = (row: SqlRow): RecordedEvent => eventOf(row, header.epoch);
  return {
    header,
    heads: () => readHeads(db),
    stream: (stream, after, limit) => byStream.all(stream, checkAfter(after), checkLimit(limit)).map(toEvent),
    lane: (lane, after, limit) =>
      byPlace.all(placeOf(checkLane(lane), checkAfter(after)), placeOf(lane + 1, 0), checkLimit(limit)).map(toEvent),
    command: (lane, commandId) => {
      const row = byCommand.get(checkLane(lane), commandId);
      return row && commandOf(row);
    },
    commands: (lane, after, limit) => byLane.all(checkLane(lane), after, checkLimit(limit)).map(commandOf),
    integrity: () => {
      const found = db.prepare('PRAGMA integrity_check').all();
      return found.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok');
    },
    close: () => db.close(),
  };
};

/**
 * Opens a log to read it only: for `parvis verify`, backups and migrations. No service needs to run, and one that does is
 * not disturbed. @throws when the folder holds no log.
 */
export const openSqliteLogReader = (options: { source: string; folder: string }): LogReader & Pick<LogRows, 'integrity'> => {
  const file = resolve(options.folder, LOG_FILE);
  const rows = createLogRows(openReadOnly(file), file);
  return {
    source: options.source,
    integrity: rows.integrity,
    ...asyncReads(rows),
    heads: async () => rows.heads(),
    close: async () => rows.close(),
  };
};

/** The port's reads; a failure rejects, it is never thrown in the caller's turn. */
export const asyncReads = (rows: LogRows): Omit<LogReader, 'source' | 'heads' | 'close'> => ({
  header: async () => rows.header,
  readStream: async (stream, { after = 0, limit = READ_LIMIT } = {}) => rows.stream(stream, after, limit),
  readLane: async (lane, { after, limit }) => rows.lane(lane, after, limit),
  findCommand: async (lane, commandId) => rows.command(lane, commandId),
  readCommands: async (lane, { after, limit }) => rows.commands(lane, after, limit),
});

const eventOf = (row: SqlRow, epoch: string): RecordedEvent => {
  const place = row.place as number;
  return {
    epoch,
    lane: laneOfPlace(place),
    position: positionOfPlace(place),
    stream: row.stream as string,
    version: row.version as number,
    type: row.type as string,
    data: row.data as Uint8Array,
    at: new Date(row.at as number),
    commandId: row.command_id as string,
    actor: row.actor as string,
    traceparent: row.traceparent as string,
  };
};

const commandOf = (row: SqlRow): CommandRecord => ({
  commandId: row.command_id as string,
  requestHash: row.request_hash as string,
  result: {
    versions: JSON.parse(row.versions as string),
    last: { lane: row.lane as number, position: row.position as number },
    at: new Date(row.at as number),
    duplicate: true,
  },
});

const checkLane = (lane: number): number => {
  if (!Number.isInteger(lane) || lane < 0 || lane >= LANE_COUNT) throw invalid('lane', `a number from 0 to ${LANE_COUNT - 1}`);
  return lane;
};

const checkAfter = (after: number): number => {
  if (!Number.isSafeInteger(after) || after < 0) throw invalid('after', 'a number from 0');
  return after;
};

const checkLimit = (limit: number): number => {
  if (!Number.isInteger(limit) || limit < 1 || limit > READ_LIMIT) throw invalid('limit', `a number from 1 to ${READ_LIMIT}`);
  return limit;
};
