/** Copies and looks into database files that another process may be writing: for backup, migrate and verify. */
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { KeyRef } from '../../ports/keyVault.ts';
import type { Mark } from '../../ports/views.ts';
import { inTransaction, openDatabase, translateSqliteError } from './database.ts';

const BUSY_TIMEOUT_MS = 5_000;

const openReadOnly = (file: string): DatabaseSync => {
  if (!existsSync(file)) throw new Error(`${file} is not there`);
  return new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
};

/**
 * A copy of the file as it is at one moment, without its free pages, on the disk when this returns. Writers are not held
 * up. The target must not be there. @throws StorageFull
 */
export const snapshotDatabase = (from: string, to: string): void => {
  const database = openReadOnly(from);
  try {
    database.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    throw translateSqliteError(error);
  } finally {
    database.close();
  }
  const handle = openSync(to, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/** What SQLite's own check of the file finds wrong; empty when all is well. */
export const integrityOf = (file: string): string[] => {
  const database = openReadOnly(file);
  try {
    const found = database.prepare('PRAGMA quick_check(20)').all();
    return found.map((row) => String(row.quick_check)).filter((text) => text !== 'ok');
  } catch (error) {
    // A file whose first pages are damaged can't even be asked.
    return [error instanceof Error ? error.message : String(error)];
  } finally {
    database.close();
  }
};

/** Rows of one table of a `state.db`, in key order. */
export const readStateTable = <V>(file: string, name: string): { readonly key: string; readonly value: V }[] => {
  const database = openReadOnly(file);
  try {
    const rows = database.prepare('SELECT key, value FROM state WHERE name = ? ORDER BY key').all(name);
    return rows.map((row) => ({ key: row.key as string, value: JSON.parse(row.value as string) as V }));
  } finally {
    database.close();
  }
};

/** Marks of a `views.db` or of the search index, with the name of the view they belong to. */
export const readMarks = (file: string): (Mark & { readonly view: string })[] => {
  const database = openReadOnly(file);
  try {
    const columns = database.prepare("SELECT name FROM pragma_table_info('marks')").all();
    const view = columns.some(({ name }) => name === 'view') ? 'view' : "'index' AS view";
    const rows = columns.length === 0 ? [] : database.prepare(`SELECT ${view}, source, epoch, lane, position FROM marks`).all();
    return rows.map((row) => ({ ...row }) as unknown as Mark & { view: string });
  } finally {
    database.close();
  }
};

export interface KeyStates {
  /** Without the network key: whether a key is there, not what it is. */
  stateOf(ref: KeyRef): 'present' | 'destroyed' | 'unknown';
  close(): void;
}

export const openKeyStates = (file: string): KeyStates => {
  const database = openReadOnly(file);
  const find = database.prepare('SELECT state FROM keys WHERE personId = ? AND kind = ?');
  return {
    stateOf({ personId, kind }) {
      const row = find.get(personId, kind);
      if (row === undefined) return 'unknown';
      return row.state === 1 ? 'present' : 'destroyed';
    },
    close: () => database.close(),
  };
};

export interface StateRow {
  readonly table: string;
  readonly key: string;
  readonly value: unknown;
}

/**
 * Passes every row of a `state.db` that no process holds through a function, in one transaction.
 * @param change the row as it shall be, the same row, or undefined to remove it
 */
export const rewriteState = (file: string, change: (row: StateRow) => StateRow | undefined): void => {
  const database = openDatabase(file, { synchronous: 'FULL' });
  try {
    const remove = database.prepare('DELETE FROM state WHERE name = ? AND key = ?');
    const put = database.prepare('INSERT OR REPLACE INTO state (name, key, value) VALUES (?, ?, ?)');
    inTransaction(database, () => {
      for (const found of database.prepare('SELECT name, key, value FROM state').all()) {
        const row: StateRow = { table: found.name as string, key: found.key as string, value: JSON.parse(found.value as string) };
        const next = change(row);
        if (next === row) continue;
        if (next === undefined || next.key !== row.key) remove.run(row.table, row.key);
        if (next !== undefined) put.run(next.table, next.key, JSON.stringify(next.value));
      }
    });
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
};
