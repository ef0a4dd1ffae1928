/** Reactions and acknowledgements: each on a stream of its own, so that people never wait for one another. */
import type { React } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { CommandTransaction } from '@parvis/kit/eventing/command.ts';
import { notFound } from '@parvis/kit/runtime/errors.ts';
import { commentStream, postStream, reactionStream } from '@parvis/kit/runtime/ids.ts';
import { rootOf } from '@parvis/kit/runtime/streams.ts';
import { acknowledgementDecider } from '../domain/acknowledgement.ts';
import type { Actor } from '../domain/actor.ts';
import { commentDecider, commentMustBeLive } from '../domain/comment.ts';
import { mustBeLive, postDecider } from '../domain/post.ts';
import { reactionDecider } from '../domain/reaction.ts';
import { mustReadThread, postIdOf } from './access.ts';
import type { Call, Done } from './call.ts';

/** @throws not-found, conflict: the item is not there for this actor, or nothing goes on there. */
const mustTakeResponses = async (transaction: CommandTransaction, postId: string, commentId: string, actor: Actor): Promise<void> => {
  const post = await transaction.load(postDecider, postStream(postId));
  mustBeLive(post.state, actor);
  if (commentId === '') return;
  if (postIdOf(commentId) !== postId) throw notFound('comment');
  const comment = await transaction.load(commentDecider, commentStream(commentId));
  commentMustBeLive(comment.state, actor);
};

export const react = async (call: Call, { postId, commentId, kind }: React): Promise<Done> => {
  const { app, entered, meta } = call;
  const { actor } = await mustReadThread(app.runtime, entered, postId);
  if (commentId !== '' && postIdOf(commentId) !== postId) throw notFound('comment');
  const id = commentId || postId;
  const stream = reactionStream(id, entered.personId);
  const outcome = await app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
    await mustTakeResponses(transaction, postId, commentId, actor);
    await transaction.run(reactionDecider, stream, { actor, kind });
  });
  return { id, stream, outcome };
};

export const acknowledgePost = async (call: Call, postId: string): Promise<Done> => {
  const { app, entered, meta } = call;
  const { actor } = await mustReadThread(app.runtime, entered, postId);
  const stream = `${postStream(postId)}/acknowledgement/${entered.personId}`;
  const outcome = await app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
    const { state: post } = await transaction.load(postDecider, postStream(postId));
    mustBeLive(post, actor);
    await transaction.run(acknowledgementDecider, stream, { actor, post });
  });
  return { id: postId, stream, outcome };
};
