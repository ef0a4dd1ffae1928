/** One file of a multipart body as a stream of chunks: nothing is kept, a slow service slows the client. */

import type { Readable } from 'node:stream';
import { invalid, ParvisError } from '@parvis/kit/runtime/errors.ts';
import busboy from 'busboy';
import type { Request } from 'express';
import { UPLOAD_CHUNK_BYTES, UPLOAD_LIMIT_BYTES } from '../limits.ts';

export interface UploadedFile {
  /** As the client named it, without folders. */
  readonly name: string;
  /** @throws too-large past UPLOAD_LIMIT_BYTES; invalid when the body breaks off */
  readonly chunks: AsyncIterable<Uint8Array>;
}

const NAME_LIMIT = 255;

const tooLarge = (): ParvisError => new ParvisError('too-large', 'file-too-large', `a file has at most ${UPLOAD_LIMIT_BYTES} bytes`);
const brokenOff = (): ParvisError => invalid('file', 'a whole multipart body with one file part');

const cleanName = (given: string | undefined): string => {
  // Browsers write a quote in a file name as %22 (HTML, multipart/form-data); marks that turn text around hide endings.
  const name = (given ?? '')
    .replaceAll('%22', '"')
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\p{Bidi_C}/\\]/gu, '')
    .trim();
  if (name === '' || name.length > NAME_LIMIT) throw invalid('file', `a file name of 1 to ${NAME_LIMIT} characters`);
  return name;
};

async function* chunksOf(file: Readable & { truncated?: boolean }): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += UPLOAD_CHUNK_BYTES) yield chunk.subarray(at, at + UPLOAD_CHUNK_BYTES);
    }
  } catch {
    throw brokenOff();
  }
  if (file.truncated === true) throw tooLarge();
}

const parserFor = (request: Request): busboy.Busboy => {
  // busboy cuts a file that reaches its limit: one byte more, and what is cut is too large.
  const limits = { files: 1, fields: 0, parts: 1, fileSize: UPLOAD_LIMIT_BYTES + 1, headerPairs: 20 };
  try {
    return busboy({ headers: request.headers, limits, defParamCharset: 'utf8' });
  } catch {
    throw new ParvisError('unsupported-type', 'unsupported-type', 'send multipart/form-data with one file part');
  }
};

/**
 * The first file part of the request. Its chunks must be read; the request is drained when they are not.
 * @throws unsupported-type, too-large, invalid(file)
 */
export const uploadedFile = (request: Request): Promise<UploadedFile> =>
  new Promise((resolve, reject) => {
    const declared = Number(request.headers['content-length'] ?? 0);
    // Room for the multipart frame around the file.
    if (declared > UPLOAD_LIMIT_BYTES + 16_384) {
      reject(tooLarge());
      return;
    }
    const parser = parserFor(request);
    let found: Readable | undefined;
    parser.on('file', (_field, file, info) => {
      found = file;
      file.on('error', () => file.destroy());
      try {
        resolve({ name: cleanName(info.filename), chunks: chunksOf(file) });
      } catch (error) {
        file.resume();
        reject(error as Error);
      }
    });
    const fail = (): void => {
      found?.destroy(brokenOff());
      reject(brokenOff());
    };
    parser.on('error', fail);
    parser.on('close', () => {
      if (!found) reject(brokenOff());
    });
    // A client that goes away mid-body: the parser would wait for ever.
    request.on('aborted', fail);
    request.on('error', fail);
    request.pipe(parser);
  });
