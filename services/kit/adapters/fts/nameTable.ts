import type { DatabaseSync } from 'node:sqlite';

/** How many ids are kept in memory with their numbers. */
const REMEMBERED_NAMES = 100_000;

/** Ids (persons, groups, posts, kinds) as small numbers; 0 is the empty one. */
export interface NameTable {
  /**
   * Gives a new number when there is none. Writer only. A plain insert: one that returns something opens a savepoint, at
   * which FTS5 writes out all it has gathered (measured: ten times slower).
   */
  numberFor(text: string): number;
  /** Undefined for an id that no document has. */
  find(text: string): number | undefined;
  textOf(no: number): string;
  /** Drops what is remembered: the numbers may have been rolled back. */
  forget(): void;
}

export const createNameTable = (db: DatabaseSync): NameTable => {
  const byText = new Map<string, number>();
  const byNumber = new Map<number, string>();
  const select = db.prepare('SELECT no FROM names WHERE text = ?');
  const selectText = db.prepare('SELECT text FROM names WHERE no = ?');
  const highest = db.prepare('SELECT max(no) AS no FROM names');
  const insert = db.prepare('INSERT INTO names (no, text) VALUES (?, ?)');
  let last: number | undefined;
  const remember = (text: string, no: number): number => {
    if (byText.size >= REMEMBERED_NAMES) byText.clear();
    byText.set(text, no);
    return no;
  };
  const find = (text: string): number | undefined => {
    if (text === '') return 0;
    const known = byText.get(text);
    if (known !== undefined) return known;
    const row = select.get(text) as { no: number } | undefined;
    return row && remember(text, row.no);
  };
  return {
    find,
    numberFor(text) {
      const known = find(text);
      if (known !== undefined) return known;
      last = (last ?? (highest.get() as { no: number | null }).no ?? 0) + 1;
      insert.run(last, text);
      return remember(text, last);
    },
    textOf(no) {
      if (no === 0) return '';
      const known = byNumber.get(no);
      if (known !== undefined) return known;
      const text = (selectText.get(no) as { text: string } | undefined)?.text ?? '';
      if (byNumber.size >= REMEMBERED_NAMES) byNumber.clear();
      byNumber.set(no, text);
      return text;
    },
    forget() {
      byText.clear();
      byNumber.clear();
      last = undefined;
    },
  };
};
