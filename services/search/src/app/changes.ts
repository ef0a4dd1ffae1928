/** What a batch of events does to the index, gathered in memory: later events of the batch see what earlier ones did. */
import type { SearchDocument, SearchIndexWrite, ThreadChange } from '@parvis/kit/ports/searchIndex.ts';

export interface Place {
  readonly lane: number;
  readonly position: number;
}

export interface Changes {
  /** As it is after the events so far; undefined when there is none. */
  get(key: string): SearchDocument | undefined;
  put(document: SearchDocument): void;
  delete(key: string, place: Place): void;
  thread(change: ThreadChange): void;
  erase(personId: string, contributions: boolean): void;
  /** Without marks. */
  batch(): Omit<SearchIndexWrite, 'marks'>;
}

/** @param present documents the events may build on, by key */
export const createChanges = (present: ReadonlyMap<string, SearchDocument>): Changes => {
  const puts = new Map<string, SearchDocument>();
  const deletes = new Map<string, Place>();
  const threads = new Map<string, ThreadChange>();
  const erased = new Map<string, boolean>();
  return {
    get: (key) => (deletes.has(key) ? undefined : (puts.get(key) ?? present.get(key))),
    put(document) {
      deletes.delete(document.key);
      puts.set(document.key, document);
    },
    delete(key, place) {
      puts.delete(key);
      deletes.set(key, place);
    },
    thread: (change) => void threads.set(change.postId, change),
    erase: (personId, contributions) => void erased.set(personId, contributions || erased.get(personId) === true),
    batch: () => ({
      puts: [...puts.values()],
      deletes: [...deletes].map(([key, { lane, position }]) => ({ key, lane, position })),
      threads: [...threads.values()],
      erased: [...erased].map(([personId, contributions]) => ({ personId, contributions })),
    }),
  };
};
