import type { Row, View, ViewPut, ViewWrite } from '../ports/views.ts';
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

/** Rows of one collection: as they were read, and as they are now. */
interface Loaded {
  readonly before: Rows;
  readonly now: Rows;
}

const changesOf = (collections: ReadonlyMap<string, Loaded>): Pick<ViewWrite, 'puts' | 'deletes'> => {
  const puts: ViewPut[] = [];
  const deletes: { collection: string; key: string }[] = [];
  for (const [collection, { before, now }] of collections) {
    for (const [key, row] of now) {
      if (row === undefined) deletes.push({ collection, key });
      else if (before.has(key)) puts.push({ collection, key, row, before: before.get(key) ?? null });
      else puts.push({ collection, key, row });
    }
  }
  return { puts, deletes };
};

/** Rows of one batch, read at once; what the batch puts and deletes stays in memory until it is written. */
export const loadRowSet = async (view: View, refs: Iterable<RowRef>): Promise<LoadedRowSet> => {
  const collections = new Map<string, Loaded>();
  for (const [collection, keys] of keysByCollection(refs)) {
    collections.set(collection, { before: await loadRows(view, collection, keys), now: new Map() });
  }
  const set = (collection: string, key: string, row: Row | undefined): void => {
    const known = collections.get(collection);
    if (known === undefined) collections.set(collection, { before: new Map(), now: new Map([[key, row]]) });
    else known.now.set(key, row);
  };
  return {
    get<R>(collection: string, key: string) {
      const rows = collections.get(collection);
      const row = rows?.now.get(key);
      if (row !== undefined) return row as R;
      if (rows?.now.has(key)) return undefined;
      if (!rows?.before.has(key)) throw new Error(`row of ${collection} was not named by keys(): ${view.schema.name}`);
      return rows.before.get(key) as R | undefined;
    },
    put: (collection, key, row) => set(collection, key, row as Row),
    delete: (collection, key) => set(collection, key, undefined),
    changes: () => changesOf(collections),
  };
};
