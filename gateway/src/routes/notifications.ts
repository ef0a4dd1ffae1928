import type * as proto from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import type { Post } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { z } from 'zod';
import type { Call } from '../http/call.ts';
import { type Operation, operation } from '../http/operation.ts';
import { postKinds } from '../present/enums.ts';
import { groupCardOrNull } from '../present/groups.ts';
import { cardsOf, degradation, groupsOf, secondary } from '../present/hydrate.ts';
import { cardOrNull } from '../present/people.ts';
import { orNull, timeOrNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { GroupCard } from '../schemas/groups.ts';
import { PersonCard } from '../schemas/people.ts';
import { postKind } from '../schemas/posts.ts';

const Notification = z
  .strictObject({
    id: z.string(),
    reason: z.string().describe('mention, reply, answer_accepted, comment, question, announcement, request, approved, …'),
    groupId: z.string().nullable(),
    group: GroupCard.nullable(),
    postId: z.string().nullable(),
    post: z.strictObject({ id: z.string(), kind: postKind, title: z.string() }).nullable(),
    commentId: z.string().nullable(),
    actorId: z.string().nullable(),
    actor: PersonCard.nullable(),
    at: common.utcTime.nullable(),
    read: z.boolean(),
  })
  .meta({ id: 'Notification' });

const postsOf = async (call: Call, postIds: readonly string[]): Promise<ReadonlyMap<string, Post>> => {
  const ids = [...new Set(postIds)].filter((id) => id !== '');
  if (ids.length === 0) return new Map();
  const read = async () => (await call.clients.post.getPosts({ postIds: ids }, call.secondary())).posts;
  return new Map((await secondary(call, 'posts', read, [])).map((post) => [post.id, post]));
};

const presentAll = async (call: Call, list: readonly proto.Notification[]): Promise<z.output<typeof Notification>[]> => {
  const ids = (key: 'actorId' | 'groupId' | 'postId') => list.map((notification) => notification[key]);
  const [cards, groups, posts] = await Promise.all([
    cardsOf(call, ids('actorId')),
    groupsOf(call, ids('groupId')),
    postsOf(call, ids('postId')),
  ]);
  return list.map((notification) => {
    const post = posts.get(notification.postId);
    return {
      id: notification.id,
      reason: notification.reason,
      groupId: orNull(notification.groupId),
      group: groupCardOrNull(groups, notification.groupId),
      postId: orNull(notification.postId),
      post: post ? { id: post.id, kind: postKinds.wordOr(post.kind, 'discussion'), title: post.title } : null,
      commentId: orNull(notification.commentId),
      actorId: orNull(notification.actorId),
      actor: cardOrNull(cards, notification.actorId),
      at: timeOrNull(notification.at),
      read: notification.read,
    };
  });
};

const Read = z
  .strictObject({
    watermark: z.string().max(2_000).optional().describe('Everything up to here, as the list gave it.'),
    notificationIds: z.array(common.notificationId).min(1).max(100).optional(),
    groupId: common.groupId.optional(),
    postId: common.postId.optional().describe('With groupId: the newest post read there.'),
  })
  .meta({ id: 'MarkRead' });

const described = { tag: 'notifications', auth: 'person' } as const;

export const notifications: readonly Operation[] = [
  operation({
    ...described,
    operationId: 'listNotifications',
    method: 'GET',
    path: '/notifications',
    summary: 'My inbox, newest first',
    rateClass: 'read',
    query: z.strictObject({ unreadOnly: common.flag.default(false), ...common.page }),
    response: z
      .strictObject({ ...common.pageOf(Notification), unread: z.number().int(), watermark: z.string() })
      .meta({ id: 'NotificationPage' }),
    async handler(call, { query }) {
      const answer = await call.clients.notification.listNotifications(query, call.context());
      const items = await presentAll(call, answer.notifications);
      const { unread, watermark } = answer;
      return { body: { items, nextCursor: orNull(answer.nextCursor), unread, watermark, ...degradation(call) } };
    },
  }),
  operation({
    ...described,
    operationId: 'markRead',
    method: 'POST',
    path: '/notifications/read',
    summary: 'Mark as read: up to a watermark, single notifications, or the posts of a group',
    rateClass: 'write',
    body: Read,
    response: z.strictObject({ unread: z.number().int() }).meta({ id: 'UnreadCount' }),
    async handler(call, { body }) {
      const { watermark = '', notificationIds = [], groupId = '', postId = '' } = body;
      if (watermark === '' && notificationIds.length === 0 && groupId === '') {
        throw invalid('watermark', 'a watermark, notificationIds, or groupId with postId');
      }
      if ((groupId === '') !== (postId === '')) throw invalid(groupId === '' ? 'groupId' : 'postId', 'groupId and postId together');
      const answer = await call.clients.notification.markRead({ watermark, notificationIds, groupId, postId }, call.context());
      return { body: { unread: answer.unread } };
    },
  }),
  operation({
    ...described,
    operationId: 'getUnread',
    method: 'GET',
    path: '/unread',
    summary: 'Unread counts of the inbox and of my groups',
    rateClass: 'read',
    response: z
      .strictObject({
        inbox: z.number().int(),
        groups: z.array(z.strictObject({ groupId: z.string(), posts: z.number().int(), capped: z.boolean() })),
      })
      .meta({ id: 'Unread' }),
    async handler(call) {
      const { inbox, groups } = await call.clients.notification.getUnread({}, call.context());
      return { body: { inbox, groups: groups.map(({ groupId, posts, capped }) => ({ groupId, posts, capped })) } };
    },
  }),
];
