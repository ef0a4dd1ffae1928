import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DownloadFileResponse, UploadFileRequest } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { Response } from 'express';
import { z } from 'zod';
import { present } from '../http/commands.ts';
import { type Operation, operation, rawOperation } from '../http/operation.ts';
import { type UploadedFile, uploadedFile } from '../http/upload.ts';
import { TRANSFER_TIMEOUT_MS } from '../limits.ts';
import { cardsOf, degradation } from '../present/hydrate.ts';
import { presentFile } from '../present/posts.ts';
import { orNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { File, FilePage } from '../schemas/posts.ts';

const described = { tag: 'files', auth: 'person' } as const;

/** Types that a browser shows without ever running anything in them. Everything else is a download. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);
const MEDIA_TYPE = /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/;

async function* uploadMessages(file: UploadedFile, purpose: string, idempotencyKey: string): AsyncGenerator<UploadFileRequest, void> {
  yield { name: file.name, purpose, idempotencyKey, chunk: Buffer.alloc(0) };
  for await (const chunk of file.chunks) yield { name: '', purpose: '', idempotencyKey: '', chunk: Buffer.from(chunk) };
}

/** RFC 6266 with an ASCII fallback; quotes and controls can't leave the header. */
export const disposition = (kind: 'inline' | 'attachment', name: string): string => {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
};

const setFileHeaders = (response: Response, file: { name: string; mediaType: string; sizeBytes: number }): void => {
  const mediaType = MEDIA_TYPE.test(file.mediaType) ? file.mediaType : 'application/octet-stream';
  response.setHeader('Content-Type', mediaType);
  response.setHeader('Content-Length', String(file.sizeBytes));
  response.setHeader('Content-Disposition', disposition(SHOWN.has(mediaType) ? 'inline' : 'attachment', file.name));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // Whatever the file holds, it runs nothing, loads nothing and is of no origin.
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
};

async function* bytesOf(first: DownloadFileResponse, rest: AsyncIterator<DownloadFileResponse>): AsyncGenerator<Uint8Array, void> {
  try {
    if (first.chunk.length > 0) yield first.chunk;
    for (let step = await rest.next(); !step.done; step = await rest.next()) yield step.value.chunk;
  } finally {
    await rest.return?.();
  }
}

export const files: readonly Operation[] = [
  rawOperation({
    ...described,
    operationId: 'uploadFile',
    method: 'POST',
    path: '/files',
    summary: 'Upload one file, to be attached to a post or comment, or used as a photo, image or logo',
    rateClass: 'upload',
    idempotent: true,
    timeoutMs: TRANSFER_TIMEOUT_MS,
    query: z.strictObject({ purpose: z.enum(['attachment', 'photo', 'image', 'logo']).default('attachment') }),
    requestType: 'multipart/form-data',
    responseType: 'application/json',
    responseSchema: File,
    status: 201,
    async respond(call, { query }, request, response) {
      const upload = await uploadedFile(request);
      const messages = uploadMessages(upload, query.purpose, call.precondition.idempotencyKey);
      const answer = await call.clients.post.uploadFile(messages, call.context());
      const file = present(answer.file, 'the file');
      const body = presentFile(file, await cardsOf(call, [file.authorId]));
      response.setHeader('Location', `/api/v1/files/${file.id}`);
      response.status(201).json(body);
    },
  }),
  rawOperation({
    ...described,
    operationId: 'downloadFile',
    method: 'GET',
    path: '/files/{fileId}',
    summary: 'The content of a file',
    rateClass: 'read',
    timeoutMs: TRANSFER_TIMEOUT_MS,
    params: z.strictObject({ fileId: common.fileId }),
    responseType: 'application/octet-stream',
    async respond(call, { params: { fileId } }, request, response) {
      const messages = call.clients.post.downloadFile({ fileId }, call.context())[Symbol.asyncIterator]();
      const first = await messages.next();
      const message = present(first.done ? undefined : first.value, 'the file');
      setFileHeaders(response, present(message.file, 'the file'));
      if (request.method === 'HEAD') {
        await messages.return?.();
        response.end();
        return;
      }
      await pipeline(Readable.from(bytesOf(message, messages), { objectMode: false }), response);
    },
  }),
  operation({
    ...described,
    operationId: 'listGroupFiles',
    method: 'GET',
    path: '/groups/{groupId}/files',
    summary: 'Files of the posts and comments of a group, newest first',
    rateClass: 'read',
    params: z.strictObject({ groupId: common.groupId }),
    query: z.strictObject(common.page),
    response: FilePage,
    async handler(call, { params: { groupId }, query }) {
      const answer = await call.clients.post.listFiles({ groupId, ...query }, call.context());
      const cards = await cardsOf(
        call,
        answer.files.map(({ authorId }) => authorId),
      );
      const items = answer.files.map((file) => presentFile(file, cards));
      return { body: { items, nextCursor: orNull(answer.nextCursor), ...degradation(call) } };
    },
  }),
];
