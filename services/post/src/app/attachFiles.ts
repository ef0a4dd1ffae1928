/** Hangs uploaded files on a post or comment: each file on one item only, and only by who uploaded it. */
import type { Attachment } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { invalid, isParvisError } from '@parvis/kit/runtime/errors.ts';
import { ATTACHMENTS_LIMIT } from '../domain/limits.ts';
import type { Call } from './call.ts';
import { openName } from './fileSeal.ts';
import type { FileSlip } from './fileSlips.ts';
import { personKey } from './personKey.ts';

/** Someone else's file, one that hangs elsewhere, one that never was: all answered alike. */
const unknownFile = () => invalid('fileIds', 'files you uploaded and did not use yet');

const attachmentOf = async ({ app }: Call, slip: FileSlip): Promise<Attachment> => {
  const key = await personKey(app.keys, { personId: slip.ownerId, kind: slip.keyKind });
  if (!key) throw unknownFile();
  return { fileId: slip.fileId, name: openName(slip.name, key, slip.fileId), mediaType: slip.mediaType, sizeBytes: slip.sizeBytes };
};

const claim = async (call: Call, fileId: string, itemId: string): Promise<Attachment> => {
  const { app, entered, meta } = call;
  const slip = await app.slips.get(fileId);
  if (!slip || slip.ownerId !== entered.personId || slip.purpose !== 'attachment') throw unknownFile();
  // A repeat of a command whose first attempt broke off finds what it claimed itself.
  if (slip.state === 'attached' && (slip.commandId !== meta.commandId || slip.target !== itemId)) throw unknownFile();
  const attachment = await attachmentOf(call, slip);
  if (slip.state === 'draft') {
    const taken: FileSlip = { ...slip, state: 'attached', target: itemId, commandId: meta.commandId };
    if (!(await app.slips.replace(slip, taken))) throw unknownFile();
  }
  return attachment;
};

/**
 * Attachments in the order of the ids: those the item carries already stay as they are, the others are claimed for it.
 * @throws invalid `fileIds`
 */
export const attach = async (
  call: Call,
  fileIds: readonly string[],
  itemId: string,
  before: readonly Attachment[] = [],
): Promise<Attachment[]> => {
  if (fileIds.length > ATTACHMENTS_LIMIT) throw invalid('fileIds', `at most ${ATTACHMENTS_LIMIT} files`);
  if (new Set(fileIds).size < fileIds.length) throw invalid('fileIds', 'each file once');
  const attachments: Attachment[] = [];
  for (const fileId of fileIds) {
    attachments.push(before.find((file) => file.fileId === fileId) ?? (await claim(call, fileId, itemId)));
  }
  return attachments;
};

const release = async ({ app, meta }: Call, fileIds: readonly string[]): Promise<void> => {
  for (const fileId of fileIds) {
    const slip = await app.slips.get(fileId);
    if (slip?.state !== 'attached' || slip.commandId !== meta.commandId) continue;
    await app.slips.replace(slip, { ...slip, state: 'draft', target: '', commandId: '' });
  }
};

/** Kinds of failure after which it is certain that nothing was written. */
const REFUSALS: ReadonlySet<string> = new Set(['invalid', 'forbidden', 'not-found', 'conflict', 'precondition-failed', 'unprocessable']);

/**
 * Runs a command that attaches files. When it was refused its files are free again; when it is not known whether it was
 * written they stay with it: its repeat finds them, or the sweep of old uploads does.
 */
export const withFiles = async <T>(call: Call, fileIds: readonly string[], run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    if (isParvisError(error) && REFUSALS.has(error.kind)) await release(call, fileIds);
    throw error;
  }
};
