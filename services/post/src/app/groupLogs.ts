/**
 * The newest posts of several groups, merged in order of publication. Each group's newest are remembered in a ring; the
 * view says in one read, by a counter per group, which rings are still right. So a page is read as of the view, posting
 * writes nothing to anybody's feed, and joining, leaving or hiding needs no rewriting.
 */
import type { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { IndexKey, View } from '@parvis/kit/ports/views.ts';
import { groupStream } from '@parvis/kit/runtime/ids.ts';
import { laneOf } from '@parvis/kit/runtime/streams.ts';
import { LRUCache } from 'lru-cache';
import type { GroupPostsRow, LogRow } from '../views/groupLogRows.ts';
import { createMerge } from './mergeNewest.ts';

/** Posts remembered of a group. */
export const RING_ENTRIES = 50;
/** Groups whose rings are kept, the least recently read go first. */
export const RING_GROUPS = 2_000;
/** Entries read at once beyond a ring. */
export const DEEP_CHUNK = 50;
/** Groups asked for in one read. */
const GROUPS_PER_READ = 10_000;

/** Where a post stands among all: later is newer. Lanes only make the order of equal times total. */
export interface LogPlace {
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
}

export interface LogEntry extends LogPlace {
  readonly groupId: string;
  readonly postId: string;
  readonly kind: PostKind;
}

export interface LogPage {
  /** Only entries older than this place. */
  readonly after?: LogPlace;
  readonly kind?: PostKind | undefined;
  readonly limit: number;
}

export interface GroupLogs {
  /** Newest first. Asks nobody for rights: the groups are those the caller may read. */
  page(groupIds: readonly string[], page: LogPage): Promise<LogEntry[]>;
}

interface Ring {
  readonly changes: number;
  readonly entries: readonly LogEntry[];
  /** The group has no more. */
  readonly complete: boolean;
}

/** Positive when the left is newer. */
export const compareNewest = (left: LogPlace, right: LogPlace): number =>
  left.atMs - right.atMs || left.lane - right.lane || left.position - right.position;

/** Key of a group's index from which, going down, lies exactly what is older than the place. */
const keyOlderThan = (prefix: IndexKey, lane: number, place: LogPlace): IndexKey => {
  if (lane === place.lane) return [...prefix, place.atMs, place.position];
  return [...prefix, place.atMs, lane < place.lane ? Number.MAX_SAFE_INTEGER : 0];
};

const readOlder = async (view: View, groupId: string, { after, kind, limit }: LogPage): Promise<LogEntry[]> => {
  const prefix: IndexKey = kind === undefined ? [groupId] : [groupId, kind];
  const from = after === undefined ? {} : { after: keyOlderThan(prefix, laneOf(groupStream(groupId)), after) };
  const index = kind === undefined ? 'latest' : 'kind';
  const entries = await view.range<LogRow>('log', index, { prefix, reverse: true, limit, ...from });
  return entries.map(({ row: { postId, kind, atMs, lane, position } }) => ({ groupId, postId, kind, atMs, lane, position }));
};

const readRing = async (view: View, groupId: string, changes: number): Promise<Ring> => {
  const entries = await readOlder(view, groupId, { limit: RING_ENTRIES });
  return { changes, entries, complete: entries.length < RING_ENTRIES };
};

const readChanges = async (view: View, groupIds: readonly string[]): Promise<Map<string, number>> => {
  const changes = new Map<string, number>();
  for (let from = 0; from < groupIds.length; from += GROUPS_PER_READ) {
    const ids = groupIds.slice(from, from + GROUPS_PER_READ);
    const rows = await view.getMany<GroupPostsRow>('groups', ids);
    ids.forEach((id, index) => {
      const row = rows[index];
      if (row && row.posts > 0) changes.set(id, row.changes);
    });
  }
  return changes;
};

/** What one group still has to give to a page: first from its ring, then from the view, chunk by chunk. */
async function* olderOf(view: View, groupId: string, ring: Ring, page: LogPage): AsyncGenerator<LogEntry[]> {
  const { after, kind } = page;
  const fits = (entry: LogEntry): boolean =>
    (kind === undefined || entry.kind === kind) && (after === undefined || compareNewest(entry, after) < 0);
  const remembered = ring.entries.filter(fits);
  if (remembered.length > 0) yield remembered;
  const last = ring.entries.at(-1);
  if (ring.complete || last === undefined) return;
  let place: LogPlace = after !== undefined && compareNewest(after, last) < 0 ? after : last;
  for (;;) {
    const chunk = await readOlder(view, groupId, { kind, limit: DEEP_CHUNK, after: place });
    if (chunk.length > 0) yield chunk;
    if (chunk.length < DEEP_CHUNK) return;
    place = chunk.at(-1) as LogEntry;
  }
}

/** @param viewOf the view `posts`; asked for at each read, as it is there only once the service started. */
export const createGroupLogs = (viewOf: () => View): GroupLogs => {
  const rings = new LRUCache<string, Ring>({ max: RING_GROUPS });

  const ringOf = async (view: View, groupId: string, changes: number): Promise<Ring> => {
    const known = rings.get(groupId);
    if (known?.changes === changes) return known;
    const ring = await readRing(view, groupId, changes);
    rings.set(groupId, ring);
    return ring;
  };

  return {
    async page(groupIds, page) {
      const view = viewOf();
      const merge = createMerge<LogEntry>(compareNewest);
      for (const [groupId, changes] of await readChanges(view, groupIds)) {
        await merge.add(olderOf(view, groupId, await ringOf(view, groupId, changes), page));
      }
      const entries: LogEntry[] = [];
      while (entries.length < page.limit) {
        const entry = await merge.next();
        if (!entry) break;
        entries.push(entry);
      }
      await merge.close();
      return entries;
    },
  };
};
