/** Rows that no log can rebuild (watermarks, effect inboxes, upload slips…): durable, keyed, small. */

export interface StateEntry<V> {
  readonly key: string;
  readonly value: V;
}

export interface StateTable<V> {
  get(key: string): Promise<V | undefined>;
  put(key: string, value: V): Promise<void>;
  /** Puts only when the key is absent; false when it was there. */
  insert(key: string, value: V): Promise<boolean>;
  /** Replaces only when the present value equals `expected` (as JSON); false otherwise. */
  replace(key: string, expected: V, value: V): Promise<boolean>;
  delete(key: string): Promise<void>;
  /** Entries whose key begins with the prefix and lies beyond `after`, in key order; limit 1 to 10,000. */
  range(prefix: string, options: { after?: string; limit: number }): Promise<StateEntry<V>[]>;
}

export interface StateStore {
  table<V>(name: string): StateTable<V>;
  /** A monotone maximum, atomically: keeps the higher of the stored and the given number, and returns it. */
  raise(table: string, key: string, value: number): Promise<number>;
  close(): Promise<void>;
}
