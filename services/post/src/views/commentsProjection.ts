/** Comments in the order of their thread, with the numbers of each thread. */
import type { CommentEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import { type FileInRow, filesInRow, publishedAtMs, type RowState } from './rows.ts';

export interface CommentRow {
  readonly commentId: string;
  readonly postId: string;
  readonly groupId: string;
  readonly authorId: string;
  readonly parentId: string;
  /** Sealed under the comment's stream. */
  readonly body: string;
  readonly mentions: readonly string[];
  readonly files: readonly FileInRow[];
  readonly language: string;
  readonly publishedAtMs: number;
  /** 0: never edited. */
  readonly editedAtMs: number;
  /** Of the comment's stream. */
  readonly version: number;
  readonly state: RowState;
  readonly stateReason: string;
  /**
   * (published at, position) of every comment from the thread's first level down to this one: sorting by it puts each
   * comment before its replies and siblings in order of time, and nothing that comes later moves it.
   */
  readonly path: readonly number[];
  /** Replies it ever had: with some, it keeps its place in the thread once it is deleted. */
  readonly replies: number;
  readonly lane: number;
  readonly position: number;
}

export interface ThreadRow {
  /** Visible comments. */
  readonly comments: number;
  readonly lastAtMs: number;
}

type Fact = NonNullable<CommentEvent['event']>;

/** Out of the thread: deleted, and nobody replied. */
const gone = (row: CommentRow): boolean => row.state === 'deleted' && row.replies === 0;

const count = (rows: RowSet, postId: string, by: number, atMs: number): void => {
  const { comments, lastAtMs } = rows.get<ThreadRow>('threads', postId) ?? { comments: 0, lastAtMs: 0 };
  rows.put<ThreadRow>('threads', postId, { comments: comments + by, lastAtMs: Math.max(lastAtMs, atMs) });
};

const add = (rows: RowSet, decoded: DecodedEvent, { value }: Extract<Fact, { $case: 'commentAdded' }>): void => {
  const { groupId = '', postId = '', commentId = '' } = idsOfStream(decoded.stream);
  const parent = value.parentId === '' ? undefined : rows.get<CommentRow>('comments', value.parentId);
  if (parent) rows.put<CommentRow>('comments', value.parentId, { ...parent, replies: parent.replies + 1 });
  const atMs = publishedAtMs(decoded, value.publishedAt);
  const { authorId, parentId, body, mentions, language } = value;
  rows.put<CommentRow>('comments', commentId, {
    ...{ commentId, postId, groupId, authorId, parentId, body, mentions, language },
    files: filesInRow(value.attachments),
    publishedAtMs: atMs,
    editedAtMs: 0,
    version: decoded.version,
    state: 'visible',
    stateReason: '',
    path: [...(parent?.path ?? []), atMs, decoded.position],
    replies: 0,
    lane: decoded.lane,
    position: decoded.position,
  });
  count(rows, postId, 1, atMs);
};

const changed = (decoded: DecodedEvent, event: Exclude<Fact, { $case: 'commentAdded' }>): Partial<CommentRow> => {
  switch (event.$case) {
    case 'commentEdited': {
      const { body, mentions, attachments, language } = event.value;
      return { body, mentions, files: filesInRow(attachments), language, editedAtMs: decoded.at.getTime() };
    }
    case 'commentDeleted':
      return { state: 'deleted', stateReason: event.value.reason, body: '', mentions: [], files: [] };
    case 'commentHidden':
      return { state: 'hidden', stateReason: event.value.reason };
    case 'commentRestored':
      return { state: 'visible', stateReason: '' };
    default:
      return event satisfies never;
  }
};

const applyTo = (rows: RowSet, decoded: DecodedEvent, event: Fact): void => {
  if (event.$case === 'commentAdded') {
    add(rows, decoded, event);
    return;
  }
  const { commentId = '', postId = '' } = idsOfStream(decoded.stream);
  const row = rows.get<CommentRow>('comments', commentId);
  if (!row) return;
  const next: CommentRow = { ...row, ...changed(decoded, event), version: decoded.version };
  rows.put('comments', commentId, next);
  const by = Number(next.state === 'visible') - Number(row.state === 'visible');
  if (by !== 0) count(rows, postId, by, 0);
};

const isCommentStream = (stream: string): boolean => {
  const segments = stream.split('/');
  return segments.length === 6 && segments[4] === 'comment';
};

export const commentsProjection: Projection = {
  source: 'post',
  personal: 'sealed',
  schema: {
    name: 'comments',
    version: 1,
    collections: {
      comments: {
        indexes: {
          thread: (row: CommentRow) => (gone(row) ? [] : [[row.postId, ...row.path]]),
          replies: (row: CommentRow) => (row.state === 'visible' && row.parentId !== '' ? [[row.parentId, row.position]] : []),
          author: (row: CommentRow) => (row.state === 'deleted' ? [] : [[row.authorId, row.publishedAtMs, row.lane, row.position]]),
        },
      },
      threads: { indexes: {} },
    },
  },
  keys({ stream, event }) {
    const { postId, commentId } = idsOfStream(stream);
    if (postId === undefined || commentId === undefined || !isCommentStream(stream)) return [];
    const refs = [
      { collection: 'comments', key: commentId },
      { collection: 'threads', key: postId },
    ];
    const fact = event as Fact | undefined;
    if (fact?.$case === 'commentAdded' && fact.value.parentId !== '') refs.push({ collection: 'comments', key: fact.value.parentId });
    return refs;
  },
  apply(decoded, rows) {
    if (decoded.event && isCommentStream(decoded.stream)) applyTo(rows, decoded, decoded.event as Fact);
  },
};
