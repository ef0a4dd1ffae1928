/** Posts and comments in the index, from post's events. */
import { type Attachment, type CommentEvent, type PostEvent, PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { type DecodedEvent, isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import type { SearchDocument } from '@parvis/kit/ports/searchIndex.ts';
import type { StreamIds } from '@parvis/kit/runtime/ids.ts';
import type { Changes } from './changes.ts';
import { hashtagsOf } from './hashtags.ts';

export type PostCase = NonNullable<PostEvent['event']>;
export type CommentCase = NonNullable<CommentEvent['event']>;

const KINDS: Readonly<Record<PostKind, string>> = {
  [PostKind.UNSPECIFIED]: 'discussion',
  [PostKind.DISCUSSION]: 'discussion',
  [PostKind.QUESTION]: 'question',
  [PostKind.ANNOUNCEMENT]: 'announcement',
  [PostKind.IDEA]: 'idea',
  [PostKind.POLL]: 'poll',
  [PostKind.PRAISE]: 'praise',
  [PostKind.ARTICLE]: 'article',
  [PostKind.UNRECOGNIZED]: 'discussion',
};

export const postKey = (postId: string): string => `post:${postId}`;
export const commentKey = (commentId: string): string => `comment:${commentId}`;

interface Written {
  readonly title?: string;
  readonly body: string;
  readonly attachments: readonly Attachment[];
  readonly language: string;
}

/** What an author can change. Undefined when the author's contributions were erased. */
const textsOf = ({
  title = '',
  body,
  attachments,
  language,
}: Written): Pick<SearchDocument, 'title' | 'body' | 'extra' | 'hashtags' | 'language'> | undefined => {
  const names = attachments.map((attachment) => attachment.name);
  if ([title, body, ...names].some(isErased)) return undefined;
  return { title, body, extra: names.join('\n'), hashtags: hashtagsOf(`${title}\n${body}`), language };
};

const placeOf = ({ lane, position }: DecodedEvent): { lane: number; position: number } => ({ lane, position });

const putTexts = (changes: Changes, event: DecodedEvent, key: string, written: Written): void => {
  const present = changes.get(key);
  const texts = textsOf(written);
  if (present && texts) changes.put({ ...present, ...texts, ...placeOf(event) });
};

const setHidden = (changes: Changes, event: DecodedEvent, key: string, hidden: boolean): void => {
  const present = changes.get(key);
  if (present) changes.put({ ...present, hidden, ...placeOf(event) });
};

const NOTHING_MORE = { profile: '', hidden: false, parts: {} } as const;

export const applyPost = (changes: Changes, event: DecodedEvent, { groupId = '', postId = '' }: StreamIds, happened: PostCase): void => {
  const thread = { postId, ...placeOf(event) };
  switch (happened.$case) {
    case 'postPublished': {
      const { authorId, kind, publishedAt } = happened.value;
      const texts = textsOf(happened.value);
      if (texts === undefined) return;
      const atMs = (publishedAt ?? event.at).getTime();
      const ids = { key: postKey(postId), type: 'post', id: postId, groupId, postId, authorId } as const;
      changes.put({ ...ids, kind: KINDS[kind], ...texts, atMs, ...placeOf(event), ...NOTHING_MORE });
      return;
    }
    case 'postEdited':
      putTexts(changes, event, postKey(postId), happened.value);
      return;
    case 'postDeleted':
      changes.thread({ ...thread, state: 'deleted' });
      return;
    case 'postHidden':
      changes.thread({ ...thread, state: 'hidden' });
      return;
    case 'postRestored':
      changes.thread({ ...thread, state: 'shown' });
      return;
    case 'postClosed':
    case 'postReopened':
    case 'answerAccepted':
    case 'answerUnaccepted':
      return;
    default:
      happened satisfies never;
      return;
  }
};

export const applyComment = (changes: Changes, event: DecodedEvent, ids: StreamIds, happened: CommentCase): void => {
  const { groupId = '', postId = '', commentId = '' } = ids;
  const key = commentKey(commentId);
  switch (happened.$case) {
    case 'commentAdded': {
      const { authorId, publishedAt } = happened.value;
      const texts = textsOf(happened.value);
      if (texts === undefined) return;
      const atMs = (publishedAt ?? event.at).getTime();
      const own = { key, type: 'comment', id: commentId, groupId, postId, authorId, kind: '' } as const;
      changes.put({ ...own, ...texts, atMs, ...placeOf(event), ...NOTHING_MORE });
      return;
    }
    case 'commentEdited':
      putTexts(changes, event, key, happened.value);
      return;
    case 'commentDeleted':
      changes.delete(key, placeOf(event));
      return;
    case 'commentHidden':
      setHidden(changes, event, key, true);
      return;
    case 'commentRestored':
      setHidden(changes, event, key, false);
      return;
    default:
      happened satisfies never;
      return;
  }
};
