/** The sources of one person's inbox: their own entries, what was told to their groups, and threads they chose to follow. */
import { NotificationLevel } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { IndexKey } from '@parvis/kit/ports/views.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { EntryRow, Reason } from '../views/entryRow.ts';
import type { GroupNameRow, GroupWideRow } from '../views/groupInboxView.ts';
import type { GroupHeadRow, ItemRow } from '../views/postInboxView.ts';
import type { Entry, InboxSource } from './entry.ts';
import type { EntryStream } from './inboxMerge.ts';
import type { Standings } from './standings.ts';
import { levelIn, type Wishes } from './wishes.ts';

/** Rows read at once from one source. */
const STREAM_PAGE = 32;

const REASONS: Readonly<Record<number, Reason>> = { [PostKind.ANNOUNCEMENT]: 'announcement', [PostKind.QUESTION]: 'question' };
/** Why a group's members are told of a post of this kind. */
export const reasonOfKind = (kind: PostKind): Reason => REASONS[kind] ?? 'post';

export const postEntry = (row: ItemRow): Entry => ({
  source: 'post',
  reason: reasonOfKind(row.kind),
  groupId: row.groupId,
  postId: row.postId,
  commentId: '',
  actorId: row.authorId,
  atMs: row.atMs,
  lane: row.lane,
  position: row.position,
});

export const commentEntry = (row: ItemRow): Entry => ({ ...postEntry(row), reason: 'comment', commentId: row.id });

export const personalEntry = (source: InboxSource, { personId: _, ...row }: EntryRow): Entry => ({ source, ...row });

const groupWideEntry = ({ audience: _, ...row }: GroupWideRow): Entry => ({ source: 'group', postId: '', commentId: '', ...row });

interface RangeStream<R> {
  readonly view: string;
  readonly collection: string;
  readonly index: string;
  readonly prefix: IndexKey;
  readonly boundMs: number;
  readonly entry: (row: R) => Entry;
}

/** A range of an index whose keys go on with the time after the prefix. */
const rangeStream = <R>(runtime: ServiceRuntime, { view, collection, index, prefix, boundMs, entry }: RangeStream<R>): EntryStream => ({
  boundMs,
  async page(from) {
    // The key of the next millisecond without more elements sorts after all of this one.
    const start = from === undefined ? undefined : 'token' in from ? (from.token as IndexKey) : [...prefix, from.atMs + 1];
    const options = { prefix, reverse: true, limit: STREAM_PAGE, ...(start === undefined ? {} : { after: start }) };
    const found = await runtime.view(view).range<R>(collection, index, options);
    const last = found.length === STREAM_PAGE ? found.at(-1)?.indexKey : undefined;
    return { entries: found.map(({ row }) => entry(row)), next: last === undefined ? undefined : { token: last } };
  },
});

const ownStreams = (runtime: ServiceRuntime, personId: string): EntryStream[] =>
  (['post', 'group'] as const).map((source) =>
    rangeStream<EntryRow>(runtime, {
      view: `${source}Inbox`,
      collection: 'entries',
      index: 'byPerson',
      prefix: [personId],
      boundMs: Number.MAX_SAFE_INTEGER,
      entry: (row) => personalEntry(source, row),
    }),
  );

const postsOfGroups = async (runtime: ServiceRuntime, groupIds: readonly string[], wishes: Wishes): Promise<EntryStream[]> => {
  const heads = await runtime.view('postInbox').getMany<GroupHeadRow>('heads', groupIds);
  return groupIds.flatMap((groupId, nth) => {
    const head = heads[nth];
    const level = levelIn(wishes, groupId);
    const boundMs = level === NotificationLevel.ALL ? (head?.atMs ?? 0) : (head?.askingAtMs ?? 0);
    if (boundMs === 0 || level === NotificationLevel.NONE) return [];
    const index = level === NotificationLevel.ALL ? 'posts' : 'asking';
    return [rangeStream<ItemRow>(runtime, { view: 'postInbox', collection: 'items', index, prefix: [groupId], boundMs, entry: postEntry })];
  });
};

const toldToGroups = async (runtime: ServiceRuntime, groupIds: readonly string[], standings: Standings): Promise<EntryStream[]> => {
  const rows = await runtime.view('groupInbox').getMany<GroupNameRow>('groups', groupIds);
  return rows.flatMap((row) => {
    if (row === undefined) return [];
    const moderator = standings.in(row.id).membership?.role !== 'member';
    const bounds = { members: row.membersAtMs, moderators: moderator ? row.moderatorsAtMs : 0 };
    return Object.entries(bounds).flatMap(([audience, boundMs]) =>
      boundMs === 0
        ? []
        : [
            rangeStream<GroupWideRow>(runtime, {
              view: 'groupInbox',
              collection: 'groupWide',
              index: 'byGroup',
              prefix: [row.id, audience],
              boundMs,
              entry: groupWideEntry,
            }),
          ],
    );
  });
};

const followedThreads = (runtime: ServiceRuntime, wishes: Wishes): EntryStream[] =>
  [...wishes.follows.values()]
    .filter(({ following }) => following)
    .map(({ postId, sinceMs }) => {
      const stream = rangeStream<ItemRow>(runtime, {
        view: 'postInbox',
        collection: 'items',
        index: 'comments',
        prefix: [postId],
        boundMs: Number.MAX_SAFE_INTEGER,
        entry: commentEntry,
      });
      return {
        boundMs: stream.boundMs,
        page: async (from) => {
          const { entries, next } = await stream.page(from);
          const recent = entries.filter((entry) => entry.atMs > sinceMs);
          return { entries: recent, next: recent.length < entries.length ? undefined : next };
        },
      };
    });

/** Personal entries come first: an event that concerns someone directly is told with that reason. */
export const inboxStreams = async (
  runtime: ServiceRuntime,
  personId: string,
  wishes: Wishes,
  standings: Standings,
): Promise<EntryStream[]> => {
  const groupIds = await runtime.facts.groupIdsOf(personId);
  await standings.load(groupIds);
  const [posts, told] = await Promise.all([postsOfGroups(runtime, groupIds, wishes), toldToGroups(runtime, groupIds, standings)]);
  return [...ownStreams(runtime, personId), ...followedThreads(runtime, wishes), ...told, ...posts];
};
