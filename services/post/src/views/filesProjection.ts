/** Files by group: a row per post or comment that carries some, found once per file. */
import type { Attachment, CommentEvent, PostEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import { type FileInRow, filesInRow, publishedAtMs, type RowState } from './rows.ts';

export interface ItemFilesRow {
  readonly groupId: string;
  readonly postId: string;
  /** Empty: they hang on the post itself. */
  readonly commentId: string;
  readonly authorId: string;
  readonly files: readonly FileInRow[];
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
  readonly state: RowState;
}

type Fact = NonNullable<PostEvent['event']> | NonNullable<CommentEvent['event']>;

const put = (
  rows: RowSet,
  decoded: DecodedEvent,
  text: { authorId: string; attachments: readonly Attachment[] },
  publishedAt: Date | undefined,
): void => {
  const { groupId = '', postId = '', commentId = '' } = idsOfStream(decoded.stream);
  const itemId = commentId || postId;
  const before = rows.get<ItemFilesRow>('items', itemId);
  if (text.attachments.length === 0) {
    if (before) rows.delete('items', itemId);
    return;
  }
  const place = before ?? { atMs: publishedAtMs(decoded, publishedAt), lane: decoded.lane, position: decoded.position };
  rows.put<ItemFilesRow>('items', itemId, {
    ...{ groupId, postId, commentId, authorId: text.authorId },
    files: filesInRow(text.attachments),
    ...{ atMs: place.atMs, lane: place.lane, position: place.position },
    state: before?.state ?? 'visible',
  });
};

const setState = (rows: RowSet, decoded: DecodedEvent, state: RowState): void => {
  const { postId = '', commentId } = idsOfStream(decoded.stream);
  const itemId = commentId ?? postId;
  const row = rows.get<ItemFilesRow>('items', itemId);
  if (!row) return;
  if (state === 'deleted') rows.delete('items', itemId);
  else rows.put<ItemFilesRow>('items', itemId, { ...row, state });
};

const applyTo = (rows: RowSet, decoded: DecodedEvent, event: Fact): void => {
  switch (event.$case) {
    case 'postPublished':
    case 'commentAdded':
      put(rows, decoded, event.value, event.value.publishedAt);
      return;
    case 'postEdited':
    case 'commentEdited':
      put(rows, decoded, event.value, undefined);
      return;
    case 'postDeleted':
    case 'commentDeleted':
      setState(rows, decoded, 'deleted');
      return;
    case 'postHidden':
    case 'commentHidden':
      setState(rows, decoded, 'hidden');
      return;
    case 'postRestored':
    case 'commentRestored':
      setState(rows, decoded, 'visible');
      return;
    case 'postClosed':
    case 'postReopened':
    case 'answerAccepted':
    case 'answerUnaccepted':
      return;
    default:
      event satisfies never;
  }
};

/** Posts and comments themselves, not what hangs below them. */
const itemIdOf = (stream: string): string | undefined => {
  const segments = stream.split('/');
  const { postId, commentId } = idsOfStream(stream);
  if (segments.length === 4) return postId;
  return segments.length === 6 && segments[4] === 'comment' ? commentId : undefined;
};

export const filesProjection: Projection = {
  source: 'post',
  personal: 'sealed',
  schema: {
    name: 'files',
    version: 1,
    collections: {
      items: {
        indexes: {
          group: (row: ItemFilesRow) =>
            row.state === 'visible' ? row.files.map((_, nth) => [row.groupId, row.atMs, row.position, nth]) : [],
        },
      },
    },
  },
  keys({ stream }) {
    const itemId = itemIdOf(stream);
    return itemId === undefined ? [] : [{ collection: 'items', key: itemId }];
  },
  apply(decoded, rows) {
    if (decoded.event && itemIdOf(decoded.stream) !== undefined) applyTo(rows, decoded, decoded.event as Fact);
  },
};
