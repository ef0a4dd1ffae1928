/** Commands about comments. */
import type { AddComment, EditComment } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { CommandTransaction, Loaded } from '@parvis/kit/eventing/command.ts';
import { notFound } from '@parvis/kit/runtime/errors.ts';
import { commentStream, derivedId, postStream } from '@parvis/kit/runtime/ids.ts';
import { rootOf } from '@parvis/kit/runtime/streams.ts';
import { type Actor, isModerator, mustWrite } from '../domain/actor.ts';
import { type CommentCommand, type CommentState, commentDecider, commentMustBeLive, seesComment } from '../domain/comment.ts';
import { languageOf } from '../domain/language.ts';
import { mustBeLive, postDecider, seesPost } from '../domain/post.ts';
import { commentOf } from '../domain/text.ts';
import { type GroupAccess, mustReadThread, postIdOf } from './access.ts';
import { attach, withFiles } from './attachFiles.ts';
import { type Call, type Done, mustBeAt } from './call.ts';
import { namedIn } from './markdown.ts';
import { mustKnow, unreachedBy } from './mentions.ts';
import { placeOf } from './threadPlace.ts';
import { mustNotClaimErased } from './writtenText.ts';

/** @throws not-found for a malformed id, an unreadable group, and a post this actor may not know of, all alike. */
const mustReadComment = async (call: Call, commentId: string): Promise<GroupAccess> => {
  const postId = postIdOf(commentId);
  if (postId === undefined) throw notFound('comment');
  return mustReadThread(call.app.runtime, call.entered, postId, 'comment');
};

/** Loads a comment that the actor may know of, at the version the caller expects. @throws not-found, precondition-failed */
const known = async (call: Call, transaction: CommandTransaction, commentId: string, actor: Actor): Promise<Loaded<CommentState>> => {
  const post = await transaction.load(postDecider, postStream(postIdOf(commentId) ?? ''));
  const loaded = await transaction.load(commentDecider, commentStream(commentId));
  const { state } = loaded;
  const mine = state.visibility === 'deleted' && (state.authorId === actor.personId || isModerator(actor));
  // The thread of a deleted post stays; that of a hidden one is out of sight with it.
  const threadInSight = post.state.visibility === 'deleted' || seesPost(post.state, actor);
  if (!threadInSight || !(seesComment(state, actor) || mine)) throw notFound('comment');
  mustBeAt(loaded.version, call);
  return loaded;
};

export const addComment = async (call: Call, command: AddComment): Promise<Done> => {
  const { app, entered, meta } = call;
  const { postId } = command;
  const { actor, group } = await mustReadThread(app.runtime, entered, postId);
  const id = `${postId}.${derivedId(meta.commandId, 'comment')}`;
  const stream = commentStream(id);
  const body = commentOf(command.body);
  mustNotClaimErased(body);
  const { mentions } = namedIn(body);
  const outcome = await withFiles(call, command.fileIds, () =>
    app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
      const { state: post } = await transaction.load(postDecider, postStream(postId));
      mustBeLive(post, actor);
      mustWrite(actor);
      const place = await placeOf(transaction, postId, command.parentId, actor);
      await mustKnow(app.runtime, entered, mentions);
      const attachments = await attach(call, command.fileIds, id);
      const text = { body, mentions, attachments, language: languageOf(body) };
      await transaction.run(commentDecider, stream, { kind: 'add', actor, post, place, text });
    }),
  );
  return { id, stream, outcome, unreached: await unreachedBy(app.runtime, entered, group.id, mentions) };
};

export const editComment = async (call: Call, command: EditComment): Promise<Done> => {
  const { app, entered, meta } = call;
  const { commentId } = command;
  const { actor, group } = await mustReadComment(call, commentId);
  const stream = commentStream(commentId);
  const body = command.body === undefined ? undefined : commentOf(command.body);
  mustNotClaimErased(body);
  let mentions: readonly string[] = body === undefined ? [] : namedIn(body).mentions;
  const outcome = await withFiles(call, command.fileIds, () =>
    app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
      const { state } = await known(call, transaction, commentId, actor);
      commentMustBeLive(state, actor);
      const before = state.text;
      const nextBody = body ?? before?.body ?? '';
      mentions = namedIn(nextBody).mentions;
      await mustKnow(app.runtime, entered, mentions, before?.mentions);
      const kept = before?.attachments ?? [];
      const mayEdit = state.authorId === actor.personId;
      const attachments = command.fileIdsSet && mayEdit ? await attach(call, command.fileIds, commentId, kept) : kept;
      const text = { body: nextBody, mentions, attachments, language: languageOf(nextBody) };
      await transaction.run(commentDecider, stream, { kind: 'edit', actor, text });
    }),
  );
  return { id: commentId, stream, outcome, unreached: await unreachedBy(app.runtime, entered, group.id, mentions) };
};

/** Deletes, hides or restores; an acceptance as the answer ends with the comment's visibility. */
export const changeComment = async (call: Call, kind: 'delete' | 'hide' | 'restore', commentId: string, reason = ''): Promise<Done> => {
  const { app, meta } = call;
  const { actor } = await mustReadComment(call, commentId);
  const stream = commentStream(commentId);
  const command: CommentCommand = kind === 'restore' ? { kind, actor } : { kind, actor, reason };
  const outcome = await app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
    await known(call, transaction, commentId, actor);
    await transaction.run(commentDecider, stream, command);
    if (kind === 'restore') return;
    await transaction.run(postDecider, postStream(postIdOf(commentId) ?? ''), { kind: 'commentGone', actor, commentId });
  });
  return { id: commentId, stream, outcome };
};
