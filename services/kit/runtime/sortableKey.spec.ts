import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IndexKey, IndexValue } from '../ports/views.ts';
import { decodeKey, encodeKey, encodePrefixEnd } from './sortableKey.ts';

/** The order the port promises, said in the plainest way. */
const compareValues = (one: IndexValue, other: IndexValue): number => {
  if (typeof one === 'number' && typeof other === 'number') return one === other ? 0 : one < other ? -1 : 1;
  if (typeof one === 'number') return -1;
  if (typeof other === 'number') return 1;
  return Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(other)));
};
const compareKeys = (one: IndexKey, other: IndexKey): number => {
  for (let index = 0; index < Math.min(one.length, other.length); index++) {
    const order = compareValues(one[index] as IndexValue, other[index] as IndexValue);
    if (order !== 0) return order;
  }
  return Math.sign(one.length - other.length);
};

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('\u0000', '\u0001', 'a', 'ÿ', '😀'), maxLength: 5 }),
);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
    Number.MAX_SAFE_INTEGER,
    -Number.MAX_SAFE_INTEGER,
    255,
    256,
  ),
);
const key = fc.array(fc.oneof(number, text), { maxLength: 4 });

describe('sortable keys', () => {
  it('sort as bytes as the keys do', () => {
    fc.assert(
      fc.property(key, key, (one, other) => Math.sign(Buffer.compare(encodeKey(one), encodeKey(other))) === compareKeys(one, other)),
      { numRuns: 3000 },
    );
  });

  it('sort like their neighbours that share a beginning', () => {
    fc.assert(
      fc.property(key, key, key, (start, one, other) => {
        const [left, right] = [
          [...start, ...one],
          [...start, ...other],
        ];
        return Math.sign(Buffer.compare(encodeKey(left), encodeKey(right))) === compareKeys(left, right);
      }),
      { numRuns: 2000 },
    );
  });

  it('come back from their bytes', () => {
    fc.assert(
      fc.property(key, (values) => {
        const plain = values.map((value) => (value === 0 ? 0 : value));
        expect(decodeKey(encodeKey(values))).toEqual(plain);
      }),
    );
  });

  it('lie within the range of each of their prefixes, and no other key does', () => {
    fc.assert(
      fc.property(key, key, (prefix, values) => {
        const bytes = encodeKey(values);
        const within = Buffer.compare(bytes, encodeKey(prefix)) >= 0 && Buffer.compare(bytes, encodePrefixEnd(prefix)) < 0;
        const begins =
          prefix.length <= values.length && prefix.every((value, index) => compareValues(value, values[index] as IndexValue) === 0);
        return within === begins;
      }),
      { numRuns: 3000 },
    );
  });

  it('refuse what has no place in the order', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(() => encodeKey([value])).toThrow('indexKey');
  });

  it('take strings longer than their buffer', () => {
    const long = 'é'.repeat(50_000);
    expect(decodeKey(encodeKey([long, `${long}\u0000`, 3]))).toEqual([long, `${long}\u0000`, 3]);
  });
});
