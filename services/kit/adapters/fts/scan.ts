/** Walks over matches, newest first, within a budget of time. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Admits, EntryRow } from './admission.ts';

/** Longest walk of one query; what it found by then is the answer, and the cursor goes on from there. */
export const SCAN_BUDGET_MS = 200;
/** How many rows pass between two looks at the clock. */
const CLOCK_STEP = 256;

export interface ScanRequest {
  /** Undefined: every entry. */
  readonly expression: string | undefined;
  readonly withScore: boolean;
  /** Row ids, inclusive. */
  readonly high: number;
  readonly low: number;
  readonly admits: Admits;
  /** Most rows handed back. */
  readonly most: number;
  readonly budgetMs: number;
}

export interface ScanResult {
  readonly rows: EntryRow[];
  /** The lowest row id looked at. */
  readonly lowest: number;
  /** `end`: nothing is left; `most`: as many as asked for; `budget`: the time was up. */
  readonly stopped: 'end' | 'most' | 'budget';
}

const COLUMNS = 'e.rowid, e.type, e.grp, e.author, e.kind, e.hidden, e.self';
/** Weights of the columns: a title says more than a body, filters say nothing. */
const SCORE = 'bm25(words, 6, 6, 1, 1, 0.5, 0.5, 0)';

export const createScan = (db: DatabaseSync): ((request: ScanRequest) => ScanResult) => {
  const prepare = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const matching = (columns: string): string =>
    `SELECT ${columns} FROM words CROSS JOIN entries AS e ON e.rowid = words.rowid
     WHERE words MATCH ? AND words.rowid <= ? AND words.rowid >= ? ORDER BY words.rowid DESC`;
  const all = prepare(`SELECT ${COLUMNS} FROM entries AS e WHERE e.rowid <= ? AND e.rowid >= ? ORDER BY e.rowid DESC`);
  const matched = prepare(matching(COLUMNS));
  const scored = prepare(matching(`${COLUMNS}, ${SCORE}`));
  return ({ expression, withScore, high, low, admits, most, budgetMs }) => {
    const until = performance.now() + budgetMs;
    const rows: EntryRow[] = [];
    let lowest = high + 1;
    let seen = 0;
    const found = expression === undefined ? all.iterate(high, low) : (withScore ? scored : matched).iterate(expression, high, low);
    for (const value of found) {
      const row = value as unknown as EntryRow;
      lowest = row[0];
      if (admits(row)) rows.push(row);
      if (rows.length >= most) return { rows, lowest, stopped: 'most' };
      seen += 1;
      if (seen % CLOCK_STEP === 0 && performance.now() > until) return { rows, lowest, stopped: 'budget' };
    }
    return { rows, lowest, stopped: 'end' };
  };
};
