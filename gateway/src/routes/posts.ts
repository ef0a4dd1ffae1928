import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { z } from 'zod';
import { postCommand, present, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { postKinds } from '../present/enums.ts';
import { cardsOf, degradation } from '../present/hydrate.ts';
import { cardOrNull } from '../present/people.ts';
import { presentPostPage, presentPosts, presentWrittenText } from '../present/posts.ts';
import { orNull, timeOrNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import * as schema from '../schemas/posts.ts';

const params = z.strictObject({ postId: common.postId });
const described = { tag: 'posts', auth: 'person' } as const;
const command = { ...described, rateClass: 'write', idempotent: true, ifMatch: true, response: common.Written } as const;

const list = operation({
  ...described,
  operationId: 'listGroupPosts',
  method: 'GET',
  path: '/groups/{groupId}/posts',
  summary: 'Posts of a group, newest first',
  rateClass: 'read',
  params: z.strictObject({ groupId: common.groupId }),
  query: z.strictObject({ kind: schema.postKind.optional(), ...common.page }),
  response: schema.PostPage,
  async handler(call, { params: { groupId }, query }) {
    const kind = query.kind ? postKinds.number(query.kind) : PostKind.UNSPECIFIED;
    const answer = await call.clients.post.listGroupPosts({ ...query, groupId, kind }, call.context());
    return { body: await presentPostPage(call, answer) };
  },
});

const publish = operation({
  ...described,
  operationId: 'publishPost',
  method: 'POST',
  path: '/groups/{groupId}/posts',
  summary: 'Publish a post',
  rateClass: 'write',
  idempotent: true,
  params: z.strictObject({ groupId: common.groupId }),
  body: z.strictObject({
    kind: schema.postKind.default('discussion'),
    title: schema.title.default(''),
    body: schema.body,
    fileIds: schema.fileIds.default([]),
    acknowledgementAsked: z.boolean().default(false).describe('Announcements: readers are asked to acknowledge.'),
  }),
  response: schema.WrittenText,
  status: 201,
  async handler(call, { params: { groupId }, body }) {
    const value = { groupId, ...body, kind: postKinds.number(body.kind) };
    const outcome = await postCommand(call, { $case: 'publishPost', value });
    return { body: await presentWrittenText(call, outcome), version: outcome.version, location: `/posts/${outcome.id}` };
  },
});

const get = operation({
  ...described,
  operationId: 'getPost',
  method: 'GET',
  path: '/posts/{postId}',
  summary: 'A post',
  rateClass: 'read',
  params,
  response: schema.Post,
  async handler(call, { params: { postId } }) {
    const { post } = await call.clients.post.getPost({ postId }, call.context());
    const [shown] = await presentPosts(call, [present(post, 'the post')]);
    const body = { ...present(shown, 'the post'), ...degradation(call) };
    return { body, version: body.version };
  },
});

const edit = operation({
  ...command,
  operationId: 'editPost',
  method: 'PATCH',
  path: '/posts/{postId}',
  summary: 'Edit a post; the revisions stay readable',
  params,
  body: z.strictObject({
    title: schema.title.optional(),
    body: schema.body.optional(),
    fileIds: schema.fileIds.optional(),
  }),
  response: schema.WrittenText,
  async handler(call, { params: { postId }, body }) {
    const { title, fileIds } = body;
    const fileIdsSet = fileIds === undefined ? undefined : true;
    const value = { postId, title, body: body.body, fileIds: fileIds ?? [], fileIdsSet };
    const outcome = await postCommand(call, { $case: 'editPost', value });
    return { body: await presentWrittenText(call, outcome), version: outcome.version };
  },
});

const remove = operation({
  ...command,
  operationId: 'deletePost',
  method: 'DELETE',
  path: '/posts/{postId}',
  summary: 'Delete a post; moderators give a reason',
  params,
  query: z.strictObject({ reason: common.line(500, 0).default('') }),
  handler: async (call, { params: { postId }, query }) =>
    written(await postCommand(call, { $case: 'deletePost', value: { postId, reason: query.reason } })),
});

const hide = operation({
  ...command,
  operationId: 'hidePost',
  method: 'PUT',
  path: '/posts/{postId}/hidden',
  summary: 'Moderators: take a post out of sight',
  params,
  body: z.strictObject({ reason: common.reason }),
  handler: async (call, { params: { postId }, body }) =>
    written(await postCommand(call, { $case: 'hidePost', value: { postId, reason: body.reason } })),
});

const restore = operation({
  ...command,
  operationId: 'restorePost',
  method: 'DELETE',
  path: '/posts/{postId}/hidden',
  summary: 'Show a hidden post again',
  params,
  handler: async (call, { params: { postId } }) => written(await postCommand(call, { $case: 'restorePost', value: { postId } })),
});

const close = operation({
  ...command,
  operationId: 'closePost',
  method: 'PUT',
  path: '/posts/{postId}/closed',
  summary: 'No further comments',
  params,
  handler: async (call, { params: { postId } }) => written(await postCommand(call, { $case: 'closePost', value: { postId } })),
});

const reopen = operation({
  ...command,
  operationId: 'reopenPost',
  method: 'DELETE',
  path: '/posts/{postId}/closed',
  summary: 'Comments again',
  params,
  handler: async (call, { params: { postId } }) => written(await postCommand(call, { $case: 'reopenPost', value: { postId } })),
});

const accept = operation({
  ...command,
  operationId: 'acceptAnswer',
  method: 'PUT',
  path: '/posts/{postId}/accepted-answer',
  summary: 'Questions: this comment answers it',
  params,
  body: z.strictObject({ commentId: common.commentId }),
  handler: async (call, { params: { postId }, body }) =>
    written(await postCommand(call, { $case: 'acceptAnswer', value: { postId, commentId: body.commentId } })),
});

const unaccept = operation({
  ...command,
  operationId: 'unacceptAnswer',
  method: 'DELETE',
  path: '/posts/{postId}/accepted-answer',
  summary: 'Take the acceptance back',
  params,
  handler: async (call, { params: { postId } }) =>
    written(await postCommand(call, { $case: 'acceptAnswer', value: { postId, commentId: '' } })),
});

const acknowledge = operation({
  ...command,
  operationId: 'acknowledgePost',
  method: 'PUT',
  path: '/posts/{postId}/acknowledgements/mine',
  summary: 'I have read it',
  params,
  handler: async (call, { params: { postId } }) => written(await postCommand(call, { $case: 'acknowledgePost', value: { postId } })),
});

const acknowledgements = operation({
  ...described,
  operationId: 'listAcknowledgements',
  method: 'GET',
  path: '/posts/{postId}/acknowledgements',
  summary: 'Who has acknowledged',
  rateClass: 'read',
  params,
  query: z.strictObject(common.page),
  response: schema.AcknowledgementPage,
  async handler(call, { params: { postId }, query }) {
    const answer = await call.clients.post.listAcknowledgements({ postId, ...query }, call.context());
    const cards = await cardsOf(call, answer.personIds);
    const items = answer.personIds.map((personId) => ({ personId, person: cardOrNull(cards, personId) }));
    return { body: { items, nextCursor: orNull(answer.nextCursor), total: answer.total, ...degradation(call) } };
  },
});

const revisions = operation({
  ...described,
  operationId: 'listPostRevisions',
  method: 'GET',
  path: '/posts/{postId}/revisions',
  summary: 'Earlier texts',
  rateClass: 'read',
  params,
  response: schema.Revisions,
  async handler(call, { params: { postId } }) {
    const answer = await call.clients.post.listRevisions({ postId, commentId: '' }, call.context());
    return { body: { items: answer.revisions.map(({ at, title, body, version }) => ({ at: timeOrNull(at), title, body, version })) } };
  },
});

export const posts: readonly Operation[] = [
  list,
  publish,
  get,
  edit,
  remove,
  hide,
  restore,
  close,
  reopen,
  accept,
  unaccept,
  acknowledge,
  acknowledgements,
  revisions,
];
