/** What the index and its two threads say to each other. Plain data: it is cloned from thread to thread. */
import type { DocumentType, SearchDocument, SearchIndexWrite, SearchPage, SearchQuery, SearchScope } from '../../ports/searchIndex.ts';

export interface WorkerSettings {
  /** Absolute path of search.db. */
  readonly file: string;
  readonly role: 'writer' | 'reader';
}

export interface StoredMark {
  readonly source: string;
  readonly epoch: string;
  readonly lane: number;
  readonly position: number;
}

export type Operation =
  | { readonly kind: 'write'; readonly batch: SearchIndexWrite }
  | { readonly kind: 'marks' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'search'; readonly query: SearchQuery; readonly scope: SearchScope }
  | {
      readonly kind: 'suggest';
      readonly prefix: string;
      readonly types: readonly DocumentType[];
      readonly scope: SearchScope;
      readonly limit: number;
    }
  | { readonly kind: 'get'; readonly keys: readonly string[] }
  | { readonly kind: 'close' };

/** What each operation answers. */
export interface Answers {
  readonly write: undefined;
  readonly marks: StoredMark[];
  readonly clear: undefined;
  readonly search: SearchPage;
  readonly suggest: SearchDocument[];
  readonly get: (SearchDocument | undefined)[];
  readonly close: undefined;
}

export interface ToWorker {
  readonly id: number;
  readonly operation: Operation;
}

/** Errors lose their class on the way: what is needed to build the same one again. */
export type WorkerFailure =
  | { readonly kind: 'mark-conflict'; readonly message: string }
  | { readonly kind: 'invalid'; readonly field: string; readonly expected: string }
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly message: string };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly failure: WorkerFailure };
