import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { IndexKey, RangeEntry, RangeOptions, Row, ViewSchema } from '../../ports/views.ts';
import { invalid } from '../../runtime/errors.ts';
import { decodeKey, encodeKey, encodePrefixEnd } from '../../runtime/sortableKey.ts';

/**
 * Tables of one collection: rows (key → JSON document), and one table per index (encoded key, row key).
 * Statements are prepared once. An index's entries follow from the row alone, so those of an old row can be removed
 * without storing where they were.
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

type Encoded = readonly Buffer[];

const missingFrom = (keys: Encoded, others: Encoded): Encoded => {
  if (others.length === 0) return keys;
  if (keys.length * others.length <= 64) return keys.filter((key) => !others.some((other) => key.equals(other)));
  const known = new Set(others.map((key) => key.toString('latin1')));
  return keys.filter((key) => !known.has(key.toString('latin1')));
};

const moveEntries = (index: IndexTable, key: string, before: Row | undefined, after: Row | undefined): void => {
  const old = before === undefined ? [] : index.keysOf(before, key).map(encodeKey);
  const fresh = after === undefined ? [] : index.keysOf(after, key).map(encodeKey);
  for (const entry of missingFrom(old, fresh)) index.remove.run(entry, key);
  for (const entry of missingFrom(fresh, old)) index.insert.run(entry, key);
};

const createTables = (database: DatabaseSync, schema: ViewSchema, collection: string): void => {
  database.exec(`CREATE TABLE IF NOT EXISTS ${rowTableName(schema.name, schema.version, collection)}
    (key TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID`);
  for (const index of Object.keys(schema.collections[collection]?.indexes ?? {})) {
    database.exec(`CREATE TABLE IF NOT EXISTS ${indexTableName(schema.name, schema.version, collection, index)}
      (entry BLOB NOT NULL, key TEXT NOT NULL, PRIMARY KEY (entry, key)) WITHOUT ROWID`);
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
    sql: `SELECT i.entry, i.key, r.document FROM ${entries} i CROSS JOIN ${rows} r ON r.key = i.key ${where}
      ORDER BY i.entry ${direction}, i.key ${direction} LIMIT ?`,
    values,
  };
};

const prepareIndexes = (database: DatabaseSync, schema: ViewSchema, collection: string): readonly IndexTable[] =>
  Object.entries(schema.collections[collection]?.indexes ?? {}).map(([name, keysOf]) => {
    const table = indexTableName(schema.name, schema.version, collection, name);
    return {
      name,
      keysOf,
      insert: database.prepare(`INSERT OR IGNORE INTO ${table} (entry, key) VALUES (?, ?)`),
      remove: database.prepare(`DELETE FROM ${table} WHERE entry = ? AND key = ?`),
    };
  });

/** Creates what is absent of one collection and prepares its statements. */
export const openCollection = (database: DatabaseSync, schema: ViewSchema, collection: string): CollectionTables => {
  createTables(database, schema, collection);
  const table = rowTableName(schema.name, schema.version, collection);
  const indexes = prepareIndexes(database, schema, collection);
  const select = database.prepare(`SELECT document FROM ${table} WHERE key = ?`);
  const upsert = database.prepare(`INSERT INTO ${table} (key, document) VALUES (?, ?)
    ON CONFLICT (key) DO UPDATE SET document = excluded.document`);
  const remove = database.prepare(`DELETE FROM ${table} WHERE key = ?`);
  const ranges = new Map<string, StatementSync>();

  const get = (key: string): Row | undefined => {
    const found = select.get(key) as { document: string } | undefined;
    return found === undefined ? undefined : (JSON.parse(found.document) as Row);
  };
  const write = (key: string, row: Row | undefined): void => {
    const before = indexes.length === 0 ? undefined : get(key);
    if (row === undefined) remove.run(key);
    else upsert.run(key, JSON.stringify(row));
    for (const index of indexes) moveEntries(index, key, before, row);
  };
  return {
    get,
    put: (key, row) => write(key, row),
    delete: (key) => write(key, undefined),
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
