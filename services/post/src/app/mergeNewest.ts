/** Merges sources that are each sorted, greatest first, reading of each no more than the merge needs. */

interface Source<T> {
  chunk: readonly T[];
  at: number;
  readonly more: AsyncIterator<readonly T[]>;
}

export interface Merge<T> {
  /** Chunks in falling order, each non-empty. */
  add(chunks: AsyncGenerator<readonly T[]>): Promise<void>;
  /** The greatest not yet given; undefined at the end. */
  next(): Promise<T | undefined>;
  /** Lets go of sources that were not read to their end. */
  close(): Promise<void>;
}

/** A binary heap over the sources' heads: n entries of m sources cost n log m comparisons. */
export const createMerge = <Item>(compare: (left: Item, right: Item) => number): Merge<Item> => {
  const heap: Source<Item>[] = [];
  const headOf = (index: number): Item => {
    const source = heap[index] as Source<Item>;
    return source.chunk[source.at] as Item;
  };
  const greater = (left: number, right: number): boolean => compare(headOf(left), headOf(right)) > 0;
  const swap = (left: number, right: number): void => {
    [heap[left], heap[right]] = [heap[right] as Source<Item>, heap[left] as Source<Item>];
  };

  const rise = (from: number): void => {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!greater(index, parent)) return;
      swap(index, parent);
      index = parent;
    }
  };

  const sink = (): void => {
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      if (left >= heap.length) return;
      const child = left + 1 < heap.length && greater(left + 1, left) ? left + 1 : left;
      if (!greater(child, index)) return;
      swap(index, child);
      index = child;
    }
  };

  const advance = async (): Promise<void> => {
    const source = heap[0] as Source<Item>;
    source.at += 1;
    if (source.at >= source.chunk.length) {
      const next = await source.more.next();
      if (next.done) {
        const last = heap.pop() as Source<Item>;
        if (heap.length > 0) heap[0] = last;
      } else {
        source.chunk = next.value;
        source.at = 0;
      }
    }
    sink();
  };

  return {
    async add(chunks) {
      const more = chunks[Symbol.asyncIterator]();
      const first = await more.next();
      if (first.done) return;
      heap.push({ chunk: first.value, at: 0, more });
      rise(heap.length - 1);
    },
    async next() {
      if (heap.length === 0) return undefined;
      const entry = headOf(0);
      await advance();
      return entry;
    },
    async close() {
      for (const source of heap) await source.more.return?.();
      heap.length = 0;
    },
  };
};
