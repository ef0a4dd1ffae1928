/** Counts by type, group, author, kind and month. */
import type { SearchPage } from '../../ports/searchIndex.ts';
import type { EntryRow } from './admission.ts';
import type { NameTable } from './nameTable.ts';
import { timeOfRowId } from './rowIds.ts';
import { TYPE_NAMES } from './schema.ts';

/** Most values of one facet; the rarest are left out. */
export const FACET_VALUES = 50;

/** UTC, e.g. `2026-11`. */
const monthOf = (rowId: number): string => new Date(timeOfRowId(rowId)).toISOString().slice(0, 7);

const countBy = (rows: readonly EntryRow[], pick: (row: EntryRow) => string): [string, number][] => {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = pick(row);
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, FACET_VALUES);
};

export const facetsOf = (rows: readonly EntryRow[], names: NameTable): SearchPage['facets'] => {
  const facets: [string, (row: EntryRow) => string][] = [
    ['type', (row) => TYPE_NAMES.get(row[1]) ?? ''],
    ['group', (row) => names.textOf(row[2])],
    ['author', (row) => names.textOf(row[3])],
    ['kind', (row) => names.textOf(row[4])],
    ['month', (row) => monthOf(row[0])],
  ];
  return facets.flatMap(([name, pick]) => countBy(rows, pick).map(([value, count]) => ({ name, value, count })));
};
