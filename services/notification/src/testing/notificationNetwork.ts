/** The notification service alone on real adapters; what the others would have said is emitted into their logs. */
import { MemberEvent } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { type Notification, NotificationServiceService } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { CommentAdded, PostEdited, PostKind, PostPublished } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import { commentStream, groupStream, memberStream, postStream, randomId } from '@parvis/kit/runtime/ids.ts';
import type { NotificationPorts } from '@parvis/kit/runtime/service.ts';
import { createFakeNetwork } from '@parvis/kit/testing/fakeNetwork.ts';
import { createNotificationService } from '../service.ts';

export type NotificationNetwork = Awaited<ReturnType<typeof createNotificationNetwork>>;

interface Said {
  readonly mentions?: readonly string[];
  readonly title?: string;
  readonly body?: string;
  /** An import kept this date. */
  readonly publishedAt?: Date;
}

export const createNotificationNetwork = async (change: (ports: NotificationPorts) => NotificationPorts = (ports) => ports) => {
  const network = await createFakeNetwork();
  const start = async () => network.start(createNotificationService(change(await network.ports('notification'))));
  const service = await start();
  const client = network.client(service, NotificationServiceService);
  const authors = new Map<string, string>();

  const post = async (groupId: string, authorId: string, kind: PostKind = PostKind.DISCUSSION, said: Said = {}): Promise<string> => {
    const postId = `${groupId}.${randomId()}`;
    authors.set(postId, authorId);
    const value = PostPublished.fromPartial({
      authorId,
      kind,
      title: 'Title',
      body: 'Body',
      ...said,
      mentions: [...(said.mentions ?? [])],
    });
    await network.emit('post', postStream(postId), [{ $case: 'postPublished', value }], { actor: authorId });
    return postId;
  };
  const comment = async (postId: string, authorId: string, said: Said & { parentId?: string } = {}): Promise<string> => {
    const commentId = `${postId}.${randomId()}`;
    authors.set(commentId, authorId);
    const value = CommentAdded.fromPartial({
      authorId,
      body: said.body ?? 'Comment',
      parentId: said.parentId ?? '',
      mentions: [...(said.mentions ?? [])],
      postAuthorId: authors.get(postId) ?? '',
      parentAuthorId: authors.get(said.parentId ?? '') ?? '',
      ...(said.publishedAt === undefined ? {} : { publishedAt: said.publishedAt }),
    });
    await network.emit('post', commentStream(commentId), [{ $case: 'commentAdded', value }], { actor: authorId });
    return commentId;
  };
  const onPost = (postId: string, event: AnyEvent) => network.emit('post', postStream(postId), [event]);
  const onComment = (commentId: string, event: AnyEvent) => network.emit('post', commentStream(commentId), [event]);
  const onGroup = (groupId: string, event: AnyEvent) => network.emit('group', groupStream(groupId), [event]);
  const onMember = (groupId: string, personId: string, $case: string, value: object = {}) => {
    const event = MemberEvent.fromPartial({ event: { $case, value: { personId, ...value } } as never }).event as AnyEvent;
    return network.emit('group', memberStream(groupId, personId), [event]);
  };
  const editMentions = (postId: string, mentions: readonly string[]) =>
    onPost(postId, {
      $case: 'postEdited',
      value: PostEdited.fromPartial({
        authorId: authors.get(postId) ?? '',
        title: 'Edited title',
        body: 'Edited',
        mentions: [...mentions],
      }),
    });

  const list = async (personId: string, request: { limit?: number; cursor?: string; unreadOnly?: boolean } = {}) => {
    await network.settled();
    return client.listNotifications({ cursor: '', limit: 0, unreadOnly: false, ...request }, network.contextFor(personId));
  };
  const inbox = async (personId: string): Promise<Notification[]> => (await list(personId)).notifications;
  /** `reason` of each entry, newest first. */
  const reasons = async (personId: string): Promise<string[]> => (await inbox(personId)).map(({ reason }) => reason);
  const unread = async (personId: string) => {
    await network.settled();
    return client.getUnread({}, network.contextFor(personId));
  };
  const mark = (personId: string, request: { watermark?: string; notificationIds?: string[]; groupId?: string; postId?: string }) =>
    client.markRead({ watermark: '', notificationIds: [], groupId: '', postId: '', ...request }, network.contextFor(personId));
  const wish = (personId: string, command: Parameters<typeof client.execute>[0]['command'], expectedVersion?: number) =>
    client.execute({ command, idempotencyKey: '', expectedVersion }, network.contextFor(personId));

  return {
    ...network,
    service,
    startAgain: start,
    client,
    post,
    comment,
    onPost,
    onComment,
    onGroup,
    onMember,
    editMentions,
    list,
    inbox,
    reasons,
    unread,
    mark,
    wish,
  };
};
