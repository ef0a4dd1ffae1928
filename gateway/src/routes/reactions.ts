/** Reactions to posts and to comments are the same four operations on two addresses. */
import { ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { postOfComment } from '@parvis/kit/runtime/ids.ts';
import { z } from 'zod';
import type { Call } from '../http/call.ts';
import { postCommand, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { reactionKinds } from '../present/enums.ts';
import { cardsOf, degradation } from '../present/hydrate.ts';
import { cardOrNull } from '../present/people.ts';
import { orNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { ReactionPage, reactionKind } from '../schemas/posts.ts';

interface Item {
  readonly postId: string;
  readonly commentId: string;
}

const onPost = (postId: string): Item => ({ postId, commentId: '' });
const onComment = (commentId: string): Item => ({ postId: postOfComment(commentId), commentId });

const described = { tag: 'reactions', auth: 'person' } as const;
const command = { ...described, rateClass: 'write', idempotent: true, response: common.Written } as const;
const postParams = z.strictObject({ postId: common.postId });
const commentParams = z.strictObject({ commentId: common.commentId });
const chosen = z.strictObject({ kind: reactionKind });

const list = async (call: Call, item: Item, page: { cursor: string; limit: number }): Promise<z.output<typeof ReactionPage>> => {
  const answer = await call.clients.post.listReactions({ ...item, ...page }, call.context());
  const cards = await cardsOf(
    call,
    answer.reactions.map(({ personId }) => personId),
  );
  const items = answer.reactions.flatMap(({ personId, kind }) => {
    const word = reactionKinds.word(kind);
    return word ? [{ personId, person: cardOrNull(cards, personId), kind: word }] : [];
  });
  return { items, nextCursor: orNull(answer.nextCursor), ...degradation(call) };
};

const react = async (call: Call, item: Item, kind: z.output<typeof reactionKind> | undefined) => {
  const value = { ...item, kind: kind ? reactionKinds.number(kind) : ReactionKind.UNSPECIFIED };
  return written(await postCommand(call, { $case: 'react', value }));
};

export const reactions: readonly Operation[] = [
  operation({
    ...described,
    operationId: 'listPostReactions',
    method: 'GET',
    path: '/posts/{postId}/reactions',
    summary: 'Who reacted to a post, and how',
    rateClass: 'read',
    params: postParams,
    query: z.strictObject(common.page),
    response: ReactionPage,
    handler: async (call, { params, query }) => ({ body: await list(call, onPost(params.postId), query) }),
  }),
  operation({
    ...command,
    operationId: 'reactToPost',
    method: 'PUT',
    path: '/posts/{postId}/reactions/mine',
    summary: 'React to a post',
    params: postParams,
    body: chosen,
    handler: (call, { params, body }) => react(call, onPost(params.postId), body.kind),
  }),
  operation({
    ...command,
    operationId: 'unreactToPost',
    method: 'DELETE',
    path: '/posts/{postId}/reactions/mine',
    summary: 'Take my reaction back',
    params: postParams,
    handler: (call, { params }) => react(call, onPost(params.postId), undefined),
  }),
  operation({
    ...described,
    operationId: 'listCommentReactions',
    method: 'GET',
    path: '/comments/{commentId}/reactions',
    summary: 'Who reacted to a comment, and how',
    rateClass: 'read',
    params: commentParams,
    query: z.strictObject(common.page),
    response: ReactionPage,
    handler: async (call, { params, query }) => ({ body: await list(call, onComment(params.commentId), query) }),
  }),
  operation({
    ...command,
    operationId: 'reactToComment',
    method: 'PUT',
    path: '/comments/{commentId}/reactions/mine',
    summary: 'React to a comment',
    params: commentParams,
    body: chosen,
    handler: (call, { params, body }) => react(call, onComment(params.commentId), body.kind),
  }),
  operation({
    ...command,
    operationId: 'unreactToComment',
    method: 'DELETE',
    path: '/comments/{commentId}/reactions/mine',
    summary: 'Take my reaction back',
    params: commentParams,
    handler: (call, { params }) => react(call, onComment(params.commentId), undefined),
  }),
];
