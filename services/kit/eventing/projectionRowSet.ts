import type { Row, View, ViewWrite } from '../ports/views.ts';
import type { RowRef, RowSet } from './projection.ts';

/** Most keys of one getMany of a view. */
const KEYS_PER_READ = 10_000;

export interface LoadedRowSet extends RowSet {
  /** What is to be written; a row that was put and deleted again is deleted. */
  changes(): Pick<ViewWrite, 'puts' | 'deletes'>;
}

type Rows = Map<string, Row | undefined>;

const keysByCollection = (refs: Iterable<RowRef>): Map<string, Set<string>> => {
  const wanted = new Map<string, Set<string>>();
  for (const { collection, key } of refs) {
    const keys = wanted.get(collection);
    if (keys === undefined) wanted.set(collection, new Set([key]));
    else keys.add(key);
  }
  return wanted;
};

const loadRows = async (view: View, collection: string, keys: ReadonlySet<string>): Promise<Rows> => {
  const list = [...keys];
  const rows: Rows = new Map();
  for (let from = 0; from < list.length; from += KEYS_PER_READ) {
    const page = list.slice(from, from + KEYS_PER_READ);
    const found = await view.getMany<Row>(collection, page);
    page.forEach((key, index) => {
      rows.set(key, found[index]);
    });
  }
  return rows;
};

/** Rows of one batch, read at once; what the batch puts and deletes stays in memory until it is written. */
export const loadRowSet = async (view: View, refs: Iterable<RowRef>): Promise<LoadedRowSet> => {
  const collections = new Map<string, Rows>();
  for (const [collection, keys] of keysByCollection(refs)) collections.set(collection, await loadRows(view, collection, keys));
  const touched = new Map<string, Set<string>>();
  const set = (collection: string, key: string, row: Row | undefined): void => {
    const rows = collections.get(collection) ?? new Map<string, Row | undefined>();
    collections.set(collection, rows.set(key, row));
    const keys = touched.get(collection) ?? new Set<string>();
    touched.set(collection, keys.add(key));
  };
  return {
    get<R>(collection: string, key: string) {
      const rows = collections.get(collection);
      if (!rows?.has(key)) throw new Error(`row of ${collection} was not named by keys(): ${view.schema.name}`);
      return rows.get(key) as R | undefined;
    },
    put: (collection, key, row) => set(collection, key, row as Row),
    delete: (collection, key) => set(collection, key, undefined),
    changes() {
      const puts: { collection: string; key: string; row: Row }[] = [];
      const deletes: { collection: string; key: string }[] = [];
      for (const [collection, keys] of touched) {
        for (const key of keys) {
          const row = collections.get(collection)?.get(key);
          if (row === undefined) deletes.push({ collection, key });
          else puts.push({ collection, key, row });
        }
      }
      return { puts, deletes };
    },
  };
};
