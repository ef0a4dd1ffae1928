/**
 * The posts of each group in order of publication: light rows, read by the group log and the home feed. They lie in the
 * view of the posts, so that whatever a list names can be shown.
 */
import type { PostEvent, PostKind, PostPublished } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { RowRef, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import { publishedAtMs, type RowState } from './rows.ts';

export interface LogRow {
  readonly postId: string;
  readonly groupId: string;
  readonly kind: PostKind;
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
  readonly state: RowState;
}

export interface GroupPostsRow {
  /** Visible posts. */
  readonly posts: number;
  /** Events that changed which posts are listed: who remembers the list by it knows when to read it again. */
  readonly changes: number;
}

const listed = (row: LogRow): boolean => row.state === 'visible';

const change = (rows: RowSet, groupId: string, by: -1 | 0 | 1): void => {
  const { posts, changes } = rows.get<GroupPostsRow>('groups', groupId) ?? { posts: 0, changes: 0 };
  rows.put<GroupPostsRow>('groups', groupId, { posts: posts + by, changes: changes + 1 });
};

const setState = (rows: RowSet, postId: string, state: RowState): void => {
  const row = rows.get<LogRow>('log', postId);
  if (!row || row.state === state) return;
  const by = (Number(state === 'visible') - Number(row.state === 'visible')) as -1 | 0 | 1;
  if (by !== 0) change(rows, row.groupId, by);
  if (state === 'deleted') rows.delete('log', postId);
  else rows.put<LogRow>('log', postId, { ...row, state });
};

export const logCollections = {
  log: {
    indexes: {
      latest: (row: LogRow) => (listed(row) ? [[row.groupId, row.atMs, row.position]] : []),
      kind: (row: LogRow) => (listed(row) ? [[row.groupId, row.kind, row.atMs, row.position]] : []),
    },
  },
  groups: { indexes: {} },
} as const;

export const logRefs = (groupId: string, postId: string): RowRef[] => [
  { collection: 'log', key: postId },
  { collection: 'groups', key: groupId },
];

const publish = (rows: RowSet, decoded: DecodedEvent, { kind, publishedAt }: PostPublished): void => {
  const { groupId = '', postId = '' } = idsOfStream(decoded.stream);
  const { lane, position } = decoded;
  const atMs = publishedAtMs(decoded, publishedAt);
  rows.put<LogRow>('log', postId, { postId, groupId, kind, atMs, lane, position, state: 'visible' });
  change(rows, groupId, 1);
};

export const applyToLog = (rows: RowSet, postId: string, decoded: DecodedEvent, event: NonNullable<PostEvent['event']>): void => {
  switch (event.$case) {
    case 'postPublished':
      publish(rows, decoded, event.value);
      return;
    case 'postHidden':
      setState(rows, postId, 'hidden');
      return;
    case 'postRestored':
      setState(rows, postId, 'visible');
      return;
    case 'postDeleted':
      setState(rows, postId, 'deleted');
      return;
    case 'postEdited':
    case 'postClosed':
    case 'postReopened':
    case 'answerAccepted':
    case 'answerUnaccepted':
      return;
    default:
      event satisfies never;
  }
};
