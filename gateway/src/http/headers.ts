/** Headers of the API, read strictly: a header that can't be meant is an error, never ignored. */

import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { invalid, ParvisError } from '@parvis/kit/runtime/errors.ts';
import { IDEMPOTENCY_KEY_LIMIT, TOKEN_LIMIT, TOKENS_MAX } from '../limits.ts';

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(',') : value);

/** @returns the key, or an empty text when there is none. @throws invalid(Idempotency-Key) */
export const idempotencyKeyOf = (headers: IncomingHttpHeaders): string => {
  const key = single(headers['idempotency-key']);
  if (key === undefined) return '';
  if (key.length < 1 || key.length > IDEMPOTENCY_KEY_LIMIT || !/^[\x21-\x7e]+$/.test(key)) {
    throw invalid('Idempotency-Key', `1 to ${IDEMPOTENCY_KEY_LIMIT} printable characters without spaces`);
  }
  return key;
};

/** Strong tag of a version: what a write answers, and what If-Match takes. */
export const versionTag = (version: number): string => `"v${version}"`;

/**
 * Tag of a representation: the version for If-Match, and a hash, because counts and abilities change without the version.
 */
export const representationTag = (version: number, body: string): string =>
  `"v${version}-${createHash('sha256').update(body).digest('base64url').slice(0, 12)}"`;

const TAG = /^"([^"]*)"$/;

/**
 * @returns the version that If-Match asks for; undefined when absent or `*`.
 * @throws invalid when it is no entity tag; precondition-failed when it can't be one of ours
 */
export const expectedVersionOf = (headers: IncomingHttpHeaders): number | undefined => {
  const value = single(headers['if-match'])?.trim();
  if (value === undefined || value === '*') return undefined;
  const tag = TAG.exec(value);
  if (!tag) throw invalid('If-Match', 'one entity tag in quotes, as an ETag header gave it');
  const version = /^v(\d{1,9})(-[\w-]{1,64})?$/.exec(tag[1] as string);
  if (!version) throw new ParvisError('precondition-failed', 'precondition-failed', 'the entity tag is not one of this item');
  return Number(version[1]);
};

export const refusePrecondition = (headers: IncomingHttpHeaders): void => {
  if (headers['if-match'] !== undefined) throw invalid('If-Match', 'no such header: this operation has no versions');
};

/** True when the client holds this very representation. */
export const isFresh = (headers: IncomingHttpHeaders, tag: string): boolean => {
  const value = single(headers['if-none-match']);
  if (value === undefined) return false;
  return value.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag);
};

/** Read-your-writes tokens the client carries. @throws invalid(parvis-token) */
export const tokensOf = (headers: IncomingHttpHeaders): string[] => {
  const value = single(headers['parvis-token']);
  if (value === undefined || value === '') return [];
  const tokens = value.split(',').map((token) => token.trim());
  const wellFormed = tokens.every((token) => token.length > 0 && token.length <= TOKEN_LIMIT && /^[\w.~+/=-]+$/.test(token));
  if (tokens.length > TOKENS_MAX || !wellFormed) {
    throw invalid('parvis-token', `at most ${TOKENS_MAX} tokens of this network, separated by commas`);
  }
  return tokens;
};

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const NO_TRACE = '0'.repeat(32);

/** The caller's W3C trace context when it is well formed, otherwise one begun here. */
export const traceOf = (headers: IncomingHttpHeaders): { traceparent: string; traceId: string } => {
  const given = single(headers.traceparent) ?? '';
  const match = TRACEPARENT.exec(given);
  if (match && match[1] !== NO_TRACE) return { traceparent: given, traceId: match[1] as string };
  const traceId = randomBytes(16).toString('hex');
  return { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-00`, traceId };
};

/** Cookies of the request by name; the first of a name counts. */
export const cookiesOf = (headers: IncomingHttpHeaders): Map<string, string> => {
  const found = new Map<string, string>();
  for (const pair of (headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, at)).trim();
    if (name === '') continue;
    if (!found.has(name)) found.set(name, pair.slice(at + 1).trim());
  }
  return found;
};
