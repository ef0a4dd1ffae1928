/** Errors as problem documents (RFC 9457), and the one table from kinds of errors to statuses. */
import { type ErrorKind, type FieldProblem, isParvisError, ParvisError } from '@parvis/kit/runtime/errors.ts';
import type { Response } from 'express';
import type { z } from 'zod';

interface StatusLine {
  readonly status: number;
  readonly title: string;
}

export const STATUS_OF_KIND: Readonly<Record<ErrorKind, StatusLine>> = {
  invalid: { status: 400, title: 'The request is not understood' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'This is not yours to do' },
  'not-found': { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'A rule or another change stands against it' },
  'precondition-failed': { status: 412, title: 'It was changed meanwhile' },
  'too-large': { status: 413, title: 'Too large' },
  'unsupported-type': { status: 415, title: 'This type is not accepted' },
  unprocessable: { status: 422, title: 'This idempotency key was used with another request' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'Try again in a moment' },
  deadline: { status: 504, title: 'The answer took too long' },
  'storage-full': { status: 507, title: 'No space left' },
};

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fields: readonly FieldProblem[];
  readonly traceId: string;
}

/** An error of HTTP itself that no service knows. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, title: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'HttpProblem';
    this.status = status;
    this.code = code;
    this.title = title;
    this.headers = headers;
  }
}

export const methodNotAllowed = (allow: readonly string[]): HttpProblem =>
  new HttpProblem(405, 'method-not-allowed', 'This address has other methods', `allowed here: ${allow.join(', ')}`, {
    Allow: allow.join(', '),
  });
export const routeNotFound = (): HttpProblem =>
  new HttpProblem(404, 'not-found', STATUS_OF_KIND['not-found'].title, 'no such address; see /api/v1/openapi.json');

const problemType = (code: string): string => `urn:parvis:problem:${code}`;

/** Cursors are sealed per list; clients know one name. */
const publicField = (field: FieldProblem): FieldProblem =>
  /cursor/i.test(field.field) && field.field !== 'cursor' ? { field: 'cursor', expected: field.expected } : field;

const fromParvisError = (error: ParvisError, traceId: string): Problem => {
  const line = STATUS_OF_KIND[error.kind];
  const fields = error.fields.map(publicField);
  // A message that names a field names it as clients do.
  const detail = error.fields.reduce((text, { field }, index) => text.replace(field, fields[index]?.field ?? field), error.message);
  return { type: problemType(error.code), ...line, code: error.code, detail, fields, traceId };
};

/** What body-parser and the router throw: an Error with `status` and sometimes `type`. */
const fromHttpError = (error: unknown): ParvisError | HttpProblem | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') return new ParvisError('too-large', 'body-too-large', 'the body is larger than this address takes');
  if (type === 'entity.parse.failed') {
    return new ParvisError('invalid', 'invalid', 'the body is not JSON', [{ field: 'body', expected: 'a JSON object' }]);
  }
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new ParvisError('unsupported-type', 'unsupported-type', 'send UTF-8, plain, gzip, deflate or br');
  }
  if (status === 400)
    return new ParvisError('invalid', 'invalid', 'the request is malformed', [{ field: 'request', expected: 'well-formed HTTP' }]);
  return undefined;
};

/** @returns the problem document of any error; one that is not expected tells nothing of its cause. */
export const problemOf = (error: unknown, traceId: string): Problem => {
  const known = isParvisError(error) || error instanceof HttpProblem ? error : fromHttpError(error);
  if (known instanceof HttpProblem) {
    const { status, code, title, message } = known;
    return { type: problemType(code), title, status, code, detail: message, fields: [], traceId };
  }
  if (known) return fromParvisError(known, traceId);
  return {
    type: problemType('internal'),
    title: 'Something went wrong here',
    status: 500,
    code: 'internal',
    detail: 'the fault is on this side and was recorded; quote the traceId',
    fields: [],
    traceId,
  };
};

export const sendProblem = (response: Response, problem: Problem, headers: Readonly<Record<string, string>> = {}): void => {
  if (response.headersSent) {
    // Half an answer is out: only a broken connection tells the client that it is not whole.
    response.destroy();
    return;
  }
  for (const name of ['ETag', 'Content-Disposition', 'Content-Length', 'Content-Type', 'Location']) response.removeHeader(name);
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="parvis"');
  if (problem.status === 503) response.setHeader('Retry-After', '1');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
};

const articleFor = (type: string): string => (type === 'int' ? 'a whole number' : /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`);

const bound = (issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall, words: string, limit: unknown): string => {
  if (issue.origin === 'string') return `${words} ${limit} characters`;
  if (issue.origin === 'array') return `${words} ${limit} items`;
  return `${words} ${limit}`;
};

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'a time like 2026-01-31T09:00:00Z',
  email: 'an e-mail address',
  regex: 'another form',
};

/** What was expected, in words that never repeat what was sent. */
const expectedOf = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return articleFor(issue.expected);
    case 'too_big':
      return bound(issue, 'at most', issue.maximum);
    case 'too_small':
      return bound(issue, 'at least', issue.minimum);
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      // A pattern of ours carries its own words as the message.
      return issue.message.startsWith('Invalid') ? (FORMATS[issue.format] ?? issue.format) : issue.message;
    case 'custom':
      return issue.message;
    default:
      return 'another value';
  }
};

const fieldsOfIssue = (part: string, issue: z.core.$ZodIssue): FieldProblem[] => {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [path, key].filter(Boolean).join('.').slice(0, 200), expected: 'no such field' }));
  }
  return [{ field: path === '' ? part : path, expected: expectedOf(issue) }];
};

/** @param part body, query or params: the field named when the whole is wrong */
export const invalidInput = (part: string, error: z.ZodError): ParvisError => {
  const fields = error.issues.flatMap((issue) => fieldsOfIssue(part, issue)).slice(0, 50);
  const detail = fields.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ');
  // An id of no possible form is an unknown id, told like every other unknown one.
  if (part === 'params') return new ParvisError('not-found', 'not-found', 'not found', fields);
  return new ParvisError('invalid', 'invalid', detail, fields);
};
