import { type CommentEvent, type PostEvent, PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowRef, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import type { EntryRow, PersonalReason } from './entryRow.ts';
import {
  asksForAttention,
  type GroupHeadRow,
  type ItemRow,
  type ItemState,
  postInboxSchema,
  THREAD_PARTICIPANTS,
  type ThreadRow,
} from './postInboxView.ts';

type PostStreamEvent = NonNullable<PostEvent['event']>;
type CommentStreamEvent = NonNullable<CommentEvent['event']>;

interface Place {
  readonly decoded: DecodedEvent;
  readonly groupId: string;
  readonly postId: string;
  /** Empty for an event of the post itself. */
  readonly commentId: string;
  readonly rows: RowSet;
}

const FAMILIES = /^group\/[^/]+\/post\/[^/]+(\/comment\/[^/]+)?$/;

const keys = ({ stream, event }: DecodedEvent): readonly RowRef[] => {
  const { groupId, postId, commentId } = idsOfStream(stream);
  if (groupId === undefined || postId === undefined || !FAMILIES.test(stream)) return [];
  const items = [{ collection: 'items', key: commentId ?? postId }];
  if (event?.$case === 'answerAccepted') return [...items, { collection: 'items', key: event.value.commentId as string }];
  if (event?.$case === 'postPublished') return [...items, { collection: 'heads', key: groupId }];
  return event?.$case === 'commentAdded' ? [...items, { collection: 'threads', key: postId }] : items;
};

/** One entry per person and event; the first reason given wins, so callers name the strongest first. */
const notify = (place: Place, actorId: string, reasons: readonly (readonly [PersonalReason, readonly string[]])[]): void => {
  const { decoded, groupId, postId, commentId, rows } = place;
  const { lane, position } = decoded;
  const told = new Set([actorId, '']);
  for (const [reason, personIds] of reasons) {
    for (const personId of personIds) {
      if (told.has(personId)) continue;
      told.add(personId);
      const entry: EntryRow = {
        personId,
        reason,
        groupId,
        postId,
        commentId,
        actorId,
        atMs: decoded.at.getTime(),
        lane,
        position,
      };
      rows.put('entries', `${personId}/${lane}/${position}`, entry);
    }
  }
};

const itemOf = (place: Place, authorId: string, kind: PostKind, mentions: readonly string[], imported: boolean): ItemRow => ({
  id: place.commentId === '' ? place.postId : place.commentId,
  postId: place.postId,
  groupId: place.groupId,
  authorId,
  kind,
  state: 'visible',
  mentions,
  atMs: place.decoded.at.getTime(),
  lane: place.decoded.lane,
  position: place.decoded.position,
  textPosition: place.decoded.position,
  acceptedCommentId: '',
  imported,
});

const published = (place: Place, event: Extract<PostStreamEvent, { $case: 'postPublished' }>['value']): void => {
  const { groupId, postId, rows, decoded } = place;
  const imported = event.publishedAt !== undefined;
  rows.put('items', postId, itemOf(place, event.authorId, event.kind, event.mentions, imported));
  if (imported) return;
  const atMs = decoded.at.getTime();
  const askingAtMs = asksForAttention(event.kind) ? atMs : (rows.get<GroupHeadRow>('heads', groupId)?.askingAtMs ?? 0);
  rows.put<GroupHeadRow>('heads', groupId, { groupId, atMs, askingAtMs, position: decoded.position });
  notify(place, event.authorId, [['mention', event.mentions]]);
};

const joinThread = (rows: RowSet, postId: string, personId: string): readonly string[] => {
  const before = rows.get<ThreadRow>('threads', postId)?.participants ?? [];
  const others = before.filter((id) => id !== personId);
  if (before.at(-1) !== personId) {
    rows.put<ThreadRow>('threads', postId, { postId, participants: [...others, personId].slice(-THREAD_PARTICIPANTS) });
  }
  return others;
};

const commented = (place: Place, event: Extract<CommentStreamEvent, { $case: 'commentAdded' }>['value']): void => {
  const imported = event.publishedAt !== undefined;
  place.rows.put('items', place.commentId, itemOf(place, event.authorId, PostKind.UNSPECIFIED, event.mentions, imported));
  const participants = joinThread(place.rows, place.postId, event.authorId);
  if (imported) return;
  notify(place, event.authorId, [
    ['mention', event.mentions],
    ['reply', [event.parentAuthorId]],
    ['comment', [event.postAuthorId, ...participants]],
  ]);
};

const edited = (place: Place, item: ItemRow, mentions: readonly string[]): void => {
  place.rows.put<ItemRow>('items', item.id, { ...item, mentions, textPosition: place.decoded.position });
  if (item.imported) return;
  const added = mentions.filter((personId) => !item.mentions.includes(personId));
  notify(place, item.authorId, [['mention', added]]);
};

const STATES: Readonly<Record<string, ItemState>> = {
  postDeleted: 'deleted',
  postHidden: 'hidden',
  postRestored: 'visible',
  commentDeleted: 'deleted',
  commentHidden: 'hidden',
  commentRestored: 'visible',
};

const changed = (place: Place, event: PostStreamEvent | CommentStreamEvent): void => {
  const item = place.rows.get<ItemRow>('items', place.commentId === '' ? place.postId : place.commentId);
  if (item === undefined) return;
  const state = STATES[event.$case];
  if (state !== undefined) {
    place.rows.put<ItemRow>('items', item.id, { ...item, state });
  } else if (event.$case === 'postEdited' || event.$case === 'commentEdited') {
    edited(place, item, event.value.mentions);
  } else if (event.$case === 'answerAccepted') {
    const { commentId, by } = event.value;
    place.rows.put<ItemRow>('items', item.id, { ...item, acceptedCommentId: commentId });
    const answer = place.rows.get<ItemRow>('items', commentId);
    if (answer && !answer.imported) notify({ ...place, commentId }, by, [['answer_accepted', [answer.authorId]]]);
  } else if (event.$case === 'answerUnaccepted') {
    place.rows.put<ItemRow>('items', item.id, { ...item, acceptedCommentId: '' });
  }
};

/**
 * Rows only for people directly concerned, by the root of the group the item lies in. Whether a person may read the
 * item, wants to know of it and has read it is decided when the inbox is read.
 */
export const postInboxProjection: Projection = {
  schema: postInboxSchema,
  source: 'post',
  personal: 'sealed',
  keys,
  apply(decoded, rows) {
    const { groupId, postId, commentId = '' } = idsOfStream(decoded.stream);
    const event = decoded.event as PostStreamEvent | CommentStreamEvent | undefined;
    if (event === undefined || groupId === undefined || postId === undefined || !FAMILIES.test(decoded.stream)) return;
    const place: Place = { decoded, groupId, postId, commentId, rows };
    if (event.$case === 'postPublished') published(place, event.value);
    else if (event.$case === 'commentAdded') commented(place, event.value);
    else changed(place, event);
  },
};
