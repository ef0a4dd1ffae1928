import { describe, expect, it } from '@jest/globals';
import { IDEMPOTENCY_KEY_LIMIT, TOKEN_LIMIT, TOKENS_MAX } from '../limits.ts';
import { cookiesOf, expectedVersionOf, idempotencyKeyOf, isFresh, representationTag, tokensOf, traceOf, versionTag } from './headers.ts';

describe('entity tags', () => {
  it('name a version, and for a representation what it shows', () => {
    expect(versionTag(3)).toBe('"v3"');
    const [one, other] = [representationTag(3, 'a'), representationTag(3, 'b')];
    expect(one).not.toBe(other);
    for (const tag of ['"v3"', one, other]) expect(expectedVersionOf({ 'if-match': tag })).toBe(3);
  });

  it('are read strictly', () => {
    expect(expectedVersionOf({})).toBeUndefined();
    expect(expectedVersionOf({ 'if-match': '*' })).toBeUndefined();
    for (const value of ['v3', '', 'W/"v3"', '"v1", "v2"', '"']) expect(() => expectedVersionOf({ 'if-match': value })).toThrow(/If-Match/);
    for (const value of ['"x"', '"v"', '"v-1"', '"v1e3"', '""', '"v9999999999"']) {
      expect(() => expectedVersionOf({ 'if-match': value })).toThrow(expect.objectContaining({ kind: 'precondition-failed' }));
    }
  });

  it('compare weakly for If-None-Match', () => {
    const tag = representationTag(1, 'a');
    for (const value of [tag, `W/${tag}`, `"x", ${tag}`]) expect(isFresh({ 'if-none-match': value }, tag)).toBe(true);
    for (const value of ['"v1"', '"x"', undefined]) expect(isFresh(value === undefined ? {} : { 'if-none-match': value }, tag)).toBe(false);
  });
});

describe('keys and tokens', () => {
  it('have limits', () => {
    const longest = 'k'.repeat(IDEMPOTENCY_KEY_LIMIT);
    expect(idempotencyKeyOf({})).toBe('');
    expect(idempotencyKeyOf({ 'idempotency-key': longest })).toBe(longest);
    for (const key of ['', `${longest}k`, 'a b', 'é', 'a\tb']) expect(() => idempotencyKeyOf({ 'idempotency-key': key })).toThrow();
    const tokens = Array<string>(TOKENS_MAX).fill('t'.repeat(TOKEN_LIMIT));
    expect(tokensOf({ 'parvis-token': tokens.join(', ') })).toEqual(tokens);
    expect(tokensOf({ 'parvis-token': '' })).toEqual([]);
    for (const value of [[...tokens, 't'].join(','), 't'.repeat(TOKEN_LIMIT + 1), 'a,,b', 'a b', 'a;b']) {
      expect(() => tokensOf({ 'parvis-token': value })).toThrow(/parvis-token/);
    }
  });
});

describe('traces', () => {
  it('go on when well formed, and begin here otherwise', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect(traceOf({ traceparent })).toEqual({ traceparent, traceId: 'a'.repeat(32) });
    for (const value of ['', 'x', `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`, `${traceparent}\r\nx: y`]) {
      const begun = traceOf({ traceparent: value });
      expect(begun.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      expect(begun.traceparent).toMatch(begun.traceId);
    }
  });
});

describe('cookies', () => {
  it('are read by name, the first of a name counts', () => {
    expect([...cookiesOf({ cookie: 'a=1; b = 2=3 ;a=4; =5; c' })]).toEqual([
      ['a', '1'],
      ['b', '2=3'],
    ]);
    expect(cookiesOf({}).size).toBe(0);
  });
});
