/** The file of a log: tables, pragmas and how a place in a lane becomes a row id. */
import { DatabaseSync } from 'node:sqlite';
import { LANE_COUNT, type LogHeader } from '../../../ports/eventLog.ts';

export const LOG_FILE = 'log.db';
export const LANE_HASH = 'sha256-32-mod';

/** Longest wait for another connection's lock (a backup, a checkpoint) before SQLite gives up. */
const BUSY_TIMEOUT_MS = 5_000;
/** Pages of the write-ahead log before it is moved into the file (16 MB): hot pages are then moved once for many commits. */
const CHECKPOINT_PAGES = 4_000;
/** The write-ahead log is cut back to this after a checkpoint, whatever a bulk load made of it. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Row id of a place: lane × 2^40 + position. One B-tree in lane order, so that reading a lane is a range and a commit
 * appends at one page per lane; a composite key without row ids would push every body above 1 KB into overflow pages.
 */
const LANE_STRIDE = 2 ** 40;
export const placeOf = (lane: number, position: number): number => lane * LANE_STRIDE + position;
export const laneOfPlace = (place: number): number => Math.floor(place / LANE_STRIDE);
export const positionOfPlace = (place: number): number => place % LANE_STRIDE;

const TABLES = `
  CREATE TABLE IF NOT EXISTS header (epoch TEXT NOT NULL, lanes INTEGER NOT NULL, hash TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS events (
    place INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    data BLOB NOT NULL,
    at INTEGER NOT NULL,
    command_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    traceparent TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS events_by_stream ON events (stream, version);
  CREATE TABLE IF NOT EXISTS commands (
    lane INTEGER NOT NULL,
    command_id TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    versions TEXT NOT NULL,
    position INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (lane, command_id)
  ) STRICT, WITHOUT ROWID;
`;

/** Opens for writing; creates the tables, and the header unless there is one. @throws when the file is of another shape. */
export const openForWriting = (file: string, newHeader: LogHeader): { db: DatabaseSync; header: LogHeader } => {
  const db = openWritable(file);
  try {
    db.exec('BEGIN IMMEDIATE');
    db.exec(TABLES);
    const insert = db.prepare('INSERT INTO header (epoch, lanes, hash) SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM header)');
    insert.run(newHeader.epoch, newHeader.lanes, newHeader.hash);
    db.exec('COMMIT');
    return { db, header: readHeader(db, file) };
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Opens a file that has its tables. Every commit is on the disk before it returns; deleted bytes are overwritten. */
export const openWritable = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};
  `);
  return db;
};

export const openReadOnly = (file: string): DatabaseSync => new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });

/** @throws when the log was written with other lanes than this release knows. */
export const readHeader = (db: DatabaseSync, file: string): LogHeader => {
  const row = db.prepare('SELECT epoch, lanes, hash FROM header').get();
  if (!row) throw new Error(`${file} has no header: it is not the log of a service`);
  const header = { epoch: String(row.epoch), lanes: Number(row.lanes), hash: String(row.hash) };
  if (header.lanes !== LANE_COUNT || header.hash !== LANE_HASH) {
    throw new Error(`${file} has ${header.lanes} lanes by ${header.hash}: this release reads ${LANE_COUNT} by ${LANE_HASH}`);
  }
  return header;
};

/** One statement, so one moment: a lane never shows what refers to something another lane does not show yet. */
export const readHeads = (db: DatabaseSync): number[] => {
  const lanes = Array.from({ length: LANE_COUNT }, (_, lane) => {
    const [first, end] = [placeOf(lane, 0), placeOf(lane + 1, 0)];
    return `SELECT ${lane} AS lane, (SELECT max(place) FROM events WHERE place > ${first} AND place < ${end}) AS place`;
  });
  const rows = db.prepare(`${lanes.join(' UNION ALL ')} ORDER BY lane`).all();
  return rows.map(({ place }) => (place === null ? 0 : positionOfPlace(Number(place))));
};
