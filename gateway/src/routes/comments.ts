import { z } from 'zod';
import { postCommand, present, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { degradation } from '../present/hydrate.ts';
import { presentComments, presentWrittenText } from '../present/posts.ts';
import { orNull, timeOrNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import * as schema from '../schemas/posts.ts';

const ofPost = z.strictObject({ postId: common.postId });
const params = z.strictObject({ commentId: common.commentId });
const described = { tag: 'comments', auth: 'person' } as const;
const command = { ...described, rateClass: 'write', idempotent: true, ifMatch: true, params, response: common.Written } as const;

export const comments: readonly Operation[] = [
  operation({
    ...described,
    operationId: 'listComments',
    method: 'GET',
    path: '/posts/{postId}/comments',
    summary: 'Comments in the order of the thread, oldest first',
    rateClass: 'read',
    params: ofPost,
    query: z.strictObject(common.page),
    response: schema.CommentPage,
    async handler(call, { params: { postId }, query }) {
      const answer = await call.clients.post.listComments({ postId, ...query }, call.context());
      const items = await presentComments(call, answer.comments);
      return { body: { items, nextCursor: orNull(answer.nextCursor), ...degradation(call) } };
    },
  }),
  operation({
    ...described,
    operationId: 'addComment',
    method: 'POST',
    path: '/posts/{postId}/comments',
    summary: 'Comment, or reply to a comment',
    rateClass: 'write',
    idempotent: true,
    params: ofPost,
    body: z.strictObject({ body: schema.commentBody, parentId: common.commentId.optional(), fileIds: schema.fileIds.default([]) }),
    response: schema.WrittenText,
    status: 201,
    async handler(call, { params: { postId }, body }) {
      const value = { postId, body: body.body, parentId: body.parentId ?? '', fileIds: body.fileIds };
      const outcome = await postCommand(call, { $case: 'addComment', value });
      return { body: await presentWrittenText(call, outcome), version: outcome.version, location: `/comments/${outcome.id}` };
    },
  }),
  operation({
    ...described,
    operationId: 'getComment',
    method: 'GET',
    path: '/comments/{commentId}',
    summary: 'A comment',
    rateClass: 'read',
    params,
    response: schema.Comment,
    async handler(call, { params: { commentId } }) {
      const { comment } = await call.clients.post.getComment({ commentId }, call.context());
      const [shown] = await presentComments(call, [present(comment, 'the comment')]);
      const body = { ...present(shown, 'the comment'), ...degradation(call) };
      return { body, version: body.version };
    },
  }),
  operation({
    ...command,
    operationId: 'editComment',
    method: 'PATCH',
    path: '/comments/{commentId}',
    summary: 'Edit a comment',
    body: z.strictObject({ body: schema.commentBody.optional(), fileIds: schema.fileIds.optional() }),
    response: schema.WrittenText,
    async handler(call, { params: { commentId }, body }) {
      const { fileIds } = body;
      const value = { commentId, body: body.body, fileIds: fileIds ?? [], fileIdsSet: fileIds === undefined ? undefined : true };
      const outcome = await postCommand(call, { $case: 'editComment', value });
      return { body: await presentWrittenText(call, outcome), version: outcome.version };
    },
  }),
  operation({
    ...command,
    operationId: 'deleteComment',
    method: 'DELETE',
    path: '/comments/{commentId}',
    summary: 'Delete a comment; moderators give a reason',
    query: z.strictObject({ reason: common.line(500, 0).default('') }),
    handler: async (call, { params: { commentId }, query }) =>
      written(await postCommand(call, { $case: 'deleteComment', value: { commentId, reason: query.reason } })),
  }),
  operation({
    ...command,
    operationId: 'hideComment',
    method: 'PUT',
    path: '/comments/{commentId}/hidden',
    summary: 'Moderators: take a comment out of sight',
    body: z.strictObject({ reason: common.reason }),
    handler: async (call, { params: { commentId }, body }) =>
      written(await postCommand(call, { $case: 'hideComment', value: { commentId, reason: body.reason } })),
  }),
  operation({
    ...command,
    operationId: 'restoreComment',
    method: 'DELETE',
    path: '/comments/{commentId}/hidden',
    summary: 'Show a hidden comment again',
    handler: async (call, { params: { commentId } }) => written(await postCommand(call, { $case: 'restoreComment', value: { commentId } })),
  }),
  operation({
    ...described,
    operationId: 'listCommentRevisions',
    method: 'GET',
    path: '/comments/{commentId}/revisions',
    summary: 'Earlier texts',
    rateClass: 'read',
    params,
    response: schema.Revisions,
    async handler(call, { params: { commentId } }) {
      const postId = commentId.split('.').slice(0, 2).join('.');
      const answer = await call.clients.post.listRevisions({ postId, commentId }, call.context());
      return { body: { items: answer.revisions.map(({ at, title, body, version }) => ({ at: timeOrNull(at), title, body, version })) } };
    },
  }),
];
