/** One document's rows in every table: put in and taken out together. */
import type { DatabaseSync } from 'node:sqlite';
import type { SearchDocument } from '../../ports/searchIndex.ts';
import { columnsOf } from './columns.ts';
import type { NameTable } from './nameTable.ts';
import { preferredRowId } from './rowIds.ts';
import { HIDDEN, TYPE_NUMBERS } from './schema.ts';

export interface StoredDocument {
  readonly rowId: number;
  readonly lane: number;
  readonly position: number;
  readonly document: SearchDocument;
}

export interface DocumentRows {
  find(key: string): StoredDocument | undefined;
  at(rowId: number): StoredDocument | undefined;
  /** @param inPlaceOf the row this document had before, already removed */
  insert(document: SearchDocument, hiddenByThread: boolean, inPlaceOf?: number): void;
  remove(stored: StoredDocument): void;
  rowIdsOfThread(postId: string): number[];
  rowIdsOfAuthor(personId: string): number[];
  hideThread(postId: string, hidden: boolean): void;
  /** Makes the words of all inserted documents part of the transaction: to be called once, at its end. */
  addWords(): void;
  /** Drops what was inserted and not yet added: the transaction is rolled back. */
  forget(): void;
}

interface DocumentRow {
  readonly rowid: number;
  readonly lane: number;
  readonly position: number;
  readonly document: string;
}

const storedOf = (row: DocumentRow | undefined): StoredDocument | undefined =>
  row && { rowId: row.rowid, lane: row.lane, position: row.position, document: JSON.parse(row.document) as SearchDocument };

/**
 * Statements on the two full-text tables. Words are gathered until the end of the transaction and go in by ascending row
 * ids: FTS5 writes out all it holds whenever one is lower than the last, and batches of several lanes lie side by side in time.
 */
const createFullText = (db: DatabaseSync, onRemoved: (texts: readonly string[]) => void) => {
  const columns = 'title_fr, title_en, body_fr, body_en, profile_fr, profile_en, filters';
  const addWords = db.prepare(`INSERT INTO words (rowid, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const dropWords = db.prepare(`INSERT INTO words (words, rowid, ${columns}) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?, ?)`);
  const addTitle = db.prepare('INSERT INTO titles (rowid, words, filters) VALUES (?, ?, ?)');
  const dropTitle = db.prepare("INSERT INTO titles (titles, rowid, words, filters) VALUES ('delete', ?, ?, ?)");
  const pending = new Map<number, SearchDocument>();
  return {
    add: (rowId: number, document: SearchDocument) => void pending.set(rowId, document),
    drop(rowId: number, document: SearchDocument) {
      if (pending.delete(rowId)) return;
      const { words, title } = columnsOf(document);
      dropWords.run(rowId, ...words);
      if (title) dropTitle.run(rowId, ...title);
      onRemoved([...words.slice(0, -1), ...(title?.slice(0, -1) ?? [])]);
    },
    flush() {
      for (const [rowId, document] of [...pending].sort(([a], [b]) => a - b)) {
        const { words, title } = columnsOf(document);
        addWords.run(rowId, ...words);
        if (title) addTitle.run(rowId, ...title);
      }
      pending.clear();
    },
    forget: () => pending.clear(),
  };
};

/** @param onRemoved told the texts of the columns that are taken out */
export const createDocumentRows = (db: DatabaseSync, names: NameTable, onRemoved: (texts: readonly string[]) => void): DocumentRows => {
  const fullText = createFullText(db, onRemoved);
  const byKey = db.prepare('SELECT rowid, lane, position, document FROM documents WHERE key = ?');
  const byRowId = db.prepare('SELECT rowid, lane, position, document FROM documents WHERE rowid = ?');
  const isTaken = db.prepare('SELECT 1 FROM entries WHERE rowid = ?');
  const addDocument = db.prepare('INSERT INTO documents (rowid, key, lane, position, document) VALUES (?, ?, ?, ?, ?)');
  const addEntry = db.prepare('INSERT INTO entries (rowid, type, grp, author, kind, hidden, self, post) VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const dropDocument = db.prepare('DELETE FROM documents WHERE rowid = ?');
  const dropEntry = db.prepare('DELETE FROM entries WHERE rowid = ?');
  const ofThread = db.prepare('SELECT rowid FROM entries WHERE post = ?');
  const ofAuthor = db.prepare('SELECT rowid FROM entries WHERE author = ?');
  const hide = db.prepare(`UPDATE entries SET hidden = hidden | ${HIDDEN.byThread} WHERE post = ?`);
  const show = db.prepare(`UPDATE entries SET hidden = hidden & ~${HIDDEN.byThread} WHERE post = ?`);

  const freeRowId = ({ atMs, lane, position }: SearchDocument): number => {
    let rowId = preferredRowId(atMs, lane, position);
    while (isTaken.get(rowId)) rowId += 1;
    return rowId;
  };

  return {
    find: (key) => storedOf(byKey.get(key) as DocumentRow | undefined),
    at: (rowId) => storedOf(byRowId.get(rowId) as DocumentRow | undefined),
    insert(document, hiddenByThread, inPlaceOf) {
      const rowId = inPlaceOf ?? freeRowId(document);
      const hidden = (document.hidden ? HIDDEN.itself : 0) | (hiddenByThread ? HIDDEN.byThread : 0);
      const self = names.numberFor(document.type === 'person' ? document.id : '');
      const [group, author, kind, post] = [document.groupId, document.authorId, document.kind, document.postId].map(names.numberFor);
      addDocument.run(rowId, document.key, document.lane, document.position, JSON.stringify(document));
      addEntry.run(rowId, TYPE_NUMBERS[document.type], group as number, author as number, kind as number, hidden, self, post as number);
      fullText.add(rowId, document);
    },
    remove(stored) {
      fullText.drop(stored.rowId, stored.document);
      dropDocument.run(stored.rowId);
      dropEntry.run(stored.rowId);
    },
    rowIdsOfThread: (postId) => rowIds(ofThread.all(names.find(postId) ?? -1)),
    rowIdsOfAuthor: (personId) => rowIds(ofAuthor.all(names.find(personId) ?? -1)),
    hideThread(postId, hidden) {
      const no = names.find(postId);
      if (no !== undefined) (hidden ? hide : show).run(no);
    },
    addWords: fullText.flush,
    forget: fullText.forget,
  };
};

const rowIds = (rows: readonly unknown[]): number[] => rows.map((row) => (row as { rowid: number }).rowid);
