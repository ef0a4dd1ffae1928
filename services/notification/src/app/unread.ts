/** Unread counts, and marking as read. Counts are over what the person may read now. */
import { isMember, mayRead } from '@parvis/access/src/mayRead.ts';
import { NotificationLevel } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import type { GetUnreadResponse, GroupUnread, MarkReadRequest } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { invalid, notFound } from '@parvis/kit/runtime/errors.ts';
import { groupOfPost } from '@parvis/kit/runtime/ids.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { GroupHeadRow, ItemRow } from '../views/postInboxView.ts';
import { placeOfEntryId } from './entryId.ts';
import { countUnread, type InboxReader, openInbox, type SealedWatermark } from './inbox.ts';
import type { Parts } from './parts.ts';
import { createStandings } from './standings.ts';
import { isClosed, type Reader } from './visibility.ts';
import { loadGroupMarks, loadReadMarks, markSingle, raiseGroup, raiseInbox } from './watermarks.ts';
import { levelIn } from './wishes.ts';

export const UNREAD_LIMITS = {
  /** Posts counted per group. */
  posts: 100,
  /** Posts looked at per group: one's own, hidden and deleted ones are passed over. */
  scan: 300,
  /** Ids of one MarkRead. */
  ids: 100,
} as const;

const countPosts = async ({ runtime, reader }: InboxReader, groupId: string, watermark: number, sinceMs: number): Promise<GroupUnread> => {
  const entries = await runtime
    .view('postInbox')
    .range<ItemRow>('items', 'posts', { prefix: [groupId], reverse: true, limit: UNREAD_LIMITS.scan });
  let posts = 0;
  for (const { row } of entries) {
    if (row.position <= watermark || row.atMs < sinceMs) return { groupId, posts, capped: false };
    if (row.authorId === reader.personId || row.state !== 'visible') continue;
    if (posts === UNREAD_LIMITS.posts) return { groupId, posts, capped: true };
    posts += 1;
  }
  return { groupId, posts, capped: entries.length === UNREAD_LIMITS.scan };
};

const unreadGroups = async (inbox: InboxReader, marks: ReadonlyMap<string, number>): Promise<GroupUnread[]> => {
  const { runtime, reader, wishes, standings } = inbox;
  const mine = await runtime.facts.groupIdsOf(reader.personId);
  const groupIds = mine.filter((groupId) => levelIn(wishes, groupId) !== NotificationLevel.NONE);
  await standings.load(groupIds);
  const heads = await runtime.view('postInbox').getMany<GroupHeadRow>('heads', groupIds);
  const fresh = runtime.factsFresh();
  const counts: GroupUnread[] = [];
  for (const [nth, groupId] of groupIds.entries()) {
    const { group, membership, sinceMs } = standings.in(groupId);
    const watermark = marks.get(groupId) ?? 0;
    if ((heads[nth]?.position ?? 0) <= watermark || sinceMs === undefined) continue;
    if (!group || !isMember(membership) || (isClosed(reader.viewer, group) && !fresh)) continue;
    if (!mayRead(reader.viewer, { kind: 'group-content', group, membership }, reader.nowMs)) continue;
    const count = await countPosts(inbox, groupId, watermark, sinceMs);
    if (count.posts > 0) counts.push(count);
  }
  return counts;
};

/** Groups at level none are not counted; groups without unread posts are not listed. */
export const getUnread = async ({ runtime, state }: Parts, reader: Reader): Promise<GetUnreadResponse> => {
  const [inbox, marks, groupMarks] = await Promise.all([
    openInbox(runtime, reader),
    loadReadMarks(state, reader.personId),
    loadGroupMarks(state, reader.personId),
  ]);
  return { inbox: await countUnread(inbox, marks), groups: await unreadGroups(inbox, groupMarks) };
};

/** @throws notFound for a post that is not there or that the person may not read, alike. */
const markGroup = async ({ runtime, state }: Parts, reader: Reader, groupId: string, postId: string): Promise<void> => {
  const standings = createStandings(runtime, reader.personId);
  if (groupOfPost(postId) !== groupId) throw invalid('postId', 'a post of the group');
  const [post] = await Promise.all([runtime.view('postInbox').get<ItemRow>('items', postId), standings.load([groupId])]);
  const { group, membership } = standings.in(groupId);
  const readable = group !== undefined && mayRead(reader.viewer, { kind: 'group-content', group, membership }, reader.nowMs);
  if (post === undefined || !readable || (isClosed(reader.viewer, group) && !runtime.factsFresh())) throw notFound('post');
  await raiseGroup(state, reader.personId, groupId, post.position);
};

const watermarkOf = (runtime: ServiceRuntime, reader: Reader, sealed: string): SealedWatermark => {
  const watermark = runtime.sealer.open<SealedWatermark>('inbox-watermark', sealed);
  if (watermark.personId !== reader.personId) throw invalid('inbox-watermark', 'a value handed out to this person');
  return watermark;
};

/** Marks what the request names, all of it checked first. @returns unread entries left */
export const markRead = async (parts: Parts, reader: Reader, request: MarkReadRequest): Promise<number> => {
  const { runtime, state } = parts;
  if (request.notificationIds.length > UNREAD_LIMITS.ids) throw invalid('notificationIds', `at most ${UNREAD_LIMITS.ids}`);
  if ((request.groupId === '') !== (request.postId === '')) throw invalid('postId', 'both groupId and postId, or neither');
  const watermark = request.watermark === '' ? undefined : watermarkOf(runtime, reader, request.watermark);
  const places = request.notificationIds.map((id) => placeOfEntryId(runtime, id));
  if (request.groupId !== '') await markGroup(parts, reader, request.groupId, request.postId);
  if (watermark !== undefined) await raiseInbox(state, reader.personId, watermark.vector, watermark.atMs);
  if (places.length > 0) await markSingle(state, reader.personId, places);
  return countUnread(await openInbox(runtime, reader), await loadReadMarks(state, reader.personId));
};
