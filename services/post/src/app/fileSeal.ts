/**
 * Files at rest, sealed chunk by chunk so that neither sealing nor opening holds a whole file (the STREAM construction):
 *
 *   version 1 byte (1) | salt 16 | chunk…      chunk = ciphertext of 64 KiB, the last one shorter | tag 16
 *
 * The file's key is HKDF-SHA-256(person's key, salt, `parvis/file/v1`): fresh for every file, so nonces can count. Nonce of
 * a chunk: 7 zero bytes | number, 4 bytes big endian | 1 in the last chunk, else 0. Additional data of each: the file's id.
 * A chunk moved, left out, repeated, cut off or taken from another file does not open. Destroying the person's key makes
 * every copy unreadable, backups included.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { ruleBroken } from '@parvis/kit/runtime/errors.ts';

export const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
const VERSION = 1;
const HEADER_BYTES = 1 + SALT_BYTES;

const deriveKey = (key: Uint8Array, salt: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, salt, `parvis/${purpose}/v1`, 32));

const nonceOf = (nth: number, last: boolean): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(nth, 7);
  nonce[11] = last ? 1 : 0;
  return nonce;
};

const damaged = () => ruleBroken('file.damaged', 'the stored file is not what was written');

/** Pieces of exactly `size` bytes, the last one of 0 to `size`: a last piece is always marked, even of an empty file. */
async function* pieces(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const part of content) {
    waiting.push(part);
    length += part.length;
    if (length <= size) continue;
    const joined = Buffer.concat(waiting);
    let from = 0;
    // Strictly more than a piece must be left: what may be the last one waits for the end.
    for (; joined.length - from > size; from += size) yield { bytes: joined.subarray(from, from + size), last: false };
    waiting = [joined.subarray(from)];
    length = joined.length - from;
  }
  yield { bytes: Buffer.concat(waiting), last: true };
}

/** @param key the person's key, 32 bytes */
export async function* sealFile(content: AsyncIterable<Uint8Array>, key: Uint8Array, fileId: string): AsyncGenerator<Uint8Array> {
  const salt = randomBytes(SALT_BYTES);
  const fileKey = deriveKey(key, salt, 'file');
  yield Buffer.concat([Buffer.of(VERSION), salt]);
  let nth = 0;
  for await (const { bytes, last } of pieces(content, CHUNK_BYTES)) {
    const cipher = createCipheriv('aes-256-gcm', fileKey, nonceOf(nth, last)).setAAD(Buffer.from(fileId));
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    nth += 1;
  }
}

const openChunk = (bytes: Buffer, key: Uint8Array, nonce: Buffer, fileId: string): Uint8Array => {
  if (bytes.length < TAG_BYTES) throw damaged();
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(fileId));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw damaged();
  }
};

/** @throws conflict `file.damaged`, before handing out a byte of the chunk that does not open. */
export async function* openFile(sealed: AsyncIterable<Uint8Array>, key: Uint8Array, fileId: string): AsyncGenerator<Uint8Array> {
  const iterator = sealed[Symbol.asyncIterator]();
  const { header, rest } = await splitHeader(iterator);
  if (header[0] !== VERSION) throw damaged();
  const fileKey = deriveKey(key, header.subarray(1), 'file');
  let nth = 0;
  for await (const { bytes, last } of pieces(rest, CHUNK_BYTES + TAG_BYTES)) {
    yield openChunk(bytes, fileKey, nonceOf(nth, last), fileId);
    nth += 1;
  }
}

const splitHeader = async (iterator: AsyncIterator<Uint8Array>): Promise<{ header: Buffer; rest: AsyncIterable<Uint8Array> }> => {
  let start = Buffer.alloc(0);
  while (start.length < HEADER_BYTES) {
    const next = await iterator.next();
    if (next.done) throw damaged();
    start = Buffer.concat([start, next.value]);
  }
  const rest = async function* () {
    try {
      yield start.subarray(HEADER_BYTES) as Uint8Array;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      // The reader went away early: the store's file is closed now, not when memory is collected.
      await iterator.return?.();
    }
  };
  return { header: start.subarray(0, HEADER_BYTES), rest: rest() };
};

/** Name of a file, for the slip that is kept beside it: iv 12 | ciphertext | tag 16 as base64url. */
export const sealName = (name: string, key: Uint8Array, fileId: string): string => {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(key, Buffer.from(fileId), 'file-name'), iv);
  return Buffer.concat([iv, cipher.update(name, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
};

/** @throws conflict `file.damaged` */
export const openName = (sealed: string, key: Uint8Array, fileId: string): string => {
  const bytes = Buffer.from(sealed, 'base64url');
  const nameKey = deriveKey(key, Buffer.from(fileId), 'file-name');
  const decipher = createDecipheriv('aes-256-gcm', nameKey, bytes.subarray(0, 12), { authTagLength: TAG_BYTES });
  try {
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return decipher.update(bytes.subarray(12, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw damaged();
  }
};
