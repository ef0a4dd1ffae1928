/** What an event means to a live stream, before anyone's access is looked at: ids and a kind, never text. */
import type { GroupEvent, MemberEvent } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { CommentEvent, PostEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import type { Reason } from '../../views/entryRow.ts';
import type { Entry, InboxSource } from '../entry.ts';
import { reasonOfKind } from '../inboxStreams.ts';

export type TickType =
  | 'post.published'
  | 'post.changed'
  | 'comment.added'
  | 'comment.changed'
  | 'reactions.changed'
  | 'group.changed'
  | 'membership.changed';

export interface Seed {
  readonly type: TickType;
  /** Members who read the group's content, those who moderate it, or (always as well) the person it is about. */
  readonly audience: 'members' | 'moderators';
  /** The person whose own standing it changes; empty: nobody's. */
  readonly personId: string;
  readonly actorId: string;
}

/** An event on its way to the streams. */
export interface LiveEvent {
  readonly source: InboxSource;
  readonly lane: number;
  readonly position: number;
  readonly atMs: number;
  readonly groupId: string;
  readonly postId: string;
  readonly commentId: string;
  readonly seed: Seed;
  /** What is told to many by one row; the reason a member, moderator or follower may find it in their inbox. */
  readonly wide: Entry | undefined;
  /** Entries of single people. */
  readonly personal: ReadonlyMap<string, Entry>;
  /** Later events with this key replace earlier ones that still wait. */
  readonly coalesce: string;
}

type PostCase = NonNullable<PostEvent['event']>['$case'] | NonNullable<CommentEvent['event']>['$case'];

const POST_TYPES: Readonly<Record<PostCase, TickType>> = {
  postPublished: 'post.published',
  postEdited: 'post.changed',
  postDeleted: 'post.changed',
  postHidden: 'post.changed',
  postRestored: 'post.changed',
  postClosed: 'post.changed',
  postReopened: 'post.changed',
  answerAccepted: 'post.changed',
  answerUnaccepted: 'post.changed',
  commentAdded: 'comment.added',
  commentEdited: 'comment.changed',
  commentDeleted: 'comment.changed',
  commentHidden: 'comment.changed',
  commentRestored: 'comment.changed',
};
const COUNTED: ReadonlySet<string> = new Set(['reactionSet', 'reactionRemoved', 'postAcknowledged']);

type GroupCase = NonNullable<GroupEvent['event']>['$case'];
const GROUP_TYPES: Readonly<Record<GroupCase, TickType>> = {
  groupCreated: 'group.changed',
  groupChanged: 'group.changed',
  groupPrivacyChanged: 'group.changed',
  groupPartnerAdmissionChanged: 'group.changed',
  groupArchived: 'group.changed',
  groupReopened: 'group.changed',
  groupOwnerAdded: 'membership.changed',
  groupOwnerRemoved: 'membership.changed',
  groupTakenOver: 'membership.changed',
};

type MemberCase = NonNullable<MemberEvent['event']>['$case'];
/** What members see of another's membership; requests, invitations and exclusions are the moderators' business. */
const MEMBER_AUDIENCE: Readonly<Record<MemberCase, Seed['audience']>> = {
  memberJoined: 'members',
  memberLeft: 'members',
  memberRemoved: 'members',
  memberRoleChanged: 'members',
  membershipRequested: 'moderators',
  membershipRequestWithdrawn: 'moderators',
  membershipDeclined: 'moderators',
  memberInvited: 'moderators',
  memberInvitationDeclined: 'moderators',
  memberInvitationRevoked: 'moderators',
  memberBanned: 'moderators',
  memberUnbanned: 'moderators',
};

const actorOf = (value: Readonly<Record<string, unknown>>): string => {
  for (const field of ['by', 'authorId', 'personId', 'createdBy']) {
    const actor = value[field];
    if (typeof actor === 'string' && actor !== '') return actor;
  }
  return '';
};

const seedOf = ({ event, source, stream }: DecodedEvent): Seed | undefined => {
  if (event === undefined) return undefined;
  const actorId = actorOf(event.value);
  if (source === 'post') {
    const type = COUNTED.has(event.$case) ? 'reactions.changed' : POST_TYPES[event.$case as PostCase];
    return type === undefined ? undefined : { type, audience: 'members', personId: '', actorId };
  }
  const personId = (event.value.personId as string | undefined) ?? '';
  if (stream.split('/')[2] === 'member') {
    return { type: 'membership.changed', audience: MEMBER_AUDIENCE[event.$case as MemberCase] ?? 'moderators', personId, actorId };
  }
  const type = GROUP_TYPES[event.$case as GroupCase];
  return type === undefined ? undefined : { type, audience: 'members', personId, actorId };
};

const wideReason = ({ event }: DecodedEvent): Reason | undefined => {
  switch (event?.$case) {
    case 'postPublished':
      return event.value.publishedAt === undefined ? reasonOfKind(event.value.kind) : undefined;
    case 'commentAdded':
      return event.value.publishedAt === undefined ? 'comment' : undefined;
    case 'membershipRequested':
      return 'request';
    case 'groupTakenOver':
      return 'taken_over';
    default:
      return undefined;
  }
};

const NOBODY: ReadonlyMap<string, Entry> = new Map();

/** Undefined for an event that no live stream tells of. */
export const liveEventOf = (decoded: DecodedEvent, personal: ReadonlyMap<string, Entry> = NOBODY): LiveEvent | undefined => {
  const { groupId, postId = '', commentId = '' } = idsOfStream(decoded.stream);
  const seed = seedOf(decoded);
  if (seed === undefined || groupId === undefined) return undefined;
  const source = decoded.source as InboxSource;
  const { lane, position } = decoded;
  const atMs = decoded.at.getTime();
  const reason = wideReason(decoded);
  const place = { source, lane, position, atMs, groupId, postId, commentId };
  return {
    ...place,
    seed,
    wide: reason && { ...place, reason, actorId: seed.actorId },
    personal,
    coalesce: seed.type === 'reactions.changed' ? `${postId}/${commentId}` : '',
  };
};
