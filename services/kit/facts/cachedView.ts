import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports/clock.ts';
import type { RangeOptions, View, ViewWrite } from '../ports/views.ts';
import { upTo } from '../runtime/cacheLimit.ts';

/** Rows kept in memory, over all collections. */
export const CACHED_ROWS = 100_000;
/** Lists of ids kept in memory (my groups, open groups). */
export const CACHED_LISTS = 10_000;
/** Another replica may have written a row: nothing is believed for longer. Part of the revocation bound (design §7). */
export const CACHE_MS = 1000;

interface Cached {
  readonly value: unknown;
  readonly untilMs: number;
}

export interface CachedView extends Pick<View, 'get' | 'getMany' | 'range'> {
  /** A list read from the view's indexes, remembered until a write of the collection or CACHE_MS. */
  list<T>(collection: string, name: string, read: () => Promise<T>): Promise<T>;
  /** The same view for its writer: what it writes is forgotten here at once. */
  forWriter(view: View): View;
}

/**
 * A view whose rows are remembered: access facts are asked for many times per page. This process's writes replace what
 * they change at once; what a read fetched while a write happened is not kept.
 */
export const createCachedView = (view: Pick<View, 'getMany' | 'range'>, clock: Clock): CachedView => {
  const rows = new LRUCache<string, Cached>({ ...upTo(CACHED_ROWS) });
  const lists = new LRUCache<string, Cached>({ ...upTo(CACHED_LISTS) });
  let writes = 0;
  const keyOf = (collection: string, key: string): string => `${collection}\n${key}`;
  const fresh = (cached: Cached | undefined): Cached | undefined =>
    cached !== undefined && cached.untilMs > clock.now().getTime() ? cached : undefined;
  const keep = (cache: LRUCache<string, Cached>, key: string, value: unknown, seenWrites: number): void => {
    if (seenWrites === writes) cache.set(key, { value, untilMs: clock.now().getTime() + CACHE_MS });
  };
  const forgetLists = (collections: ReadonlySet<string>): void => {
    for (const key of lists.keys()) if (collections.has(key.slice(0, key.indexOf('\n')))) lists.delete(key);
  };

  const getMany = async <R>(collection: string, keys: readonly string[]): Promise<(R | undefined)[]> => {
    const found = new Map<string, R | undefined>();
    const missing: string[] = [];
    for (const key of new Set(keys)) {
      const cached = fresh(rows.get(keyOf(collection, key)));
      if (cached) found.set(key, cached.value as R | undefined);
      else missing.push(key);
    }
    if (missing.length > 0) {
      const seen = writes;
      const read = await view.getMany<R>(collection, missing);
      missing.forEach((key, index) => {
        found.set(key, read[index]);
        keep(rows, keyOf(collection, key), read[index], seen);
      });
    }
    return keys.map((key) => found.get(key));
  };

  const written = (batch: ViewWrite): void => {
    writes += 1;
    const changes = [...batch.puts, ...batch.deletes];
    for (const { collection, key } of changes) rows.delete(keyOf(collection, key));
    forgetLists(new Set(changes.map((change) => change.collection)));
  };

  return {
    getMany,
    get: async <R>(collection: string, key: string) => (await getMany<R>(collection, [key]))[0],
    range: <R>(collection: string, index: string, options: RangeOptions) => view.range<R>(collection, index, options),
    forWriter: (writer) => ({
      ...writer,
      async write(batch) {
        await writer.write(batch);
        written(batch);
      },
      async clear() {
        await writer.clear();
        writes += 1;
        rows.clear();
        lists.clear();
      },
    }),
    async list<T>(collection: string, name: string, read: () => Promise<T>) {
      const key = keyOf(collection, name);
      const cached = fresh(lists.get(key));
      if (cached) return cached.value as T;
      const seen = writes;
      const value = await read();
      keep(lists, key, value, seen);
      return value;
    },
  };
};
