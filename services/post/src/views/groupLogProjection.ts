/** The posts of each group in order of publication: light rows, read by the group log and the home feed. */
import type { PostEvent, PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
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

export const groupLogProjection: Projection = {
  source: 'post',
  personal: 'sealed',
  schema: {
    name: 'groupLog',
    version: 1,
    collections: {
      log: {
        indexes: {
          latest: (row: LogRow) => (listed(row) ? [[row.groupId, row.atMs, row.position]] : []),
          kind: (row: LogRow) => (listed(row) ? [[row.groupId, row.kind, row.atMs, row.position]] : []),
        },
      },
      groups: { indexes: {} },
    },
  },
  keys({ stream, type }) {
    if (!type.startsWith('parvis.post.v1.Post')) return [];
    const { groupId, postId } = idsOfStream(stream);
    if (groupId === undefined || postId === undefined) return [];
    return [
      { collection: 'log', key: postId },
      { collection: 'groups', key: groupId },
    ];
  },
  apply(decoded, rows) {
    const event = decoded.event as PostEvent['event'];
    const { groupId, postId } = idsOfStream(decoded.stream);
    if (!event || groupId === undefined || postId === undefined) return;
    switch (event.$case) {
      case 'postPublished': {
        const { lane, position } = decoded;
        const { kind, publishedAt } = event.value;
        rows.put<LogRow>('log', postId, {
          postId,
          groupId,
          kind,
          atMs: publishedAtMs(decoded, publishedAt),
          lane,
          position,
          state: 'visible',
        });
        change(rows, groupId, 1);
        return;
      }
      case 'postHidden':
        setState(rows, postId, 'hidden');
        return;
      case 'postRestored':
        setState(rows, postId, 'visible');
        return;
      case 'postDeleted':
        setState(rows, postId, 'deleted');
        return;
      default:
    }
  },
};
