import type { ErrorKind } from '../runtime/errors.ts';
import { isParvisError } from '../runtime/errors.ts';

/** Failures that pass by themselves: the lane waits and tries again. Anything else fails again with the same event. */
const TRANSIENT_KINDS: ReadonlySet<ErrorKind> = new Set(['unavailable', 'deadline', 'storage-full', 'too-many-requests']);
const TRANSIENT_CODES: ReadonlySet<string> = new Set(['mark-conflict', 'version-conflict']);

export const isTransient = (error: unknown): boolean =>
  isParvisError(error) && (TRANSIENT_KINDS.has(error.kind) || TRANSIENT_CODES.has(error.code));

/** Longest reason kept of a failure. */
const REASON_LENGTH = 300;

/** What is told of a failure: its name, code and message; messages of this code base hold no personal text. */
export const reasonOf = (error: unknown): string => {
  const text = isParvisError(error) ? `${error.code}: ${error.message}` : String(error);
  return text.slice(0, REASON_LENGTH);
};
