/**
 * Expected failures, with a stable `code` that clients may rely on. Each transport maps the `kind` to a status in one
 * table (gateway/src/problem.ts, kit/runtime/grpcStatus.ts); a bug is anything that is not a ParvisError.
 */

export type ErrorKind =
  /** The request is not understood; details name the fields. 400 */
  | 'invalid'
  /** Nobody, or nobody known, is asking. 401 */
  | 'unauthenticated'
  /** The viewer may know of it but not do this. 403 */
  | 'forbidden'
  /** It is not there, or the viewer may not know of it: the two are told alike. 404 */
  | 'not-found'
  /** A rule of the domain or another writer stands against it. 409 */
  | 'conflict'
  /** If-Match does not hold. 412 */
  | 'precondition-failed'
  /** 413 */
  | 'too-large'
  /** 415 */
  | 'unsupported-type'
  /** The idempotency key was used with another request. 422 */
  | 'unprocessable'
  /** 429 */
  | 'too-many-requests'
  /** Try again later. 503 */
  | 'unavailable'
  /** The caller's deadline passed. 504 */
  | 'deadline'
  /** No space left. 507 */
  | 'storage-full';

/** What was wrong with one field, and what was expected there. */
export interface FieldProblem {
  /** Path of the field, e.g. `body` or `groupIds.0`. */
  readonly field: string;
  readonly expected: string;
}

export class ParvisError extends Error {
  readonly kind: ErrorKind;
  /** Stable, kebab case, dotted by area, e.g. `group.last-owner`. */
  readonly code: string;
  readonly fields: readonly FieldProblem[];

  constructor(kind: ErrorKind, code: string, message: string, fields: readonly FieldProblem[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ParvisError';
    this.kind = kind;
    this.code = code;
    this.fields = fields;
  }
}

export const isParvisError = (error: unknown, code?: string): error is ParvisError =>
  error instanceof ParvisError && (code === undefined || error.code === code);

export const invalid = (field: string, expected: string): ParvisError =>
  new ParvisError('invalid', 'invalid', `${field}: expected ${expected}`, [{ field, expected }]);
export const notFound = (what: string): ParvisError => new ParvisError('not-found', 'not-found', `${what} not found`);
export const forbidden = (code: string, message: string): ParvisError => new ParvisError('forbidden', code, message);
/** A rule of the domain is broken; the code names the rule, e.g. `group.last-owner`. */
export const ruleBroken = (code: string, message: string): ParvisError => new ParvisError('conflict', code, message);
export const unauthenticated = (code: string, message: string): ParvisError => new ParvisError('unauthenticated', code, message);
export const unavailable = (code: string, message: string): ParvisError => new ParvisError('unavailable', code, message);

/** A stream is not at the version the writer expected. */
export const versionConflict = (stream: string, expected: string, actual: number): ParvisError =>
  new ParvisError('conflict', 'version-conflict', `${stream}: expected ${expected}, is at version ${actual}`);
export const preconditionFailed = (actual: number): ParvisError =>
  new ParvisError('precondition-failed', 'precondition-failed', `the item is at version ${actual} now`);
export const idempotencyMismatch = (): ParvisError =>
  new ParvisError('unprocessable', 'idempotency-mismatch', 'this idempotency key was used with another request');
export const storageFull = (cause?: unknown): ParvisError =>
  new ParvisError('storage-full', 'storage-full', 'no space left to store this; nothing was changed', [], cause);
/** The store did not say whether the append happened; it is being settled. */
export const outcomeUnknown = (): ParvisError =>
  new ParvisError('unavailable', 'outcome-unknown', 'it is not known yet whether this was stored; repeat it with the same key');
export const rootMismatch = (streams: readonly string[]): ParvisError =>
  new ParvisError('invalid', 'root-mismatch', `streams of one append share a root, these do not: ${streams.join(', ')}`);
export const commitTooLarge = (what: string): ParvisError =>
  new ParvisError('too-large', 'commit-too-large', `one append holds at most ${what}`);
/** Another consumer moved the mark: this one lost its batch. */
export const markConflict = (source: string, lane: number): ParvisError =>
  new ParvisError('conflict', 'mark-conflict', `the mark of ${source} lane ${lane} was moved by another consumer`);
export const keyDestroyed = (personId: string): ParvisError =>
  new ParvisError('conflict', 'key-destroyed', `the keys of person ${personId} were destroyed`);
export const deadlineExceeded = (): ParvisError =>
  new ParvisError('deadline', 'deadline-exceeded', 'the deadline passed before the answer was there');
