/** Commands about a post itself. */
import type { AcceptAnswer, EditPost, PublishPost } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { CommandTransaction, Loaded } from '@parvis/kit/eventing/command.ts';
import { notFound } from '@parvis/kit/runtime/errors.ts';
import { commentStream, derivedId, groupStream, postStream } from '@parvis/kit/runtime/ids.ts';
import { rootOf } from '@parvis/kit/runtime/streams.ts';
import { type Actor, isModerator, mustWrite } from '../domain/actor.ts';
import { commentDecider, commentMustBeLive } from '../domain/comment.ts';
import { rulesOf } from '../domain/kinds.ts';
import { languageOf } from '../domain/language.ts';
import { mustBeLive, type PostCommand, type PostState, postDecider, seesPost } from '../domain/post.ts';
import { bodyOf, titleOf } from '../domain/text.ts';
import { mustReadGroup, mustReadThread, postIdOf } from './access.ts';
import { attach, withFiles } from './attachFiles.ts';
import { type Call, type Done, mustBeAt } from './call.ts';
import { namedIn } from './markdown.ts';
import { mustKnow, unreachedBy } from './mentions.ts';
import { mustNotClaimErased } from './writtenText.ts';

export const publishPost = async (call: Call, command: PublishPost): Promise<Done> => {
  const { app, entered, meta } = call;
  const { actor } = await mustReadGroup(app.runtime, entered, command.groupId);
  const id = `${command.groupId}.${derivedId(meta.commandId, 'post')}`;
  const stream = postStream(id);
  const [title, body] = [titleOf(command.title), bodyOf(command.body)];
  mustNotClaimErased(title, body);
  const { mentions } = namedIn(body);
  const outcome = await withFiles(call, command.fileIds, () =>
    app.runtime.commands.execute(groupStream(command.groupId), meta, async (transaction) => {
      mustWrite(actor);
      rulesOf(command.kind).mustPublish(actor);
      await mustKnow(app.runtime, entered, mentions);
      const attachments = await attach(call, command.fileIds, id);
      const text = { title, body, mentions, attachments, language: languageOf(`${title}\n${body}`) };
      const { acknowledgementAsked } = command;
      await transaction.run(postDecider, stream, { kind: 'publish', actor, postKind: command.kind, text, acknowledgementAsked });
    }),
  );
  return { id, stream, outcome, unreached: await unreachedBy(app.runtime, entered, command.groupId, mentions) };
};

/** Loads a post that the actor may know of, at the version the caller expects. @throws not-found, precondition-failed */
const known = async (call: Call, transaction: CommandTransaction, postId: string, actor: Actor): Promise<Loaded<PostState>> => {
  const loaded = await transaction.load(postDecider, postStream(postId));
  const { state } = loaded;
  // Who deleted it may say so again; to everybody else a deleted post is gone.
  const mine = state.visibility === 'deleted' && (state.authorId === actor.personId || isModerator(actor));
  if (!seesPost(state, actor) && !mine) throw notFound('post');
  mustBeAt(loaded.version, call);
  return loaded;
};

export const editPost = async (call: Call, command: EditPost): Promise<Done> => {
  const { app, entered, meta } = call;
  const { actor, group } = await mustReadThread(app.runtime, entered, command.postId);
  const stream = postStream(command.postId);
  const title = command.title === undefined ? undefined : titleOf(command.title);
  const body = command.body === undefined ? undefined : bodyOf(command.body);
  mustNotClaimErased(title, body);
  let mentions: readonly string[] = body === undefined ? [] : namedIn(body).mentions;
  const outcome = await withFiles(call, command.fileIds, () =>
    app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
      const { state } = await known(call, transaction, command.postId, actor);
      mustBeLive(state, actor);
      const mayEdit = state.authorId === actor.personId;
      const before = state.text;
      const [nextTitle, nextBody] = [title ?? before?.title ?? '', body ?? before?.body ?? ''];
      mentions = namedIn(nextBody).mentions;
      await mustKnow(app.runtime, entered, mentions, before?.mentions);
      const kept = before?.attachments ?? [];
      const attachments = command.fileIdsSet && mayEdit ? await attach(call, command.fileIds, command.postId, kept) : kept;
      const language = languageOf(`${nextTitle}\n${nextBody}`);
      const text = { title: nextTitle, body: nextBody, mentions, attachments, language };
      await transaction.run(postDecider, stream, { kind: 'edit', actor, text });
    }),
  );
  return { id: command.postId, stream, outcome, unreached: await unreachedBy(app.runtime, entered, group.id, mentions) };
};

/** The commands that need nothing but the post, its actor and a reason. */
type PlainKind = 'delete' | 'hide' | 'restore' | 'close' | 'reopen';

export const changePost = async (call: Call, kind: PlainKind, postId: string, reason = ''): Promise<Done> => {
  const { app, entered, meta } = call;
  const { actor } = await mustReadThread(app.runtime, entered, postId);
  const stream = postStream(postId);
  const command: PostCommand = kind === 'delete' || kind === 'hide' ? { kind, actor, reason } : { kind, actor };
  const outcome = await app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
    await known(call, transaction, postId, actor);
    await transaction.run(postDecider, stream, command);
  });
  return { id: postId, stream, outcome };
};

export const acceptAnswer = async (call: Call, { postId, commentId }: AcceptAnswer): Promise<Done> => {
  const { app, entered, meta } = call;
  const { actor } = await mustReadThread(app.runtime, entered, postId);
  const stream = postStream(postId);
  const outcome = await app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
    await known(call, transaction, postId, actor);
    if (commentId !== '') {
      if (postIdOf(commentId) !== postId) throw notFound('comment');
      const comment = await transaction.load(commentDecider, commentStream(commentId));
      commentMustBeLive(comment.state, actor);
    }
    const command: PostCommand = commentId === '' ? { kind: 'unaccept', actor } : { kind: 'accept', actor, commentId };
    await transaction.run(postDecider, stream, command);
  });
  return { id: postId, stream, outcome };
};
