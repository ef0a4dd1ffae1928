/** Merges many ordered sources of entries into one, newest first, opening only those that can matter. */
import { comparePlaces, type Entry, type EntryPlace } from './entry.ts';

/** One ordered source. */
export interface EntryStream {
  /** No entry is newer than this; a stream is opened when the merge comes down to it. */
  readonly boundMs: number;
  /** Entries not newer than `fromMs` (undefined: from the newest), newest first, and where the next page begins. */
  page(from: PageStart | undefined): Promise<EntryPage>;
}

export type PageStart = { readonly atMs: number } | { readonly token: unknown };

export interface EntryPage {
  readonly entries: readonly Entry[];
  /** Undefined: nothing follows. */
  readonly next: PageStart | undefined;
}

interface Head {
  readonly stream: EntryStream;
  queue: Entry[];
  next: PageStart | undefined;
}

const beyond = (cursor: EntryPlace | undefined, entry: Entry): boolean => cursor === undefined || comparePlaces(cursor, entry) < 0;

const fill = async (head: Head, cursor: EntryPlace | undefined): Promise<boolean> => {
  while (head.queue.length === 0 && head.next !== undefined) {
    const page = await head.stream.page(head.next);
    head.queue = page.entries.filter((entry) => beyond(cursor, entry));
    head.next = page.next;
  }
  return head.queue.length > 0;
};

const newestOf = (heads: readonly Head[]): Head | undefined => {
  let best: Head | undefined;
  for (const head of heads) {
    if (best === undefined || comparePlaces(head.queue[0] as Entry, best.queue[0] as Entry) < 0) best = head;
  }
  return best;
};

/**
 * Entries after the cursor, newest first. An event told to the same person by two streams comes once, from the stream
 * that was named first.
 */
export async function* mergeEntries(streams: readonly EntryStream[], cursor: EntryPlace | undefined): AsyncGenerator<Entry, void> {
  const fromMs = cursor?.atMs ?? Number.MAX_SAFE_INTEGER;
  const unopened = streams.map((stream, rank) => ({ stream, rank })).sort((a, b) => b.stream.boundMs - a.stream.boundMs || a.rank - b.rank);
  const heads: Head[] = [];
  let last: Entry | undefined;
  for (;;) {
    let best = newestOf(heads);
    while (unopened[0] && (best === undefined || Math.min(unopened[0].stream.boundMs, fromMs) >= (best.queue[0] as Entry).atMs)) {
      const { stream } = unopened.shift() as { stream: EntryStream };
      const head: Head = { stream, queue: [], next: { atMs: fromMs } };
      if (await fill(head, cursor)) heads.push(head);
      best = newestOf(heads);
    }
    if (best === undefined) return;
    const entry = best.queue.shift() as Entry;
    if (best.queue.length === 0 && !(await fill(best, cursor))) heads.splice(heads.indexOf(best), 1);
    if (last !== undefined && comparePlaces(last, entry) === 0) continue;
    last = entry;
    yield entry;
  }
}
