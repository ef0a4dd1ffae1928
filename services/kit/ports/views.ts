/**
 * Read models. A view is a set of collections of rows (JSON documents) with declared sorted indexes.
 * The port offers get, get many, range over an index, and one atomic write of rows and mark, and nothing else:
 * so the cost of each query is visible and every adapter stays small.
 */

export type IndexValue = string | number;
/** Compared element by element; numbers before strings, strings by UTF-8 bytes. */
export type IndexKey = readonly IndexValue[];

/** Rows are plain JSON: no Date (use milliseconds), no undefined, no bytes. */
export type Row = Record<string, unknown>;

export interface CollectionSchema<R> {
  /** Index name → the keys a row is found under; [] when it is not in the index. */
  readonly indexes: Readonly<Record<string, (row: R, key: string) => readonly IndexKey[]>>;
}

export interface ViewSchema {
  /** e.g. `groupLog`. */
  readonly name: string;
  /** Shape version: a release with a higher one builds it beside the old one. */
  readonly version: number;
  /** Its rows hold personal text in the clear: what is deleted must leave the store's files at once, its journal included. */
  readonly clearText?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: each collection has a row type of its own
  readonly collections: Readonly<Record<string, CollectionSchema<any>>>;
}

/** How far a view has followed a lane of a source. */
export interface Mark {
  readonly source: string;
  readonly epoch: string;
  readonly lane: number;
  readonly position: number;
}

export interface RangeOptions {
  /** Only entries whose key begins with these values. */
  readonly prefix?: IndexKey;
  /** Only entries beyond this key, in the direction of travel; exclusive. */
  readonly after?: IndexKey;
  /** Descending instead of ascending. */
  readonly reverse?: boolean;
  /** 1 to 10,000. */
  readonly limit: number;
}

export interface RangeEntry<R> {
  readonly key: string;
  readonly indexKey: IndexKey;
  readonly row: R;
}

export interface ViewPut {
  readonly collection: string;
  readonly key: string;
  readonly row: Row;
  /**
   * What the writer read of this row, `null` where there was none: an adapter need not read it again. Only for a row that
   * the marks of the same write guard, so that nobody has changed it since. Absent: not read.
   */
  readonly before?: Row | null;
}

export interface ViewWrite {
  readonly puts: readonly ViewPut[];
  readonly deletes: readonly { collection: string; key: string }[];
  /** Moves the mark of (source, epoch, lane) from → to, by compare-and-set. `from` is 0 for a mark that is not there. */
  readonly marks: readonly { source: string; epoch: string; lane: number; from: number; to: number }[];
}

export interface View {
  readonly schema: ViewSchema;
  get<R>(collection: string, key: string): Promise<R | undefined>;
  /** Rows in the order of the keys, undefined where there is none; at most 10,000 keys. */
  getMany<R>(collection: string, keys: readonly string[]): Promise<(R | undefined)[]>;
  range<R>(collection: string, index: string, options: RangeOptions): Promise<RangeEntry<R>[]>;
  marks(): Promise<Mark[]>;
  /** Rows and marks in one atomic write. @throws MarkConflict when a mark is not where `from` says: nothing is written. */
  write(batch: ViewWrite): Promise<void>;
  /** Forgets rows and marks, so that the view is built anew. */
  clear(): Promise<void>;
}

export interface ViewStore {
  /** Creates what is absent. Two versions of one view live side by side. */
  open(schema: ViewSchema): Promise<View>;
  list(): Promise<{ name: string; version: number }[]>;
  drop(name: string, version: number): Promise<void>;
  close(): Promise<void>;
}
