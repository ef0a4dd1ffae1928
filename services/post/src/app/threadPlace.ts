import type { CommandTransaction } from '@parvis/kit/eventing/command.ts';
import { notFound } from '@parvis/kit/runtime/errors.ts';
import { commentStream } from '@parvis/kit/runtime/ids.ts';
import type { Actor } from '../domain/actor.ts';
import { commentDecider, commentMustBeLive, type Place } from '../domain/comment.ts';
import { REPLY_DEPTH_LIMIT } from '../domain/limits.ts';
import { postIdOf } from './access.ts';

/** Comments from the one replied to up to the first level. */
const ancestorsOf = async (transaction: CommandTransaction, commentId: string): Promise<string[]> => {
  const ancestors: string[] = [];
  for (let id = commentId; id !== '' && ancestors.length < REPLY_DEPTH_LIMIT; ) {
    ancestors.push(id);
    id = (await transaction.load(commentDecider, commentStream(id))).state.parentId;
  }
  return ancestors;
};

/**
 * Where a reply hangs: on what it replies to, or, when that is on the last level already, on what that hangs on.
 * @param parentId empty for a comment on the post itself
 * @throws not-found, conflict: the comment replied to is not there for this actor, or is hidden
 */
export const placeOf = async (transaction: CommandTransaction, postId: string, parentId: string, actor: Actor): Promise<Place> => {
  if (parentId === '') return { parentId: '', parentAuthorId: '' };
  if (postIdOf(parentId) !== postId) throw notFound('comment');
  const { state } = await transaction.load(commentDecider, commentStream(parentId));
  commentMustBeLive(state, actor);
  const ancestors = await ancestorsOf(transaction, parentId);
  const tooDeep = ancestors.length >= REPLY_DEPTH_LIMIT;
  return { parentId: (tooDeep ? ancestors[1] : parentId) ?? parentId, parentAuthorId: state.authorId };
};
