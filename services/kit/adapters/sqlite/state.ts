import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { StateStore, StateTable } from '../../ports/state.ts';
import { invalid } from '../../runtime/errors.ts';
import { openDatabase, translateSqliteError } from './database.ts';

export const MAX_STATE_RANGE = 10_000;

/** The first string (by code point, which is UTF-8 order) beyond every string that begins with the prefix. */
const prefixEnd = (prefix: string): string | undefined => {
  const points = [...prefix];
  for (let last = points.length - 1; last >= 0; last--) {
    const point = points[last]?.codePointAt(0) as number;
    if (point >= 0x10ffff) continue;
    const next = point + 1 === 0xd800 ? 0xe000 : point + 1;
    return points.slice(0, last).join('') + String.fromCodePoint(next);
  }
  return undefined;
};

interface GroupCommit {
  /** Runs the body now, inside the open transaction; resolves when that is on the disk. */
  write<T>(body: () => T): Promise<T>;
  /** Runs the body when what was written before is on the disk: nobody reads what a crash could take back. */
  read<T>(body: () => T): Promise<T>;
  close(): Promise<void>;
}

/** One fsync for all writes of one turn of the event loop. */
const createGroupCommit = (database: DatabaseSync): GroupCommit => {
  let pending: Promise<void> | undefined;
  const commit = (): void => {
    try {
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw translateSqliteError(error);
    } finally {
      pending = undefined;
    }
  };
  const begin = (): Promise<void> => {
    database.exec('BEGIN IMMEDIATE');
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          commit();
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
  };
  return {
    async write(body) {
      pending ??= begin();
      const committed = pending;
      // A statement that fails takes back only itself; the others of this turn go on.
      const outcome = attempt(body);
      await committed;
      if (!outcome.ok) throw translateSqliteError(outcome.error);
      return outcome.value;
    },
    async read(body) {
      await pending?.catch(() => undefined);
      return body();
    },
    async close() {
      await pending;
    },
  };
};

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };
const attempt = <T>(body: () => T): Attempt<T> => {
  try {
    return { ok: true, value: body() };
  } catch (error) {
    return { ok: false, error };
  }
};

const prepare = (database: DatabaseSync) => ({
  select: database.prepare('SELECT value FROM state WHERE name = ? AND key = ?'),
  upsert: database.prepare(`INSERT INTO state (name, key, value) VALUES (?, ?, ?)
    ON CONFLICT (name, key) DO UPDATE SET value = excluded.value`),
  insert: database.prepare('INSERT OR IGNORE INTO state (name, key, value) VALUES (?, ?, ?)'),
  remove: database.prepare('DELETE FROM state WHERE name = ? AND key = ?'),
  range: database.prepare(`SELECT key, value FROM state WHERE name = ? AND key >= ? AND key > ? AND (? IS NULL OR key < ?)
    ORDER BY key LIMIT ?`),
});

type Statements = ReturnType<typeof prepare>;

const stored = (statements: Statements, name: string, key: string): unknown => {
  const found = statements.select.get(name, key) as { value: string } | undefined;
  return found === undefined ? undefined : JSON.parse(found.value);
};

const openTable = <V>(statements: Statements, commits: GroupCommit, name: string): StateTable<V> => ({
  get: (key) => commits.read(() => stored(statements, name, key) as V | undefined),
  put: (key, value) => commits.write(() => void statements.upsert.run(name, key, JSON.stringify(value))),
  insert: (key, value) => commits.write(() => statements.insert.run(name, key, JSON.stringify(value)).changes === 1),
  replace: (key, expected, value) =>
    commits.write(() => {
      const present = stored(statements, name, key);
      if (present === undefined || !isDeepStrictEqual(present, JSON.parse(JSON.stringify(expected)))) return false;
      statements.upsert.run(name, key, JSON.stringify(value));
      return true;
    }),
  delete: (key) => commits.write(() => void statements.remove.run(name, key)),
  async range(prefix, { after, limit }) {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_STATE_RANGE) throw invalid('limit', `1 to ${MAX_STATE_RANGE}`);
    const end = prefixEnd(prefix) ?? null;
    return commits.read(() =>
      statements.range
        .all(name, prefix, after ?? '', end, end, limit)
        .map((row) => ({ key: row.key as string, value: JSON.parse(row.value as string) as V })),
    );
  },
});

/**
 * State of one service in `state.db`: FULL, for no log can rebuild it.
 * @param options folder of the service's files.
 */
export const createSqliteStateStore = (options: { folder: string }): StateStore => {
  const database = openDatabase(join(options.folder, 'state.db'), { synchronous: 'FULL', cacheKb: 2048 });
  database.exec(`CREATE TABLE IF NOT EXISTS state
    (name TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID`);
  const statements = prepare(database);
  const commits = createGroupCommit(database);
  return {
    table: <V>(name: string) => openTable<V>(statements, commits, name),
    raise: (table, key, value) =>
      commits.write(() => {
        const present = stored(statements, table, key);
        const raised = typeof present === 'number' && present >= value ? present : value;
        if (raised !== present) statements.upsert.run(table, key, JSON.stringify(raised));
        return raised;
      }),
    async close() {
      if (!database.isOpen) return;
      await commits.close();
      database.close();
    },
  };
};
