import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { storageFull } from '../../runtime/errors.ts';

/** SQLite's SQLITE_FULL (13) and SQLITE_IOERR (10): nothing of the transaction was kept. */
const FULL = 13;
const IO_ERROR = 10;

export interface DatabaseOptions {
  /** FULL: a commit is on the disk when it returns. NORMAL: a power cut may take the last commits, whole ones. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Kilobytes of page cache; default 8,192. */
  readonly cacheKb?: number;
  /** Pages in the write-ahead log before they move into the file; default 2,000 (8 MB). */
  readonly checkpointPages?: number;
}

/**
 * Opens a database file in WAL mode, creating it and its folder. Deleted content is overwritten (secure_delete), so that
 * what an erasure removed can't be read back from free pages.
 */
export const openDatabase = (path: string, options: DatabaseOptions): DatabaseSync => {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${options.synchronous};
    PRAGMA secure_delete = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA cache_size = -${options.cacheKb ?? 8192};
    PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = ${options.checkpointPages ?? 2000};
  `);
  return database;
};

/** Tells a full disk from a bug. */
export const translateSqliteError = (error: unknown): unknown => {
  const code = (error as { errcode?: unknown }).errcode;
  if (typeof code !== 'number') return error;
  return (code & 0xff) === FULL || (code & 0xff) === IO_ERROR ? storageFull(error) : error;
};

/** Runs the body in one immediate transaction: all of it or nothing. */
export const inTransaction = <T>(database: DatabaseSync, body: () => T): T => {
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = body();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw translateSqliteError(error);
  }
};
