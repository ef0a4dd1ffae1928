/** Applies batches to search.db: documents, erasures, threads and marks in one transaction. Runs in the writer's thread. */
import type { DatabaseSync } from 'node:sqlite';
import type { SearchDocument, SearchIndexWrite, ThreadChange } from '../../ports/searchIndex.ts';
import { markConflict } from '../../runtime/errors.ts';
import { createDocumentRows, type DocumentRows } from './documentRows.ts';
import { createLeftovers } from './leftovers.ts';
import { createNameTable } from './nameTable.ts';
import type { StoredMark } from './protocol.ts';
import { emptyTables } from './schema.ts';

/** Most tombstones of deleted documents; the oldest go first. A repeat older than that would also fail at its mark. */
export const TOMBSTONE_LIMIT = 100_000;

/** `undefined`: applied. Otherwise why not, e.g. markConflict. */
export type Outcome = { readonly error: unknown } | undefined;

export interface IndexWriter {
  /**
   * Batches that came at about the same time, in their order, in one transaction: the full-text index writes a segment for
   * each transaction, and merges them. When one can't be applied, each is on its own.
   */
  write(batches: readonly SearchIndexWrite[]): Outcome[];
  marks(): StoredMark[];
  clear(): void;
  /** Makes removed words go from page boundaries and from the write-ahead log. False when a reader is in the way: try again. */
  scrub(): boolean;
}

/** A place in a lane; two of one key always lie in one lane. */
interface Place {
  readonly lane: number;
  readonly position: number;
}

const isNewer = (place: Place, than: Place | undefined): boolean => than === undefined || place.position > than.position;

interface IsUsed {
  (): boolean;
  /** To be told at the beginning of every transaction. */
  look(): void;
}

/** Whether a table holds any row: asked for every document, and nearly always no. A row put in tells it by `look`. */
const createIsUsed = (db: DatabaseSync, table: 'erased' | 'tombstones' | 'threads'): IsUsed => {
  const any = db.prepare(`SELECT 1 FROM ${table} LIMIT 1`);
  let used = false;
  const look = (): void => {
    used = any.get() !== undefined;
  };
  return Object.assign(() => used, { look });
};

/** Persons who were erased, and whether what they wrote went too. */
const createErasures = (db: DatabaseSync) => {
  const upsert = db.prepare(
    'INSERT INTO erased (person, contributions) VALUES (?, ?) ON CONFLICT DO UPDATE SET contributions = max(contributions, excluded.contributions)',
  );
  const select = db.prepare('SELECT contributions FROM erased WHERE person = ?');
  const used = createIsUsed(db, 'erased');
  const of = (personId: string): boolean | undefined => {
    if (personId === '' || !used()) return undefined;
    const row = select.get(personId) as { contributions: number } | undefined;
    return row && row.contributions === 1;
  };
  return {
    look: used.look,
    remember(personId: string, contributions: boolean) {
      upsert.run(personId, contributions ? 1 : 0);
      used.look();
    },
    forbids: (document: SearchDocument): boolean =>
      document.type === 'person' ? of(document.id) !== undefined : of(document.authorId) === true,
  };
};

const createTombstones = (db: DatabaseSync) => {
  const select = db.prepare('SELECT lane, position FROM tombstones WHERE key = ?');
  const upsert = db.prepare('INSERT OR REPLACE INTO tombstones (key, lane, position) VALUES (?, ?, ?)');
  const sweep = db.prepare('DELETE FROM tombstones WHERE no <= (SELECT max(no) FROM tombstones) - ?');
  const used = createIsUsed(db, 'tombstones');
  return {
    look: used.look,
    of: (key: string): Place | undefined => (used() ? (select.get(key) as Place | undefined) : undefined),
    put(key: string, place: Place) {
      upsert.run(key, place.lane, place.position);
      sweep.run(TOMBSTONE_LIMIT);
      used.look();
    },
  };
};

const createThreads = (db: DatabaseSync) => {
  const select = db.prepare('SELECT state, lane, position FROM threads WHERE post = ?');
  const upsert = db.prepare('INSERT OR REPLACE INTO threads (post, state, lane, position) VALUES (?, ?, ?, ?)');
  const used = createIsUsed(db, 'threads');
  return {
    look: used.look,
    of: (postId: string) => (postId === '' || !used() ? undefined : (select.get(postId) as (Place & { state: string }) | undefined)),
    put({ postId, state, lane, position }: ThreadChange) {
      upsert.run(postId, state, lane, position);
      used.look();
    },
  };
};

const createMarks = (db: DatabaseSync) => {
  const select = db.prepare('SELECT position FROM marks WHERE source = ? AND epoch = ? AND lane = ?');
  const upsert = db.prepare('INSERT OR REPLACE INTO marks (source, epoch, lane, position) VALUES (?, ?, ?, ?)');
  return {
    all: () => db.prepare('SELECT source, epoch, lane, position FROM marks').all() as unknown as StoredMark[],
    move({ source, epoch, lane, from, to }: SearchIndexWrite['marks'][number]) {
      const row = select.get(source, epoch, lane) as { position: number } | undefined;
      if ((row?.position ?? 0) !== from) throw markConflict(source, lane);
      upsert.run(source, epoch, lane, to);
    },
  };
};

export const createIndexWriter = (db: DatabaseSync): IndexWriter => {
  let parts = createParts(db);
  const inTransaction = (body: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      body();
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      parts.names.forget();
      parts.rows.forget();
      throw error;
    }
  };
  const apply = (batches: readonly SearchIndexWrite[]): Outcome[] => {
    try {
      inTransaction(() => {
        for (const part of [parts.erasures, parts.tombstones, parts.threads]) part.look();
        for (const batch of batches) applyBatch(parts, batch);
        parts.rows.addWords();
      });
      return batches.map(() => undefined);
    } catch (error) {
      return batches.length === 1 ? [{ error }] : batches.flatMap((batch) => apply([batch]));
    }
  };
  return {
    write: apply,
    marks: () => parts.marks.all(),
    clear() {
      inTransaction(() => emptyTables(db));
      parts = createParts(db);
    },
    scrub() {
      parts.leftovers.remove();
      return (db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }).busy === 0;
    },
  };
};

/** Statements are made anew after the full-text tables were. */
const createParts = (db: DatabaseSync) => {
  const names = createNameTable(db);
  const leftovers = createLeftovers(db);
  return {
    names,
    leftovers,
    rows: createDocumentRows(db, names, leftovers.note),
    erasures: createErasures(db),
    tombstones: createTombstones(db),
    threads: createThreads(db),
    marks: createMarks(db),
  };
};
type Parts = ReturnType<typeof createParts>;

/** Marks first: who lost them writes nothing. Erasures before puts: what comes with them is dropped too. */
const applyBatch = (parts: Parts, batch: SearchIndexWrite): void => {
  for (const mark of batch.marks) parts.marks.move(mark);
  for (const { personId, contributions } of batch.erased) erase(parts, personId, contributions);
  for (const change of batch.threads) changeThread(parts, change);
  for (const document of batch.puts) put(parts, document);
  for (const deletion of batch.deletes) remove(parts, deletion);
};

const removeRows = (rows: DocumentRows, rowIds: readonly number[]): void => {
  for (const rowId of rowIds) {
    const stored = rows.at(rowId);
    if (stored) rows.remove(stored);
  }
};

const erase = ({ erasures, rows }: Parts, personId: string, contributions: boolean): void => {
  erasures.remember(personId, contributions);
  const card = rows.find(`person:${personId}`);
  if (card) rows.remove(card);
  if (contributions) removeRows(rows, rows.rowIdsOfAuthor(personId));
};

const changeThread = ({ threads, rows }: Parts, change: ThreadChange): void => {
  if (!isNewer(change, threads.of(change.postId))) return;
  threads.put(change);
  if (change.state === 'deleted') removeRows(rows, rows.rowIdsOfThread(change.postId));
  else rows.hideThread(change.postId, change.state === 'hidden');
};

const put = ({ erasures, rows, threads, tombstones }: Parts, document: SearchDocument): void => {
  if (erasures.forbids(document)) return;
  const thread = threads.of(document.postId);
  if (thread?.state === 'deleted') return;
  const before = rows.find(document.key);
  if (!isNewer(document, before ?? tombstones.of(document.key))) return;
  if (before) rows.remove(before);
  const keepsPlace = before !== undefined && before.document.atMs === document.atMs;
  rows.insert(document, thread?.state === 'hidden', keepsPlace ? before.rowId : undefined);
};

const remove = ({ rows, tombstones }: Parts, deletion: SearchIndexWrite['deletes'][number]): void => {
  const before = rows.find(deletion.key);
  if (!isNewer(deletion, before ?? tombstones.of(deletion.key))) return;
  if (before) rows.remove(before);
  tombstones.put(deletion.key, deletion);
};

/** True when the batch takes words out for good: their bytes must go from every file. */
export const removesWords = (batch: SearchIndexWrite): boolean =>
  batch.deletes.length > 0 || batch.erased.length > 0 || batch.threads.some((change) => change.state === 'deleted');
