import { describe, expect, it } from '@jest/globals';
import { type ErrorKind, invalid, ParvisError, storageFull } from '@parvis/kit/runtime/errors.ts';
import { z } from 'zod';
import { invalidInput, methodNotAllowed, problemOf, STATUS_OF_KIND } from './problem.ts';

const STATUSES: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-type': 415,
  unprocessable: 422,
  'too-many-requests': 429,
  unavailable: 503,
  deadline: 504,
  'storage-full': 507,
};

describe('problems', () => {
  it.each(Object.entries(STATUSES))('answer %s by %d', (kind, status) => {
    expect(STATUS_OF_KIND[kind as ErrorKind].status).toBe(status);
    expect(problemOf(new ParvisError(kind as ErrorKind, 'a.code', 'detail'), 'trace')).toMatchObject({
      type: 'urn:parvis:problem:a.code',
      status,
      code: 'a.code',
      traceId: 'trace',
    });
  });

  it('tell nothing of what was not expected', () => {
    for (const error of [new Error('secret'), 'secret', { message: 'secret' }, new TypeError('secret'), null]) {
      const text = JSON.stringify(problemOf(error, 't'));
      expect(text).toMatch('"status":500');
      expect(text).not.toMatch('secret');
    }
    expect(JSON.stringify(problemOf(storageFull(new Error('secret')), 't'))).not.toMatch('secret');
  });

  it('know one name for every cursor', () => {
    expect(problemOf(invalid('feed-cursor', 'a value this network handed out'), 't')).toMatchObject({
      detail: 'cursor: expected a value this network handed out',
      fields: [{ field: 'cursor' }],
    });
  });

  it('name the methods that are there', () => {
    expect(problemOf(methodNotAllowed(['GET', 'HEAD']), 't')).toMatchObject({ status: 405, detail: 'allowed here: GET, HEAD' });
  });
});

describe('bad input', () => {
  const schema = z.strictObject({
    text: z.string().min(2).max(3),
    count: z.number().int().max(5),
    kind: z.enum(['a', 'b']),
    list: z.array(z.string().regex(/^x$/, 'an x')).max(1),
    at: z.iso.datetime(),
    inner: z.strictObject({ deep: z.boolean() }),
  });
  const fieldsOf = (value: unknown) => {
    const result = schema.safeParse(value);
    if (result.success) throw new Error('expected a refusal');
    return Object.fromEntries(invalidInput('body', result.error).fields.map(({ field, expected }) => [field, expected]));
  };

  it('names each field and what was expected, never what was sent', () => {
    const bad = {
      text: 'secret',
      count: 1.5,
      kind: 'secret',
      list: ['secret', 'x'],
      at: 'secret',
      inner: { deep: 1, more: 'secret' },
      other: 1,
    };
    const fields = fieldsOf(bad);
    expect(fields).toEqual({
      text: 'at most 3 characters',
      count: 'a whole number',
      kind: 'one of a, b',
      list: 'at most 1 items',
      at: 'a time like 2026-01-31T09:00:00Z',
      'inner.deep': 'a boolean',
      'inner.more': 'no such field',
      other: 'no such field',
    });
    expect(fieldsOf({ ...bad, list: ['secret'] })).toMatchObject({ 'list.0': 'an x' });
    expect(fieldsOf([])).toEqual({ body: 'an object' });
    expect(fieldsOf({})).toMatchObject({ text: 'a string', count: 'a number', list: 'an array', inner: 'an object' });
  });

  it('is a 404 when the address itself names nothing', () => {
    const result = schema.safeParse({});
    if (result.success) throw new Error('expected a refusal');
    expect(invalidInput('params', result.error).kind).toBe('not-found');
  });
});
