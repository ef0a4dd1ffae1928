/** Fills a new, empty log with events as they were recorded elsewhere: restore and migrate. */
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { LogHeader, RecordedEvent } from '../../../ports/eventLog.ts';
import type { LogImporter } from '../../../ports/logTransfer.ts';
import { invalid } from '../../../runtime/errors.ts';
import { lockLogFolder } from './folderLock.ts';
import { LOG_FILE, openForWriting, placeOf, readHeads } from './schema.ts';

/**
 * @param header of the new log: the old one for a migration, one with a new epoch for a restore.
 * @throws when the folder already holds a log with another epoch or with events.
 */
export const createSqliteLogImporter = (options: { folder: string; header: LogHeader }): LogImporter => {
  mkdirSync(options.folder, { recursive: true });
  const release = lockLogFolder(options.folder);
  const file = resolve(options.folder, LOG_FILE);
  try {
    const { db, header } = openForWriting(file, options.header);
    const heads = readHeads(db);
    if (header.epoch !== options.header.epoch || heads.some((head) => head > 0)) {
      db.close();
      throw new Error(`${file} is not empty: a log is only restored or migrated into an empty folder`);
    }
    return createImporter(db, heads, release);
  } catch (error) {
    release();
    throw error;
  }
};

const createImporter = (db: DatabaseSync, heads: number[], release: () => void): LogImporter => {
  const insertEvent = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const insertCommand = db.prepare('INSERT INTO commands VALUES (?, ?, ?, ?, ?, ?)');
  const atomically = (write: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      write();
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
  const put = (record: RecordedEvent, head: number): void => {
    const { lane, position, stream, version, type, data, at, commandId, actor, traceparent } = record;
    if (position !== head + 1) throw invalid('records', `position ${head + 1} of lane ${lane}, not ${position}`);
    insertEvent.run(placeOf(lane, position), stream, version, type, data, at.getTime(), commandId, actor, traceparent);
  };
  return {
    async importLane(records) {
      const next = [...heads];
      atomically(() => {
        for (const record of records) {
          put(record, next[record.lane] ?? 0);
          next[record.lane] = record.position;
        }
      });
      heads = next;
    },
    async importCommands(lane, commands) {
      atomically(() => {
        for (const { commandId, requestHash, result } of commands) {
          insertCommand.run(lane, commandId, requestHash, JSON.stringify(result.versions), result.last.position, result.at.getTime());
        }
      });
    },
    async close() {
      db.close();
      release();
    },
  };
};
