/** Answers queries from search.db. Runs in the reader's thread, so that no query holds up the event loop. */
import type { DatabaseSync } from 'node:sqlite';
import type { DocumentType, SearchDocument, SearchHitDocument, SearchPage, SearchQuery, SearchScope } from '../../ports/searchIndex.ts';
import { parseQuestion } from '../../runtime/text/question.ts';
import { type Admits, admissionOf, type EntryRow, queryTokens, scopeTokens } from './admission.ts';
import { filterToken, SUGGESTED_TYPES } from './columns.ts';
import { type Cursor, readCursor, writeCursor } from './cursors.ts';
import { facetsOf } from './facets.ts';
import { matchExpression, prefixExpression } from './matchExpression.ts';
import { createNameTable, type NameTable } from './nameTable.ts';
import { firstRowId, lastRowId } from './rowIds.ts';
import { createScan, SCAN_BUDGET_MS, type ScanRequest, type ScanResult } from './scan.ts';
import { GENERATION } from './schema.ts';

/** Totals and facets are counted over at most this many of the newest matches. */
export const COUNTED_MATCHES = 1_000;
/** Best first looks at this many of the newest matches. */
export const BEST_WINDOW = 10_000;
/** Best first ends after this many hits: nobody reads on, and every page must leave out what was shown. */
export const BEST_DEPTH = 200;
/** Longest both walks of one query together: the page's, and the count's, which gets what the page left. */
const QUERY_BUDGET_MS = 250;
/** At least this for the count. */
const COUNT_MS = QUERY_BUDGET_MS - SCAN_BUDGET_MS;
/** Most row looked at for one type while a person types. */
const SUGGEST_BUDGET_MS = 30;

const HIGHEST = Number.MAX_SAFE_INTEGER;

export interface IndexReader {
  search(query: SearchQuery, scope: SearchScope): SearchPage;
  suggest(prefix: string, types: readonly DocumentType[], scope: SearchScope, limit: number): SearchDocument[];
  get(keys: readonly string[]): (SearchDocument | undefined)[];
}

type Scan = (request: ScanRequest) => ScanResult;

interface Walk {
  readonly expression: string | undefined;
  readonly admits: Admits;
  readonly high: number;
  readonly low: number;
}

const EMPTY: SearchPage = { hits: [], facets: [], total: 0, totalCapped: false };

/** What to walk over; undefined when nothing can be found (words typed, but none that a text can hold). */
const walkOf = (query: SearchQuery, scope: SearchScope, names: NameTable): Walk | undefined => {
  const question = parseQuestion(query.text);
  if (question.wanted.length === 0 && query.text.trim() !== '') return undefined;
  const own = queryTokens(query);
  const narrowing = scopeTokens(query.types, scope, names);
  if (own === undefined || narrowing.some((tokens) => tokens.length === 0)) return undefined;
  return {
    expression: matchExpression({ question, filters: [...own, ...narrowing], profiles: scope.profiles }),
    admits: admissionOf(query.types, scope, names),
    high: query.toMs === undefined ? HIGHEST : lastRowId(query.toMs),
    low: query.fromMs === undefined ? 0 : firstRowId(query.fromMs),
  };
};

interface Picked {
  readonly rows: readonly EntryRow[];
  readonly next?: Cursor;
}

/** A page of the newest, from its walk. */
const newestPage = (found: ScanResult, limit: number): Picked => {
  const rows = found.rows.slice(0, limit);
  const last = rows.at(-1);
  if (found.rows.length > limit && last) return { rows, next: { kind: 'newest', below: last[0] } };
  return found.stopped === 'budget' ? { rows, next: { kind: 'newest', below: found.lowest } } : { rows };
};

/** A later page of the newest. */
const pickNewest = (scan: Scan, walk: Walk, below: number, limit: number): Picked =>
  newestPage(scan({ ...walk, high: Math.min(walk.high, below - 1), withScore: false, most: limit + 1, budgetMs: SCAN_BUDGET_MS }), limit);

/** A page of the best of the window, without those shown before and without what came after the first page. */
const pickBest = (scan: Scan, walk: Walk, cursor: Cursor | undefined, limit: number): Picked => {
  const shown = new Set(cursor?.kind === 'best' ? cursor.shown : []);
  const high = cursor?.kind === 'best' ? Math.min(walk.high, cursor.top) : walk.high;
  const found = scan({ ...walk, high, withScore: true, most: BEST_WINDOW, budgetMs: SCAN_BUDGET_MS });
  const top = cursor?.kind === 'best' ? cursor.top : (found.rows[0]?.[0] ?? 0);
  const left = found.rows.filter((row) => !shown.has(row[0]));
  left.sort((a, b) => (a[7] ?? 0) - (b[7] ?? 0) || b[0] - a[0]);
  const rows = left.slice(0, Math.min(limit, BEST_DEPTH - shown.size));
  const all = [...shown, ...rows.map((row) => row[0])];
  const ends = left.length <= rows.length || all.length >= BEST_DEPTH;
  return ends ? { rows } : { rows, next: { kind: 'best', top, shown: all } };
};

export const createIndexReader = (db: DatabaseSync): IndexReader => {
  const names = createNameTable(db);
  const refreshNames = createNamesRefresh(db, names);
  const scan = createScan(db);
  const documentAt = db.prepare('SELECT document FROM documents WHERE rowid = ?');
  const documentOf = db.prepare('SELECT document FROM documents WHERE key = ?');
  const parse = (row: unknown): SearchDocument | undefined =>
    row === undefined ? undefined : (JSON.parse((row as { document: string }).document) as SearchDocument);
  const hitsOf = (rows: readonly EntryRow[]): SearchHitDocument[] =>
    rows.flatMap((row) => {
      const document = parse(documentAt.get(row[0]));
      return document ? [{ document, score: row[7] === undefined ? 0 : -row[7] }] : [];
    });
  /** One transaction, so that a batch that is applied meanwhile changes nothing in the middle of an answer. */
  const atOneTime = <T>(body: () => T): T => {
    db.exec('BEGIN');
    try {
      refreshNames();
      return body();
    } finally {
      db.exec('COMMIT');
    }
  };

  const search = (query: SearchQuery, scope: SearchScope): SearchPage => {
    const scored = query.sort === 'best' && query.text.trim() !== '';
    const cursor = readCursor(query.cursor, scored ? 'best' : 'newest', BEST_DEPTH);
    const walk = walkOf(query, scope, names);
    if (walk === undefined) return EMPTY;
    const from = performance.now();
    const picked = scored
      ? pickBest(scan, walk, cursor, query.limit)
      : cursor?.kind === 'newest' && pickNewest(scan, walk, cursor.below, query.limit);
    const left = Math.max(COUNT_MS, QUERY_BUDGET_MS - (performance.now() - from));
    const counted = scan({ ...walk, withScore: false, most: COUNTED_MATCHES + 1, budgetMs: Math.min(SCAN_BUDGET_MS, left) });
    // The first page of the newest is the beginning of what was counted.
    const page = picked || newestPage(counted, query.limit);
    const rows = counted.rows.slice(0, COUNTED_MATCHES);
    return {
      hits: hitsOf(page.rows),
      ...(page.next ? { nextCursor: writeCursor(page.next) } : {}),
      facets: query.withFacets ? facetsOf(rows, names) : [],
      total: rows.length,
      totalCapped: counted.stopped !== 'end',
    };
  };

  const suggestScan = createSuggestScan(db);
  const suggest: IndexReader['suggest'] = (prefix, types, scope, limit) => {
    const found: EntryRow[] = [];
    for (const type of SUGGESTED_TYPES) {
      if (types.length > 0 && !types.includes(type)) continue;
      const narrowing = type === 'post' ? scopeTokens(['post'], scope, names) : [];
      const expression = prefixExpression(prefix, [[filterToken('type', type)], ...narrowing]);
      if (expression === undefined || narrowing.some((tokens) => tokens.length === 0)) continue;
      found.push(...suggestScan(expression, admissionOf([type], scope, names), limit - found.length));
    }
    return hitsOf(found).map((hit) => hit.document);
  };

  return {
    search: (query, scope) => atOneTime(() => search(query, scope)),
    suggest: (prefix, types, scope, limit) => atOneTime(() => suggest(prefix, types, scope, limit)),
    get: (keys) => keys.map((key) => parse(documentOf.get(key))),
  };
};

const createSuggestScan = (db: DatabaseSync) => {
  const statement = db.prepare(
    `SELECT e.rowid, e.type, e.grp, e.author, e.kind, e.hidden, e.self FROM titles CROSS JOIN entries AS e ON e.rowid = titles.rowid
     WHERE titles MATCH ? ORDER BY titles.rowid DESC`,
  );
  statement.setReturnArrays(true);
  return (expression: string, admits: Admits, most: number): EntryRow[] => {
    const until = performance.now() + SUGGEST_BUDGET_MS;
    const rows: EntryRow[] = [];
    if (most <= 0) return rows;
    for (const value of statement.iterate(expression)) {
      const row = value as unknown as EntryRow;
      if (admits(row) && rows.push(row) >= most) break;
      if (performance.now() > until) break;
    }
    return rows;
  };
};

/** Numbers of ids are given anew after a `clear`, which another thread does: what was remembered is dropped then. */
const createNamesRefresh = (db: DatabaseSync, names: NameTable): (() => void) => {
  const select = db.prepare('SELECT value FROM meta WHERE name = ?');
  let generation = '';
  return () => {
    const { value } = select.get(GENERATION) as { value: string };
    if (value !== generation) names.forget();
    generation = value;
  };
};
