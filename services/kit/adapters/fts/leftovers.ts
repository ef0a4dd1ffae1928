/**
 * Words that no document has any more, but that a page boundary still names. FTS5's secure-delete takes a word out of the
 * pages and leaves it in the table of their first words (`words_idx`); rewriting the segments is what makes it go.
 */
import type { DatabaseSync } from 'node:sqlite';

export interface Leftovers {
  /** Remembers the words of a removed document. */
  note(texts: readonly string[]): void;
  /** Rewrites a full-text table when it still names a noted word that nothing holds; forgets what was noted. */
  remove(): void;
}

/** Shorter beginnings tell nothing. */
const TELLING_LENGTH = 4;
/** Most words noted between two removals (edits note theirs too); with more, every boundary is made anew. */
export const NOTED_LIMIT = 200_000;
const TABLES = ['words', 'titles'] as const;
type Table = (typeof TABLES)[number];

/** True when a sorted list has a word that begins with the text. */
const hasBeginning = (sorted: readonly string[], text: string): boolean => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return sorted[low]?.startsWith(text) ?? false;
};

/** The first character says which index of the table a boundary belongs to: `0` is that of whole words. */
const boundaryOf = (term: unknown): string => {
  const text = term instanceof Uint8Array ? Buffer.from(term).toString('utf8') : String(term);
  return text.startsWith('0') ? text.slice(1) : '';
};

/** A table of one segment is not rewritten; so a row is put in that makes a second one, and taken out again. */
const rewrite = (db: DatabaseSync, table: Table): void => {
  db.exec(`INSERT INTO ${table}(rowid, filters) VALUES (-1, 'x')`);
  db.exec(`INSERT INTO ${table}(${table}) VALUES ('optimize')`);
  db.exec(`INSERT INTO ${table}(${table}, rowid, filters) VALUES ('delete', -1, 'x')`);
};

export const createLeftovers = (db: DatabaseSync): Leftovers => {
  for (const table of TABLES)
    db.exec(`CREATE VIRTUAL TABLE IF NOT EXISTS temp.${table}_vocabulary USING fts5vocab('main', '${table}', 'row')`);
  const noted = new Set<string>();

  const isHeld = (table: Table, beginning: string): boolean => {
    const next = db.prepare(`SELECT term FROM temp.${table}_vocabulary WHERE term >= ? LIMIT 1`).get(beginning) as
      | { term: string }
      | undefined;
    return next?.term.startsWith(beginning) ?? false;
  };
  const namesRemoved = (table: Table, sorted: readonly string[]): boolean => {
    for (const { term } of db.prepare(`SELECT term FROM ${table}_idx`).iterate() as Iterable<{ term: unknown }>) {
      const boundary = boundaryOf(term);
      if (boundary.length >= TELLING_LENGTH && hasBeginning(sorted, boundary) && !isHeld(table, boundary)) return true;
    }
    return false;
  };
  return {
    note(texts) {
      for (const text of texts)
        for (const word of text.split(' ')) if (word.length >= TELLING_LENGTH && noted.size < NOTED_LIMIT) noted.add(word);
    },
    remove() {
      if (noted.size === 0) return;
      const tooMany = noted.size >= NOTED_LIMIT;
      const sorted = [...noted].sort();
      noted.clear();
      for (const table of TABLES) if (tooMany || namesRemoved(table, sorted)) rewrite(db, table);
    },
  };
};
