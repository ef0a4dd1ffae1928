import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { ViewSchema } from '../ports/views.ts';
import type { DecodedEvent } from './decodedEvent.ts';

export interface RowRef {
  readonly collection: string;
  readonly key: string;
}

/** Rows of one batch, in memory. `get` answers only rows named by `keys` (or put before in the batch): else it throws. */
export interface RowSet {
  get<R>(collection: string, key: string): R | undefined;
  put<R extends object>(collection: string, key: string, row: R): void;
  delete(collection: string, key: string): void;
}

/**
 * How one source's events become rows. Depends only on events and their order within a lane, never on interleaving
 * between lanes, arrival or the clock; a row is written by one source's root. `apply` is pure over its rows.
 */
export interface Projection {
  readonly schema: ViewSchema;
  /** Service whose events it follows. A view with several sources has a projection each, over disjoint collections. */
  readonly source: string;
  /** `sealed`: personal fields stay ciphertext in rows and are opened at read. `opened`: decrypted (own source only, or search). */
  readonly personal: 'sealed' | 'opened';
  /** Rows `apply` will ask for, from ids in the event and its stream's path alone. */
  keys(event: DecodedEvent<AnyEvent>): readonly RowRef[];
  apply(event: DecodedEvent<AnyEvent>, rows: RowSet): void;
}
