/** The tables of search.db. */
import { DatabaseSync } from 'node:sqlite';
import type { DocumentType } from '../../ports/searchIndex.ts';

export const SEARCH_FILE = 'search.db';

/**
 * Raised whenever words, stems or columns change: an index of another version is emptied at start and built anew, for a
 * contentless table can only forget a document by the very words it was given.
 */
export const ANALYSIS_VERSION = '2';

/** Numbers of the types in `entries`; never renumbered without a new analysis version. */
export const TYPE_NUMBERS: Readonly<Record<DocumentType, number>> = { post: 1, comment: 2, person: 3, group: 4 };
export const TYPE_NAMES: ReadonlyMap<number, DocumentType> = new Map(
  (Object.entries(TYPE_NUMBERS) as [DocumentType, number][]).map(([name, number]) => [number, name]),
);

/** Row of `meta` that counts how often the index was emptied. */
export const GENERATION = 'generation';

/** Bits of `entries.hidden`. */
export const HIDDEN = { itself: 1, byThread: 2 } as const;

/**
 * `entries` is what filters need, in rows so narrow that a hundred lie on a page; `documents` is what hits show.
 * Row ids follow time (rowIds.ts), so the newest matches are the first that FTS5 walks to. Ids are numbered in `names`.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS names (no INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS entries (
    rowid INTEGER PRIMARY KEY, type INTEGER NOT NULL, grp INTEGER NOT NULL, author INTEGER NOT NULL, kind INTEGER NOT NULL,
    hidden INTEGER NOT NULL, self INTEGER NOT NULL, post INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS entries_post ON entries (post) WHERE post > 0;
  CREATE INDEX IF NOT EXISTS entries_author ON entries (author) WHERE author > 0;
  CREATE TABLE IF NOT EXISTS documents (
    rowid INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, lane INTEGER NOT NULL, position INTEGER NOT NULL, document TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS tombstones (
    no INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, lane INTEGER NOT NULL, position INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS threads (
    post TEXT PRIMARY KEY, state TEXT NOT NULL, lane INTEGER NOT NULL, position INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS erased (person TEXT PRIMARY KEY, contributions INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS marks (
    source TEXT NOT NULL, epoch TEXT NOT NULL, lane INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (source, epoch, lane)
  ) WITHOUT ROWID;
`;

/** Most bytes FTS5 keeps in memory before it writes a segment. */
const HASH_BYTES = 16 * 1024 * 1024;

/** Words are cut and folded before they come here: ASCII punctuation separates, all else is part of a word. */
const FULL_TEXT = `
  CREATE VIRTUAL TABLE words USING fts5(
    title_fr, title_en, body_fr, body_en, profile_fr, profile_en, filters, content='', tokenize="ascii"
  );
  INSERT INTO words(words, rank) VALUES ('secure-delete', 1);
  INSERT INTO words(words, rank) VALUES ('hashsize', ${HASH_BYTES});
  CREATE VIRTUAL TABLE titles USING fts5(words, filters, content='', tokenize="ascii", prefix='1 2 3');
  INSERT INTO titles(titles, rank) VALUES ('secure-delete', 1);
`;

const CACHE_KB = 16_384;
/** Pages of the write-ahead log before they go into the file: a segment of some thousand documents, written once. */
const CHECKPOINT_PAGES = 4_000;

/** Deleted content is overwritten (secure_delete), so that what an erasure removed can't be read back from free pages. */
export const openForWriting = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA busy_timeout = 2000;
    PRAGMA cache_size = -${CACHE_KB}; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};`);
  db.exec(TABLES);
  const version = db.prepare("SELECT value FROM meta WHERE name = 'analysis'").get() as { value: string } | undefined;
  if (version?.value !== ANALYSIS_VERSION) {
    db.exec('BEGIN IMMEDIATE');
    emptyTables(db);
    db.prepare("INSERT INTO meta (name, value) VALUES ('analysis', ?) ON CONFLICT DO UPDATE SET value = excluded.value").run(
      ANALYSIS_VERSION,
    );
    db.exec('COMMIT');
  }
  return db;
};

/** Forgets all but who was erased; the full-text tables begin anew, so no word of a document stays. */
export const emptyTables = (db: DatabaseSync): void => {
  db.exec('DROP TABLE IF EXISTS words; DROP TABLE IF EXISTS titles;');
  for (const table of ['entries', 'documents', 'tombstones', 'threads', 'marks', 'names']) db.exec(`DELETE FROM ${table}`);
  db.exec(FULL_TEXT);
  db.prepare("INSERT INTO meta (name, value) VALUES (?, '1') ON CONFLICT DO UPDATE SET value = value + 1").run(GENERATION);
};

export const openForReading = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file, { readOnly: true });
  db.exec(`PRAGMA busy_timeout = 2000; PRAGMA cache_size = -${CACHE_KB}; PRAGMA mmap_size = 268435456; PRAGMA temp_store = MEMORY;`);
  return db;
};
