/** Posts by id, their texts sealed, and the log of each group. */
import type { PostEvent, PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import { applyToLog, logCollections, logRefs } from './groupLogRows.ts';
import { type FileInRow, filesInRow, publishedAtMs, type RowState } from './rows.ts';

export interface PostRow {
  readonly postId: string;
  readonly groupId: string;
  readonly authorId: string;
  readonly kind: PostKind;
  /** Sealed under the post's stream. */
  readonly title: string;
  readonly body: string;
  readonly mentions: readonly string[];
  readonly files: readonly FileInRow[];
  readonly language: string;
  readonly acknowledgementAsked: boolean;
  readonly publishedAtMs: number;
  /** 0: never edited. */
  readonly editedAtMs: number;
  /** Of the post's stream. */
  readonly version: number;
  readonly state: RowState;
  readonly stateReason: string;
  readonly closed: boolean;
  readonly acceptedCommentId: string;
  readonly lane: number;
  readonly position: number;
}

type Fact = NonNullable<PostEvent['event']>;

const published = (decoded: DecodedEvent, { value }: Extract<Fact, { $case: 'postPublished' }>): PostRow => {
  const { groupId = '', postId = '' } = idsOfStream(decoded.stream);
  const { authorId, kind, title, body, mentions, language, acknowledgementAsked } = value;
  return {
    ...{ postId, groupId, authorId, kind, title, body, mentions, language, acknowledgementAsked },
    files: filesInRow(value.attachments),
    publishedAtMs: publishedAtMs(decoded, value.publishedAt),
    editedAtMs: 0,
    version: decoded.version,
    state: 'visible',
    stateReason: '',
    closed: false,
    acceptedCommentId: '',
    lane: decoded.lane,
    position: decoded.position,
  };
};

const changed = (row: PostRow, decoded: DecodedEvent, event: Exclude<Fact, { $case: 'postPublished' }>): Partial<PostRow> => {
  switch (event.$case) {
    case 'postEdited': {
      const { title, body, mentions, attachments, language } = event.value;
      return { title, body, mentions, files: filesInRow(attachments), language, editedAtMs: decoded.at.getTime() };
    }
    case 'postDeleted':
      return { state: 'deleted', stateReason: event.value.reason, title: '', body: '', mentions: [], files: [], acceptedCommentId: '' };
    case 'postHidden':
      return { state: 'hidden', stateReason: event.value.reason };
    case 'postRestored':
      return { state: 'visible', stateReason: '' };
    case 'postClosed':
      return { closed: true };
    case 'postReopened':
      return { closed: false };
    case 'answerAccepted':
      return { acceptedCommentId: event.value.commentId };
    case 'answerUnaccepted':
      return { acceptedCommentId: row.acceptedCommentId === event.value.commentId ? '' : row.acceptedCommentId };
    default:
      return event satisfies never;
  }
};

const applyTo = (rows: RowSet, postId: string, decoded: DecodedEvent, event: Fact): void => {
  applyToLog(rows, postId, decoded, event);
  if (event.$case === 'postPublished') {
    rows.put('posts', postId, published(decoded, event));
    return;
  }
  const row = rows.get<PostRow>('posts', postId);
  if (row) rows.put<PostRow>('posts', postId, { ...row, ...changed(row, decoded, event), version: decoded.version });
};

export const postsProjection: Projection = {
  source: 'post',
  personal: 'sealed',
  schema: {
    name: 'posts',
    version: 1,
    collections: {
      posts: {
        indexes: {
          author: (row: PostRow) => (row.state === 'deleted' ? [] : [[row.authorId, row.publishedAtMs, row.lane, row.position]]),
        },
      },
      ...logCollections,
    },
  },
  keys({ stream }) {
    const { groupId, postId } = idsOfStream(stream);
    if (groupId === undefined || postId === undefined || stream.split('/').length !== 4) return [];
    return [{ collection: 'posts', key: postId }, ...logRefs(groupId, postId)];
  },
  apply(decoded, rows) {
    const { postId } = idsOfStream(decoded.stream);
    if (!decoded.event || postId === undefined || decoded.stream.split('/').length !== 4) return;
    applyTo(rows, postId, decoded, decoded.event as Fact);
  },
};
