/** Takes a file in: streamed, capped, typed by its content, sealed before it reaches any store. */
import { createHash, type Hash } from 'node:crypto';
import type { File, UploadFileRequest } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { CommandMeta } from '@parvis/kit/eventing/command.ts';
import type { KeyKind } from '@parvis/kit/ports/keyVault.ts';
import { forbidden, idempotencyMismatch, invalid, ParvisError } from '@parvis/kit/runtime/errors.ts';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import { openName, sealFile, sealName } from './fileSeal.ts';
import { type FileSlip, PURPOSES, type Purpose } from './fileSlips.ts';
import { mediaTypeOf, SAMPLE_BYTES, SHOWN_IN_PLACE } from './fileTypes.ts';
import { personKey } from './personKey.ts';
import type { PostApp } from './postApp.ts';

export const FILE_BYTES_LIMIT = 25 * 1024 * 1024;
export const FILE_NAME_LIMIT = 255;

/** Control characters, and marks that turn the reading direction and make `gpj.exe` look like `exe.jpg`. */
const MISLEADING = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** The last part of whatever path the client sent. @throws invalid `name` */
const nameOf = (text: string): string => {
  const name = text.normalize('NFC').split(/[/\\]/).at(-1)?.trim() ?? '';
  const dots = /^\.+$/.test(name);
  if (!name.isWellFormed() || name === '' || dots || name.length > FILE_NAME_LIMIT || MISLEADING.test(name)) {
    throw invalid('name', `the name of a file, 1 to ${FILE_NAME_LIMIT} characters`);
  }
  return name;
};

const purposeOf = (text: string): Purpose => {
  const purpose = PURPOSES.find((known) => known === text);
  if (!purpose) throw invalid('purpose', `one of ${PURPOSES.join(', ')}`);
  return purpose;
};

const tooLarge = () => new ParvisError('too-large', 'file.too-large', `a file is at most ${FILE_BYTES_LIMIT} bytes`);

interface Measured {
  sizeBytes: number;
  readonly hash: Hash;
}

/** The bytes of the messages, counted and hashed on their way. @throws too-large at the first byte beyond the cap */
async function* bytesOf(first: UploadFileRequest, rest: AsyncIterator<UploadFileRequest>, measured: Measured): AsyncGenerator<Uint8Array> {
  for (let message = first; ; ) {
    measured.sizeBytes += message.chunk.length;
    if (measured.sizeBytes > FILE_BYTES_LIMIT) throw tooLarge();
    measured.hash.update(message.chunk);
    if (message.chunk.length > 0) yield message.chunk;
    const next = await rest.next();
    if (next.done) return;
    message = next.value;
  }
}

/** The first bytes, and everything with them in front. */
const sampled = async (content: AsyncGenerator<Uint8Array>): Promise<{ sample: Uint8Array; whole: AsyncIterable<Uint8Array> }> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < SAMPLE_BYTES) {
    const next = await content.next();
    if (next.done) break;
    parts.push(next.value);
    length += next.value.length;
  }
  const whole = async function* () {
    yield* parts;
    yield* content;
  };
  return { sample: Buffer.concat(parts).subarray(0, SAMPLE_BYTES), whole: whole() };
};

const fileOf = (slip: FileSlip, name: string): File => ({
  id: slip.fileId,
  name,
  mediaType: slip.mediaType,
  sizeBytes: slip.sizeBytes,
  postId: '',
  commentId: '',
  authorId: slip.ownerId,
  at: new Date(slip.createdAtMs),
});

interface Upload {
  readonly app: PostApp;
  readonly meta: CommandMeta;
  readonly ownerId: string;
  readonly name: string;
  readonly purpose: Purpose;
  readonly content: AsyncGenerator<Uint8Array>;
  readonly measured: Measured;
}

const requestHashOf = ({ meta, measured }: Upload): string => `${meta.requestHash}.${measured.hash.copy().digest('base64url')}`;

/** The key was used before: the content must be the same, and the answer is. */
const repeated = async (upload: Upload, known: { fileId: string; requestHash: string }): Promise<File> => {
  for await (const _ of upload.content);
  const slip = await upload.app.slips.get(known.fileId);
  if (!slip || requestHashOf(upload) !== known.requestHash) throw idempotencyMismatch();
  const key = await personKey(upload.app.keys, { personId: slip.ownerId, kind: slip.keyKind });
  return fileOf(slip, key ? openName(slip.name, key, slip.fileId) : '');
};

const store = async (upload: Upload): Promise<File> => {
  const { app, meta, ownerId, name, purpose, measured } = upload;
  const keyKind: KeyKind = purpose === 'photo' ? 'who' : 'contributions';
  const key = await personKey(app.keys, { personId: ownerId, kind: keyKind });
  if (!key) throw forbidden('account.inactive', 'access has ended or is suspended');
  const { sample, whole } = await sampled(upload.content);
  const mediaType = await mediaTypeOf(sample);
  if (purpose !== 'attachment' && !SHOWN_IN_PLACE.has(mediaType)) {
    throw new ParvisError('unsupported-type', 'file.not-an-image', 'expected a PNG, JPEG, GIF, WebP or AVIF image');
  }
  const fileId = randomId();
  const createdAtMs = app.runtime.clock.now().getTime();
  await app.slips.announce({ fileId, ownerId, uploadCommandId: meta.commandId, createdAtMs });
  await app.blobs.put(fileId, sealFile(whole, key, fileId));
  const slip: FileSlip = {
    ...{ fileId, ownerId, purpose, keyKind, mediaType, createdAtMs },
    name: sealName(name, key, fileId),
    sizeBytes: measured.sizeBytes,
    ...{ state: 'draft', target: '', commandId: '' },
  };
  const requestHash = requestHashOf(upload);
  // Two uploads with one key at once: the first keeps its file, the bytes of the other are swept.
  if (!(await app.slips.insertUpload(meta.commandId, { fileId, requestHash }))) {
    const first = await app.slips.upload(meta.commandId);
    if (first) return repeated(upload, first);
  }
  await app.slips.insert(slip);
  return fileOf(slip, name);
};

/** @throws invalid, too-large `file.too-large`, unsupported-type `file.not-an-image`, storage-full */
export const uploadFile = async (app: PostApp, requests: AsyncIterable<UploadFileRequest>, context: CallContext): Promise<File> => {
  const { personId } = await app.runtime.enter(context);
  const rest = requests[Symbol.asyncIterator]();
  try {
    const first = await rest.next();
    if (first.done) throw invalid('name', 'the name of a file');
    const [name, purpose] = [nameOf(first.value.name), purposeOf(first.value.purpose)];
    const meta = app.runtime.commandMeta(context, personId, 'uploadFile', first.value.idempotencyKey, { name, purpose });
    const measured: Measured = { sizeBytes: 0, hash: createHash('sha256') };
    const content = bytesOf(first.value, rest, measured);
    const upload: Upload = { app, meta, ownerId: personId, name, purpose, content, measured };
    const known = await app.slips.upload(meta.commandId);
    return await (known ? repeated(upload, known) : store(upload));
  } finally {
    await rest.return?.();
  }
};
