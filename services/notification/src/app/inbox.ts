/** Reading an inbox: merged, filtered by access, level and state, newest first. */
import type {
  ListNotificationsRequest,
  ListNotificationsResponse,
  Notification,
} from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { LANE_COUNT } from '@parvis/kit/ports/eventLog.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { ItemRow } from '../views/postInboxView.ts';
import { type Entry, type EntryPlace, INBOX_SOURCES, type InboxSource } from './entry.ts';
import { entryIdOf } from './entryId.ts';
import { mergeEntries } from './inboxMerge.ts';
import { inboxStreams } from './inboxStreams.ts';
import type { Parts } from './parts.ts';
import { createStandings, type Standings } from './standings.ts';
import { permitted, type Reader, stillStands, wished } from './visibility.ts';
import { type LaneVector, loadReadMarks, type ReadMarks } from './watermarks.ts';
import { loadWishes, type Wishes } from './wishes.ts';

export const INBOX_LIMITS = {
  page: 100,
  defaultPage: 50,
  /** Unread entries are counted up to here: a client shows "100+". */
  unread: 100,
  /** Entries looked at to fill one page or count: a sparse page answers with a cursor instead of searching on. */
  scan: 1000,
} as const;

/** Entries checked together: items and facts are read in batches. */
const CHECK_BATCH = 50;

const subjectIds = (entries: readonly Entry[]): string[] => [
  ...new Set(entries.flatMap(({ postId, commentId }) => [postId, commentId]).filter((id) => id !== '')),
];

/** Those of the entries that stand for this person now, in their order, as they may see them. */
export const standingEntries = async (
  runtime: ServiceRuntime,
  reader: Reader,
  wishes: Wishes,
  standings: Standings,
  entries: readonly Entry[],
): Promise<Entry[]> => {
  const wanted = entries.filter((entry) => wished(wishes, reader.personId, entry));
  await standings.load(wanted.map((entry) => entry.groupId));
  const ids = subjectIds(wanted);
  const rows = await runtime.view('postInbox').getMany<ItemRow>('items', ids);
  const items = new Map(ids.map((id, nth) => [id, rows[nth]]));
  const fresh = runtime.factsFresh();
  return wanted.flatMap((entry) => {
    if (!stillStands(entry, { post: items.get(entry.postId), comment: items.get(entry.commentId) })) return [];
    return permitted(reader, entry, standings.in(entry.groupId), fresh) ?? [];
  });
};

export interface InboxReader {
  readonly runtime: ServiceRuntime;
  readonly reader: Reader;
  readonly wishes: Wishes;
  readonly standings: Standings;
}

export const openInbox = async (runtime: ServiceRuntime, reader: Reader): Promise<InboxReader> => ({
  runtime,
  reader,
  wishes: await loadWishes(runtime, reader.personId),
  standings: createStandings(runtime, reader.personId),
});

/**
 * Entries that stand, after the cursor, until `take` says enough, or end: nothing further matters. `take` is asked for
 * every entry in order and keeps what it wants. @returns where a next page begins; undefined at the end.
 */
export const readInbox = async (
  { runtime, reader, wishes, standings }: InboxReader,
  cursor: EntryPlace | undefined,
  take: (entry: Entry) => 'more' | 'enough' | 'end',
): Promise<EntryPlace | undefined> => {
  const merged = mergeEntries(await inboxStreams(runtime, reader.personId, wishes, standings), cursor);
  let last = cursor;
  for (let scanned = 0; scanned < INBOX_LIMITS.scan; scanned += CHECK_BATCH) {
    const batch: Entry[] = [];
    for (let next = await merged.next(); !next.done; next = await merged.next()) {
      batch.push(next.value);
      if (batch.length === CHECK_BATCH) break;
    }
    const standing = await standingEntries(runtime, reader, wishes, standings, batch);
    for (const entry of standing) {
      last = entry;
      const wish = take(entry);
      if (wish !== 'more') return wish === 'end' ? undefined : last;
    }
    if (batch.length < CHECK_BATCH) return undefined;
    last = batch.at(-1);
  }
  return last;
};

/** Unread entries, up to INBOX_LIMITS.unread. */
export const countUnread = async (inbox: InboxReader, marks: ReadMarks): Promise<number> => {
  let unread = 0;
  await readInbox(inbox, undefined, (entry) => {
    if (entry.atMs < marks.doneBelowMs) return 'end';
    if (!marks.isRead(entry)) unread += 1;
    return unread === INBOX_LIMITS.unread ? 'enough' : 'more';
  });
  return unread;
};

/** How far the views have come: whoever reads the list has seen every entry up to here. */
const viewVector = async (runtime: ServiceRuntime): Promise<LaneVector> => {
  const vector: Record<InboxSource, number[]> = { post: [], group: [] };
  for (const source of INBOX_SOURCES) {
    vector[source] = Array.from({ length: LANE_COUNT }, () => 0);
    for (const mark of await runtime.view(`${source}Inbox`).marks()) {
      if (mark.source === source) vector[source][mark.lane] = mark.position;
    }
  }
  return vector;
};

/** What a watermark holds: sealed, so that it tells no volumes, and bound to the person it was given to. */
export interface SealedWatermark {
  readonly personId: string;
  readonly vector: LaneVector;
  readonly atMs: number;
}

interface InboxCursor {
  readonly after: EntryPlace;
  /** Of the first page: what comes in while one turns the pages is not marked as read. */
  readonly watermark: SealedWatermark;
}

export const presentEntry = (runtime: ServiceRuntime, marks: ReadMarks, entry: Entry): Notification => ({
  id: entryIdOf(runtime, entry),
  reason: entry.reason,
  groupId: entry.groupId,
  postId: entry.postId,
  commentId: entry.commentId,
  actorId: entry.actorId,
  at: new Date(entry.atMs),
  read: marks.isRead(entry),
});

export const listNotifications = async (
  { runtime, state }: Parts,
  reader: Reader,
  request: ListNotificationsRequest,
): Promise<ListNotificationsResponse> => {
  if (request.limit > INBOX_LIMITS.page) throw invalid('limit', `1 to ${INBOX_LIMITS.page}`);
  const limit = request.limit === 0 ? INBOX_LIMITS.defaultPage : request.limit;
  const cursor = request.cursor === '' ? undefined : runtime.sealer.open<InboxCursor>('cursor', request.cursor);
  // The vector is read before the entries: all it covers is in what follows.
  const watermark = cursor?.watermark ?? { personId: reader.personId, vector: await viewVector(runtime), atMs: reader.nowMs };
  const marks = await loadReadMarks(state, reader.personId);
  const inbox = await openInbox(runtime, reader);
  const notifications: Notification[] = [];
  const next = await readInbox(inbox, cursor?.after, (entry) => {
    if (request.unreadOnly && entry.atMs < marks.doneBelowMs) return 'end';
    if (!request.unreadOnly || !marks.isRead(entry)) notifications.push(presentEntry(runtime, marks, entry));
    return notifications.length === limit ? 'enough' : 'more';
  });
  const after = next && { source: next.source, atMs: next.atMs, lane: next.lane, position: next.position };
  return {
    notifications,
    nextCursor: after === undefined ? '' : runtime.sealer.seal('cursor', { after, watermark } satisfies InboxCursor),
    unread: await countUnread(inbox, marks),
    watermark: runtime.sealer.seal('inbox-watermark', watermark),
  };
};
