/** The two keys of every person (docs/adr/0004). Owned by identity; the others read it through KeyService. */

export type KeyKind = 'who' | 'contributions';

export interface KeyRef {
  readonly personId: string;
  readonly kind: KeyKind;
}

export type KeyState =
  | { readonly state: 'present'; readonly key: Uint8Array }
  /** Erased: nothing sealed with it can be read again. */
  | { readonly state: 'destroyed' }
  | { readonly state: 'unknown' };

export interface KeyReader {
  /** States in the order of the refs; at most 500. */
  get(refs: readonly KeyRef[]): Promise<KeyState[]>;
}

export interface KeyVault extends KeyReader {
  /** Creates both keys of a person unless they are there. @throws KeyDestroyed when one was destroyed. */
  create(personId: string): Promise<void>;
  /** Destroys the key and leaves a tombstone; idempotent, and never undone. */
  destroy(ref: KeyRef): Promise<void>;
  /** Every tombstone, for backups (kept outside them and applied again by restore). */
  destroyed(): Promise<KeyRef[]>;
  /** Wraps every key anew under another network key; idempotent, resumable. Returns how many were rewrapped. */
  rewrap(networkKey: Uint8Array): Promise<number>;
  close(): Promise<void>;
}
