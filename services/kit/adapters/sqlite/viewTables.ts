import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { IndexKey, RangeEntry, RangeOptions, Row, ViewSchema } from '../../ports/views.ts';
import { invalid } from '../../runtime/errors.ts';
import { decodeKey, encodeKey, encodePrefixEnd } from '../../runtime/sortableKey.ts';

/**
 * Tables of one collection: rows (number, key, JSON document), and one table per index (encoded key, row's number).
 * Statements are prepared once. An index's entries follow from the row alone, so those of an old row can be removed
 * without storing where they were.
 *
 * Rows lie in the order they came and only their short keys are sorted: a batch of random ids then dirties few pages, and
 * dirty pages are what a commit costs (measured: 2.5 times the rows per second of a table sorted by key).
 */
export interface CollectionTables {
  get(key: string): Row | undefined;
  put(key: string, row: Row): void;
  delete(key: string): void;
  range(index: string, options: RangeOptions): RangeEntry<Row>[];
  clear(): void;
}

export const MAX_RANGE = 10_000;
const NAME = /^[A-Za-z0-9_~-]{1,64}$/;

const quoted = (...parts: readonly (string | number)[]): string => {
  for (const part of parts) if (!NAME.test(String(part))) throw invalid('view', 'names of letters, digits, _, - and ~');
  return `"${parts.join('.')}"`;
};

export const rowTableName = (view: string, version: number, collection: string): string => quoted('rows', view, version, collection);
export const indexTableName = (view: string, version: number, collection: string, index: string): string =>
  quoted('index', view, version, collection, index);

interface IndexTable {
  readonly name: string;
  keysOf(row: Row, key: string): readonly IndexKey[];
  readonly insert: StatementSync;
  readonly remove: StatementSync;
}

interface StoredRow {
  /** What index entries name. */
  readonly number: number;
  readonly document: string;
}

type Encoded = readonly Buffer[];

const missingFrom = (keys: Encoded, others: Encoded): Encoded => {
  if (others.length === 0) return keys;
  if (keys.length * others.length <= 64) return keys.filter((key) => !others.some((other) => key.equals(other)));
  const known = new Set(others.map((key) => key.toString('latin1')));
  return keys.filter((key) => !known.has(key.toString('latin1')));
};

const moveEntries = (index: IndexTable, key: string, number: number, before: Row | undefined, after: Row | undefined): void => {
  const old = before === undefined ? [] : index.keysOf(before, key).map(encodeKey);
  const fresh = after === undefined ? [] : index.keysOf(after, key).map(encodeKey);
  for (const entry of missingFrom(old, fresh)) index.remove.run(entry, number);
  for (const entry of missingFrom(fresh, old)) index.insert.run(entry, number);
};

const createTables = (database: DatabaseSync, schema: ViewSchema, collection: string): void => {
  database.exec(`CREATE TABLE IF NOT EXISTS ${rowTableName(schema.name, schema.version, collection)}
    (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, document TEXT NOT NULL)`);
  for (const index of Object.keys(schema.collections[collection]?.indexes ?? {})) {
    database.exec(`CREATE TABLE IF NOT EXISTS ${indexTableName(schema.name, schema.version, collection, index)}
      (entry BLOB NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (entry, number)) WITHOUT ROWID`);
  }
};

const rangeQuery = (entries: string, rows: string, options: RangeOptions): { sql: string; values: SQLInputValue[] } => {
  if (!Number.isInteger(options.limit) || options.limit < 1 || options.limit > MAX_RANGE) throw invalid('limit', `1 to ${MAX_RANGE}`);
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const and = (condition: string, value: SQLInputValue): void => {
    conditions.push(condition);
    values.push(value);
  };
  if (options.prefix !== undefined && options.prefix.length > 0) {
    and('i.entry >= ?', encodeKey(options.prefix));
    and('i.entry < ?', encodePrefixEnd(options.prefix));
  }
  if (options.after !== undefined) and(options.reverse ? 'i.entry < ?' : 'i.entry > ?', encodeKey(options.after));
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const direction = options.reverse ? 'DESC' : 'ASC';
  values.push(options.limit);
  return {
    sql: `SELECT i.entry, r.key, r.document FROM ${entries} i CROSS JOIN ${rows} r ON r.number = i.number ${where}
      ORDER BY i.entry ${direction}, r.key ${direction} LIMIT ?`,
    values,
  };
};

const rowOf = (found: StoredRow | undefined): Row | undefined => (found === undefined ? undefined : (JSON.parse(found.document) as Row));

const prepareIndexes = (database: DatabaseSync, schema: ViewSchema, collection: string): readonly IndexTable[] =>
  Object.entries(schema.collections[collection]?.indexes ?? {}).map(([name, keysOf]) => {
    const table = indexTableName(schema.name, schema.version, collection, name);
    return {
      name,
      keysOf,
      insert: database.prepare(`INSERT OR IGNORE INTO ${table} (entry, number) VALUES (?, ?)`),
      remove: database.prepare(`DELETE FROM ${table} WHERE entry = ? AND number = ?`),
    };
  });

/** Creates what is absent of one collection and prepares its statements. */
export const openCollection = (database: DatabaseSync, schema: ViewSchema, collection: string): CollectionTables => {
  createTables(database, schema, collection);
  const table = rowTableName(schema.name, schema.version, collection);
  const indexes = prepareIndexes(database, schema, collection);
  const select = database.prepare(`SELECT number, document FROM ${table} WHERE key = ?`);
  const insert = database.prepare(`INSERT INTO ${table} (key, document) VALUES (?, ?)`);
  const update = database.prepare(`UPDATE ${table} SET document = ? WHERE number = ?`);
  const remove = database.prepare(`DELETE FROM ${table} WHERE number = ?`);
  const ranges = new Map<string, StatementSync>();

  const find = (key: string): StoredRow | undefined => select.get(key) as StoredRow | undefined;
  const put = (key: string, row: Row): void => {
    const found = find(key);
    const document = JSON.stringify(row);
    if (found?.document === document) return;
    if (found === undefined) {
      const number = Number(insert.run(key, document).lastInsertRowid);
      for (const index of indexes) moveEntries(index, key, number, undefined, row);
      return;
    }
    update.run(document, found.number);
    if (indexes.length === 0) return;
    const before = JSON.parse(found.document) as Row;
    for (const index of indexes) moveEntries(index, key, found.number, before, row);
  };
  return {
    get: (key) => rowOf(find(key)),
    put,
    delete(key) {
      const found = find(key);
      if (found === undefined) return;
      remove.run(found.number);
      const before = JSON.parse(found.document) as Row;
      for (const index of indexes) moveEntries(index, key, found.number, before, undefined);
    },
    range(index, options) {
      if (!indexes.some((known) => known.name === index)) throw invalid('index', `a declared index of ${collection}`);
      const { sql, values } = rangeQuery(indexTableName(schema.name, schema.version, collection, index), table, options);
      const statement = ranges.get(sql) ?? database.prepare(sql);
      ranges.set(sql, statement);
      return statement.all(...values).map((found) => ({
        key: found.key as string,
        indexKey: decodeKey(found.entry as Uint8Array),
        row: JSON.parse(found.document as string) as Row,
      }));
    },
    clear() {
      database.exec(`DELETE FROM ${table}`);
      for (const index of indexes) database.exec(`DELETE FROM ${indexTableName(schema.name, schema.version, collection, index.name)}`);
    },
  };
};
