/** Posts as their readers get them: rows in, texts opened, numbers joined. Rights were decided before (access.ts). */
import type { Post } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { postStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import type { ThreadRow } from '../views/commentsProjection.ts';
import { postAbilities } from './abilities.ts';
import type { PostApp } from './postApp.ts';
import type { ReadablePost } from './readPost.ts';
import { type Responses, responsesTo } from './responses.ts';
import { type OpenedItem, openItems } from './sealedTexts.ts';

interface Joined {
  readonly opened: OpenedItem;
  readonly responses: Responses | undefined;
  readonly thread: ThreadRow | undefined;
  readonly hashtags: readonly string[];
}

const present = ({ row, access }: ReadablePost, { opened, responses, thread, hashtags }: Joined): Post => ({
  id: row.postId,
  groupId: row.groupId,
  authorId: row.authorId,
  kind: row.kind,
  title: opened.title,
  body: opened.body,
  mentions: [...row.mentions],
  hashtags: [...hashtags],
  attachments: [...opened.attachments],
  publishedAt: new Date(row.publishedAtMs),
  editedAt: row.editedAtMs === 0 ? undefined : new Date(row.editedAtMs),
  version: row.version,
  state: row.state,
  stateReason: row.authorId === access.actor.personId || access.seesHidden ? opened.stateReason : '',
  commentCount: thread?.comments ?? 0,
  reactions: responses?.reactions ?? [],
  myReaction: responses?.myReaction ?? 0,
  acceptedCommentId: row.acceptedCommentId,
  acknowledgement: row.acknowledgementAsked
    ? { asked: true, count: responses?.acknowledged ?? 0, mine: responses?.acknowledgedByMe ?? false }
    : undefined,
  closed: row.closed,
  language: row.language,
  erased: opened.erased,
  abilities: postAbilities(row, access.actor),
  lastActivityAt: new Date(Math.max(row.publishedAtMs, thread?.lastAtMs ?? 0)),
});

/** Deleted posts come as a tombstone: their text left the rows already. */
export const presentPosts = async (app: PostApp, entered: Entered, posts: readonly ReadablePost[]): Promise<Post[]> => {
  const ids = posts.map(({ row }) => row.postId);
  const asked = posts.filter(({ row }) => row.acknowledgementAsked).map(({ row }) => row.postId);
  const items = posts.map(({ row }) => ({
    stream: postStream(row.postId),
    title: row.title,
    body: row.body,
    files: row.files,
    stateReason: row.stateReason,
  }));
  const [threads, responses, opened] = await Promise.all([
    app.runtime.view('comments').getMany<ThreadRow>('threads', ids),
    responsesTo(app.runtime, entered.personId, ids, asked),
    openItems(app.runtime, items),
  ]);
  return posts.map((post, nth) => {
    const item = opened[nth] as OpenedItem;
    const hashtags = app.hashtags.of(`${post.row.postId}@${post.row.version}`, item.body);
    return present(post, { opened: item, responses: responses.get(post.row.postId), thread: threads[nth], hashtags });
  });
};
