import type { IndexKey, IndexValue } from '../ports/views.ts';
import { invalid } from './errors.ts';

/**
 * Index keys as bytes whose order (memcmp) is the order of the keys: element by element, numbers before strings,
 * strings by UTF-8 bytes, a shorter key before the longer one that begins with it.
 *
 * number: 0x10, then the IEEE 754 double, big endian, sign bit flipped (all bits when negative).
 * string: 0x20, then its UTF-8 bytes with 0x00 written as 0x00 0xff, then 0x00. The byte after that terminator is a tag
 * or nothing, always below 0xff, so a terminator sorts before an escaped zero.
 */
const NUMBER = 0x10;
const TEXT = 0x20;
/** Above every tag: closes the range of keys that begin with a prefix. */
const AFTER_TAGS = 0xff;

let scratch = Buffer.allocUnsafe(1024);

const reserve = (length: number): void => {
  if (scratch.length >= length) return;
  const larger = Buffer.allocUnsafe(Math.max(length, scratch.length * 2));
  scratch.copy(larger);
  scratch = larger;
};

const writeNumber = (value: number, at: number): number => {
  if (!Number.isFinite(value)) throw invalid('indexKey', 'finite numbers and strings');
  reserve(at + 9);
  scratch[at] = NUMBER;
  scratch.writeDoubleBE(value === 0 ? 0 : value, at + 1);
  const first = scratch[at + 1] as number;
  if (first < 0x80) {
    scratch[at + 1] = first ^ 0x80;
  } else {
    for (let index = at + 1; index < at + 9; index++) scratch[index] = (scratch[index] as number) ^ 0xff;
  }
  return at + 9;
};

const writeText = (value: string, at: number): number => {
  reserve(at + 2 + value.length * 3);
  scratch[at] = TEXT;
  if (!value.includes('\u0000')) {
    const end = at + 1 + scratch.write(value, at + 1, 'utf8');
    scratch[end] = 0;
    return end + 1;
  }
  const bytes = Buffer.from(value, 'utf8');
  reserve(at + 2 + bytes.length * 2);
  let end = at + 1;
  for (const byte of bytes) {
    scratch[end++] = byte;
    if (byte === 0) scratch[end++] = 0xff;
  }
  scratch[end] = 0;
  return end + 1;
};

const writeKey = (key: IndexKey): number => {
  let end = 0;
  for (const value of key) end = typeof value === 'number' ? writeNumber(value, end) : writeText(value, end);
  return end;
};

/** @throws invalid for NaN and infinities. */
export const encodeKey = (key: IndexKey): Buffer => {
  // First written, then looked at: writing may have moved to a larger buffer.
  const end = writeKey(key);
  return Buffer.from(scratch.subarray(0, end));
};

/** The smallest bytes above every key that begins with the prefix (exclusive end of the range). */
export const encodePrefixEnd = (prefix: IndexKey): Buffer => {
  const end = writeKey(prefix);
  reserve(end + 1);
  scratch[end] = AFTER_TAGS;
  return Buffer.from(scratch.subarray(0, end + 1));
};

const readNumber = (bytes: Buffer, at: number): number => {
  const copy = Buffer.from(bytes.subarray(at, at + 8));
  const first = copy[0] as number;
  if (first >= 0x80) {
    copy[0] = first ^ 0x80;
  } else {
    for (let index = 0; index < 8; index++) copy[index] = (copy[index] as number) ^ 0xff;
  }
  return copy.readDoubleBE(0);
};

const readText = (bytes: Buffer, at: number): { value: string; end: number } => {
  const plain: number[] = [];
  let index = at;
  for (;;) {
    const byte = bytes[index];
    if (byte === undefined) throw invalid('indexKey', 'whole bytes of a key');
    if (byte === 0) {
      if (bytes[index + 1] !== 0xff) break;
      index += 1;
    }
    plain.push(byte);
    index += 1;
  }
  return { value: Buffer.from(plain).toString('utf8'), end: index + 1 };
};

/** The key that `encodeKey` made these bytes of. */
export const decodeKey = (encoded: Uint8Array): IndexKey => {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const key: IndexValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] === NUMBER) {
      key.push(readNumber(bytes, at + 1));
      at += 9;
    } else {
      const text = readText(bytes, at + 1);
      key.push(text.value);
      at = text.end;
    }
  }
  return key;
};
