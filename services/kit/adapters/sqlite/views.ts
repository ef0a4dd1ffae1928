import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Mark, Row, View, ViewSchema, ViewStore, ViewWrite } from '../../ports/views.ts';
import { invalid, isParvisError, markConflict } from '../../runtime/errors.ts';
import { inTransaction, openDatabase, translateSqliteError } from './database.ts';
import { createViewCommits, type ViewCommits } from './viewCommits.ts';
import { type CollectionTables, indexTableName, openCollection, rowTableName } from './viewTables.ts';

/** Most keys of one getMany. */
const MAX_KEYS = 10_000;

interface OpenMarks {
  all(): Mark[];
  /** @throws MarkConflict */
  move(mark: ViewWrite['marks'][number]): void;
  clear(): void;
}

const openMarks = (database: DatabaseSync, name: string, version: number): OpenMarks => {
  const select = database.prepare('SELECT source, epoch, lane, position FROM marks WHERE view = ? AND version = ?');
  const begin = database.prepare(`INSERT INTO marks (view, version, source, epoch, lane, position) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (view, version, source, epoch, lane) DO UPDATE SET position = excluded.position WHERE position = 0`);
  const update = database.prepare(
    'UPDATE marks SET position = ? WHERE view = ? AND version = ? AND source = ? AND epoch = ? AND lane = ? AND position = ?',
  );
  return {
    all: () => select.all(name, version).map((row) => ({ ...row }) as unknown as Mark),
    move({ source, epoch, lane, from, to }) {
      const { changes } =
        from === 0 ? begin.run(name, version, source, epoch, lane, to) : update.run(to, name, version, source, epoch, lane, from);
      if (changes !== 1) throw markConflict(source, lane);
    },
    clear: () => {
      database.prepare('DELETE FROM marks WHERE view = ? AND version = ?').run(name, version);
    },
  };
};

/** How long to wait before the journal is emptied again when a reader of another process was in the way. */
const SCRUB_AGAIN_MS = 250;

const emptied = (database: DatabaseSync): boolean => {
  // Not under a transaction that is open: it is tried again in a moment.
  if (database.isTransaction) return false;
  try {
    return (database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }).busy === 0;
  } catch (error) {
    // No space to move pages into the file: what was deleted is deleted all the same, and its bytes go when there is space.
    if (isParvisError(translateSqliteError(error), 'storage-full')) return false;
    throw error;
  }
};

/** Empties the write-ahead log, where older pages lie until they are overwritten: what was deleted is then in no file. */
const createScrubber = (database: DatabaseSync): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  const scrub = (): void => {
    clearTimeout(timer);
    if (!database.isOpen) return;
    timer = emptied(database) ? undefined : setTimeout(scrub, SCRUB_AGAIN_MS).unref();
  };
  return scrub;
};

const openView = (database: DatabaseSync, commits: ViewCommits, schema: ViewSchema, scrub: () => void): View => {
  const collections = new Map<string, CollectionTables>();
  inTransaction(database, () => {
    database.prepare('INSERT OR IGNORE INTO views (name, version) VALUES (?, ?)').run(schema.name, schema.version);
    for (const name of Object.keys(schema.collections)) collections.set(name, openCollection(database, schema, name));
  });
  const marks = openMarks(database, schema.name, schema.version);
  const tables = (collection: string): CollectionTables => {
    const found = collections.get(collection);
    if (found === undefined) throw invalid('collection', `a collection of ${schema.name}`);
    return found;
  };
  return {
    schema,
    async get<R>(collection: string, key: string) {
      return tables(collection).get(key) as R | undefined;
    },
    async getMany<R>(collection: string, keys: readonly string[]) {
      if (keys.length > MAX_KEYS) throw invalid('keys', `at most ${MAX_KEYS}`);
      return tables(collection).getMany(keys) as (R | undefined)[];
    },
    async range<R>(collection: string, index: string, options: Parameters<View['range']>[2]) {
      return tables(collection).range(index, options) as { key: string; indexKey: readonly (string | number)[]; row: Row & R }[];
    },
    marks: async () => marks.all(),
    async write(batch) {
      await commits.write(batch.puts.length + batch.deletes.length, () => {
        // The marks first: a consumer that lost the lane fails before it does any work.
        for (const mark of batch.marks) marks.move(mark);
        for (const { collection, key } of batch.deletes) tables(collection).delete(key);
        for (const { collection, key, row, before } of batch.puts) tables(collection).put(key, row, before);
      });
      if (schema.clearText && batch.deletes.length > 0) scrub();
    },
    async clear() {
      await commits.write(0, () => {
        for (const table of collections.values()) table.clear();
        marks.clear();
      });
      if (schema.clearText) scrub();
    },
  };
};

const dropView = (database: DatabaseSync, name: string, version: number): void => {
  const row = rowTableName(name, version, 'x').slice(1, -2);
  const index = indexTableName(name, version, 'x', 'x').slice(1, -4);
  inTransaction(database, () => {
    const all = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    for (const table of all) {
      const tableName = table.name as string;
      if (tableName.startsWith(row) || tableName.startsWith(index)) database.exec(`DROP TABLE "${tableName}"`);
    }
    database.prepare('DELETE FROM marks WHERE view = ? AND version = ?').run(name, version);
    database.prepare('DELETE FROM views WHERE name = ? AND version = ?').run(name, version);
  });
};

/**
 * Views of one service in `views.db`: NORMAL, for rows and marks roll back together and the log has it all.
 * @param options folder of the service's files.
 */
export const createSqliteViewStore = (options: { folder: string }): ViewStore => {
  const database = openDatabase(join(options.folder, 'views.db'), { synchronous: 'NORMAL', cacheKb: 32_768, checkpointPages: 8000 });
  database.exec(`
    CREATE TABLE IF NOT EXISTS views (name TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (name, version)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS marks (view TEXT NOT NULL, version INTEGER NOT NULL, source TEXT NOT NULL, epoch TEXT NOT NULL,
      lane INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (view, version, source, epoch, lane)) WITHOUT ROWID;
  `);
  const scrub = createScrubber(database);
  const commits = createViewCommits(database);
  // What a crash left in the log after a deletion goes now.
  scrub();
  return {
    open: async (schema) => openView(database, commits, schema, scrub),
    list: async () =>
      database
        .prepare('SELECT name, version FROM views ORDER BY name, version')
        .all()
        .map((row) => ({ name: row.name as string, version: row.version as number })),
    async drop(name, version) {
      commits.flush();
      dropView(database, name, version);
      scrub();
    },
    async close() {
      if (!database.isOpen) return;
      commits.flush();
      database.close();
    },
  };
};
