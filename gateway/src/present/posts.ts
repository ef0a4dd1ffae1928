import type * as proto from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { z } from 'zod';
import type { Call } from '../http/call.ts';
import type * as schema from '../schemas/posts.ts';
import { postKinds, reactionKinds } from './enums.ts';
import { groupCardOrNull } from './groups.ts';
import { type Cards, cardsOf, degradation, type Groups, groupsOf } from './hydrate.ts';
import { cardList, cardOrNull } from './people.ts';
import { orNull, timeOrNull } from './values.ts';

const presentReactions = (item: Pick<proto.Post, 'reactions' | 'myReaction'>) => ({
  reactions: item.reactions.flatMap(({ kind, count }) => {
    const word = reactionKinds.word(kind);
    return word ? [{ kind: word, count }] : [];
  }),
  myReaction: reactionKinds.word(item.myReaction),
});

const presentText = (item: proto.Post | proto.Comment, cards: Cards) => ({
  body: item.body,
  mentions: cardList(cards, item.mentions),
  hashtags: [...item.hashtags],
  attachments: item.attachments.map(({ fileId, name, mediaType, sizeBytes }) => ({ fileId, name, mediaType, sizeBytes })),
  erased: item.erased,
  state: item.state,
  stateReason: item.stateReason,
  publishedAt: timeOrNull(item.publishedAt),
  editedAt: timeOrNull(item.editedAt),
  abilities: [...item.abilities],
  version: item.version,
});

const presentPost = (post: proto.Post, cards: Cards, groups: Groups): z.output<typeof schema.Post> => ({
  id: post.id,
  groupId: post.groupId,
  group: groupCardOrNull(groups, post.groupId),
  authorId: post.authorId,
  author: cardOrNull(cards, post.authorId),
  kind: postKinds.wordOr(post.kind, 'discussion'),
  title: post.title,
  ...presentText(post, cards),
  ...presentReactions(post),
  commentCount: post.commentCount,
  acceptedCommentId: orNull(post.acceptedCommentId),
  acknowledgement: {
    asked: post.acknowledgement?.asked ?? false,
    count: post.acknowledgement?.count ?? 0,
    mine: post.acknowledgement?.mine ?? false,
  },
  closed: post.closed,
  language: post.language,
  lastActivityAt: timeOrNull(post.lastActivityAt),
});

export const presentPosts = async (call: Call, posts: readonly proto.Post[]): Promise<z.output<typeof schema.Post>[]> => {
  const people = posts.flatMap((post) => [post.authorId, ...post.mentions]);
  const [cards, groups] = await Promise.all([
    cardsOf(call, people),
    groupsOf(
      call,
      posts.map((post) => post.groupId),
    ),
  ]);
  return posts.map((post) => presentPost(post, cards, groups));
};

export const presentPostPage = async (
  call: Call,
  answer: { posts: readonly proto.Post[]; nextCursor: string },
): Promise<z.output<typeof schema.PostPage>> => {
  const items = await presentPosts(call, answer.posts);
  return { items, nextCursor: orNull(answer.nextCursor), ...degradation(call) };
};

export const presentComments = async (call: Call, comments: readonly proto.Comment[]): Promise<z.output<typeof schema.Comment>[]> => {
  const cards = await cardsOf(
    call,
    comments.flatMap((comment) => [comment.authorId, ...comment.mentions]),
  );
  return comments.map((comment) => ({
    id: comment.id,
    postId: comment.postId,
    groupId: comment.groupId,
    parentId: orNull(comment.parentId),
    authorId: comment.authorId,
    author: cardOrNull(cards, comment.authorId),
    ...presentText(comment, cards),
    ...presentReactions(comment),
    replyCount: comment.replyCount,
    accepted: comment.accepted,
  }));
};

export const presentWrittenText = async (call: Call, outcome: proto.ExecuteResponse): Promise<z.output<typeof schema.WrittenText>> => {
  const cards = await cardsOf(call, outcome.unreachedMentions);
  return {
    id: outcome.id,
    version: outcome.version,
    unreachedMentions: outcome.unreachedMentions.map((id) => ({ id, person: cardOrNull(cards, id) })),
  };
};

export const presentFile = (file: proto.File, cards: Cards): z.output<typeof schema.File> => ({
  id: file.id,
  name: file.name,
  mediaType: file.mediaType,
  sizeBytes: file.sizeBytes,
  postId: orNull(file.postId),
  commentId: orNull(file.commentId),
  authorId: file.authorId,
  author: cardOrNull(cards, file.authorId),
  at: timeOrNull(file.at),
});
