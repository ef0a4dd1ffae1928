/** Hands out files, each bound to what it hangs on: who may have that may have the file, nobody else. */
import { mayRead } from '@parvis/access/src/mayRead.ts';
import type { DownloadFileResponse, File } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { notFound, unavailable } from '@parvis/kit/runtime/errors.ts';
import { isSimpleId } from '@parvis/kit/runtime/ids.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { postIdOf } from './access.ts';
import { readComment, seesCommentText } from './commentQueries.ts';
import { openFile, openName } from './fileSeal.ts';
import type { FileSlip } from './fileSlips.ts';
import { personKey } from './personKey.ts';
import type { PostApp } from './postApp.ts';
import { readPost, seesText } from './readPost.ts';

/** Where an attachment hangs, or undefined when the caller may not have it there. */
interface Hanging {
  readonly postId: string;
  readonly commentId: string;
}

/** @throws not-found: the item is not there for the caller, or does not carry the file (any more). */
const mustHaveItem = async (app: PostApp, entered: Entered, { fileId, target }: FileSlip): Promise<Hanging> => {
  const carries = (files: readonly { fileId: string }[]): boolean => files.some((file) => file.fileId === fileId);
  if (postIdOf(target) === undefined) {
    const { row, access } = await readPost(app, entered, target, 'file');
    if (!seesText(row, access) || !carries(row.files)) throw notFound('file');
    return { postId: target, commentId: '' };
  }
  const { row, post } = await readComment(app, entered, target, undefined, 'file');
  if (!seesCommentText(row, post.access) || !carries(row.files)) throw notFound('file');
  return { postId: row.postId, commentId: target };
};

const mustSeePerson = async ({ runtime }: PostApp, entered: Entered, personId: string): Promise<void> => {
  const person = await runtime.facts.person(personId);
  const partner = entered.viewer.person.kind === 'partner';
  const sharesGroup = partner && (await runtime.facts.sharesGroup(entered.personId, personId));
  if (!person || !mayRead(entered.viewer, { kind: 'person-card', person, sharesGroup }, entered.nowMs)) throw notFound('file');
};

const mustSeeGroup = async ({ runtime }: PostApp, entered: Entered, groupId: string): Promise<void> => {
  const [group, membership] = await Promise.all([runtime.facts.group(groupId), runtime.facts.membership(groupId, entered.personId)]);
  if (!group || !mayRead(entered.viewer, { kind: 'group-card', group, membership }, entered.nowMs)) throw notFound('file');
  if (group.privacy === 'hidden' && !runtime.factsFresh()) {
    throw unavailable('access.stale', 'access rights are being brought up to date; try again in a moment');
  }
};

/** @throws not-found, told alike for files that never were and for those the caller may not have. */
const mustHave = async (app: PostApp, entered: Entered, slip: FileSlip): Promise<Hanging> => {
  const alone: Hanging = { postId: '', commentId: '' };
  if (slip.state === 'draft') {
    if (slip.ownerId !== entered.personId) throw notFound('file');
    return alone;
  }
  switch (slip.purpose) {
    case 'attachment':
      return mustHaveItem(app, entered, slip);
    case 'photo':
      await mustSeePerson(app, entered, slip.target);
      return alone;
    case 'image':
      await mustSeeGroup(app, entered, slip.target);
      return alone;
    case 'logo':
      return alone;
    default:
      return slip.purpose satisfies never;
  }
};

/** The first message holds the file's data and no bytes. @throws not-found */
export async function* downloadFile(app: PostApp, fileId: string, context: CallContext): AsyncGenerator<DownloadFileResponse> {
  const entered = await app.runtime.enter(context);
  const slip = isSimpleId(fileId) ? await app.slips.get(fileId) : undefined;
  if (!slip) throw notFound('file');
  const hanging = await mustHave(app, entered, slip);
  const key = await personKey(app.keys, { personId: slip.ownerId, kind: slip.keyKind });
  if (!key) throw notFound('file');
  const { ownerId, mediaType, sizeBytes, createdAtMs } = slip;
  const name = openName(slip.name, key, fileId);
  const file: File = { id: fileId, name, mediaType, sizeBytes, ...hanging, authorId: ownerId, at: new Date(createdAtMs) };
  const sealed = await app.blobs.get(fileId);
  yield { file, chunk: Buffer.alloc(0) };
  for await (const chunk of openFile(sealed, key, fileId)) yield { file: undefined, chunk: Buffer.from(chunk) };
}
