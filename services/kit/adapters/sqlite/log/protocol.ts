/** What the log and its worker thread say to each other. Plain data: it is cloned from thread to thread. */
import type { Expected, NewEvent } from '../../../ports/eventLog.ts';

export interface AppendRequest {
  readonly lane: number;
  readonly writes: readonly { readonly stream: string; readonly expected: Expected; readonly events: readonly NewEvent[] }[];
  readonly commandId: string;
  readonly requestHash: string;
  readonly actor: string;
  readonly traceparent: string;
}

export interface CommitRequest {
  readonly kind: 'commit';
  readonly id: number;
  /** The clock of the log, milliseconds since the epoch; a lane whose last commit is later keeps that date. */
  readonly nowMs: number;
  readonly appends: readonly AppendRequest[];
}

export type ToWorker = CommitRequest | { readonly kind: 'close' };

/** What became of one append of a commit. Versions are of the streams written. */
export type AppendOutcome =
  | {
      readonly kind: 'appended' | 'duplicate';
      readonly versions: Readonly<Record<string, number>>;
      readonly position: number;
      readonly atMs: number;
    }
  | { readonly kind: 'conflict'; readonly stream: string; readonly expected: string; readonly actual: number }
  | { readonly kind: 'mismatch' };

/**
 * Why nothing of a commit was stored. `full`: no space, or the disk refused to write. `unknown`: the disk did not
 * confirm, so that a crash right now might still bring the commit back. `failed`: a bug.
 */
export type CommitFailure = 'full' | 'unknown' | 'failed';

export type FromWorker =
  | { readonly kind: 'ready'; readonly heads: readonly number[] }
  | { readonly kind: 'committed'; readonly id: number; readonly outcomes: readonly AppendOutcome[]; readonly heads: readonly number[] }
  | { readonly kind: 'refused'; readonly id: number; readonly failure: CommitFailure; readonly message: string }
  /** `problem` is empty unless the write-ahead log could not be moved into the file. */
  | { readonly kind: 'closed'; readonly problem: string };

export interface WorkerSettings {
  /** Absolute path of log.db. */
  readonly file: string;
}
