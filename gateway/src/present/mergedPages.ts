/** One list out of several services' lists, newest first, with one cursor. */
import type { Sealer } from '@parvis/kit/runtime/sealer.ts';

export interface Source<T> {
  /** One page after the cursor (empty: from the newest). */
  read(cursor: string, limit: number): Promise<{ items: readonly T[]; nextCursor: string }>;
}

interface Keyed {
  readonly id: string;
  readonly atMs: number;
}

/** Where a source stands: its page begins at `cursor`, and of that page everything up to `after` is told. Null: at its end. */
type Place = { readonly cursor: string; readonly after: string } | null;

/** Pages of a source looked through for the last item told, before the list is taken to go on from there. */
const SEEK_PAGES = 10;

const readFrom = async <T extends Keyed>(source: Source<T>, place: Exclude<Place, null>, limit: number) => {
  let { cursor } = place;
  for (let page = 0; page < SEEK_PAGES; page += 1) {
    const answer = await source.read(cursor, limit);
    const at = place.after === '' ? -1 : answer.items.findIndex(({ id }) => id === place.after);
    // Newer entries may have pushed the last one told to a later page.
    if (place.after === '' || at >= 0) return { items: answer.items.slice(at + 1), cursor, nextCursor: answer.nextCursor };
    if (answer.nextCursor === '') return { items: [], cursor, nextCursor: '' };
    cursor = answer.nextCursor;
  }
  return { items: [], cursor, nextCursor: cursor };
};

const createReader = <T extends Keyed>(source: Source<T>, start: Place, limit: number) => {
  let place = start;
  let waiting: readonly T[] = [];
  let next = '';
  let opened = false;
  const fill = async (): Promise<void> => {
    while (place && waiting.length === 0) {
      if (opened && next === '') {
        place = null;
        return;
      }
      const page = await readFrom(source, opened ? { cursor: next, after: '' } : place, limit);
      place = { cursor: page.cursor, after: opened ? '' : place.after };
      opened = true;
      waiting = page.items;
      next = page.nextCursor;
    }
  };
  return {
    peek: async (): Promise<T | undefined> => {
      await fill();
      return waiting[0];
    },
    take: (): void => {
      const [taken, ...rest] = waiting;
      if (!taken || !place) return;
      waiting = rest;
      place = { cursor: place.cursor, after: taken.id };
    },
    place: (): Place => place,
  };
};

/**
 * @param cursor of an earlier page; empty: from the newest. @param purpose under which cursors are sealed
 * @returns at most `limit` items of all sources by time, newest first; nextCursor is empty on the last page
 */
export const mergePages = async <T extends Keyed>(
  sealer: Sealer,
  purpose: string,
  sources: readonly Source<T>[],
  page: { readonly cursor: string; readonly limit: number },
): Promise<{ items: T[]; nextCursor: string }> => {
  const places = page.cursor === '' ? undefined : sealer.open<Place[]>(purpose, page.cursor);
  const readers = sources.map((source, index) =>
    createReader(source, places ? (places[index] ?? null) : { cursor: '', after: '' }, page.limit),
  );
  const items: T[] = [];
  for (;;) {
    const heads = await Promise.all(readers.map((reader) => reader.peek()));
    const newest = heads.reduce<number>((best, head, index) => (head && head.atMs > (heads[best]?.atMs ?? -Infinity) ? index : best), -1);
    const found = heads[newest];
    if (!found) return { items, nextCursor: '' };
    if (items.length === page.limit)
      return {
        items,
        nextCursor: sealer.seal(
          purpose,
          readers.map((reader) => reader.place()),
        ),
      };
    items.push(found);
    readers[newest]?.take();
  }
};
