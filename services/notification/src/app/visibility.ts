/** Which entries of an inbox stand for a person now. The one rule of the list, the counts, the live stream and the mail. */
import type { GroupFacts, MembershipFacts } from '@parvis/access/src/facts.ts';
import { isMember, mayRead, type PersonViewer } from '@parvis/access/src/mayRead.ts';
import type { ItemRow } from '../views/postInboxView.ts';
import type { Entry } from './entry.ts';
import { levelIn, levelTells, type Wishes } from './wishes.ts';

/** Whose inbox it is, with the facts about them as of now. */
export interface Reader {
  readonly viewer: PersonViewer;
  readonly personId: string;
  readonly nowMs: number;
}

export interface Standing {
  readonly group: GroupFacts | undefined;
  readonly membership: MembershipFacts | undefined;
  /** When this person became a member; undefined for others. */
  readonly sinceMs?: number | undefined;
}

/** The post, and the comment when the entry is about one. Undefined: it is not known. */
export interface Subject {
  readonly post: ItemRow | undefined;
  readonly comment: ItemRow | undefined;
}

/** Partners, and groups that are not open: nothing is told of them while access facts lag behind. */
export const isClosed = (viewer: PersonViewer, group: GroupFacts): boolean => viewer.person.kind === 'partner' || group.privacy !== 'open';

const moderates = (membership: MembershipFacts | undefined): boolean => isMember(membership) && membership?.role !== 'member';

const stillInvited = (membership: MembershipFacts | undefined, nowMs: number): boolean =>
  membership?.state === 'invited' && (membership.invitedUntilMs ?? Number.POSITIVE_INFINITY) > nowMs;

const readsContent = (reader: Reader, group: GroupFacts, membership: MembershipFacts | undefined): boolean =>
  mayRead(reader.viewer, { kind: 'group-content', group, membership }, reader.nowMs);
const seesCard = (reader: Reader, group: GroupFacts, membership: MembershipFacts | undefined): boolean =>
  mayRead(reader.viewer, { kind: 'group-card', group, membership }, reader.nowMs);

/**
 * The entry as this person may see it, or undefined. Someone removed from a group whose existence they may not know of
 * any more still learns that they were removed, but not from where.
 */
export const permitted = (reader: Reader, entry: Entry, standing: Standing, fresh: boolean): Entry | undefined => {
  const { group, membership, sinceMs } = standing;
  const own = mayRead(reader.viewer, { kind: 'own', personId: reader.personId }, reader.nowMs);
  if (!own || group === undefined || (isClosed(reader.viewer, group) && !fresh)) return undefined;
  const when = (allowed: boolean): Entry | undefined => (allowed ? entry : undefined);
  switch (entry.reason) {
    case 'mention':
    case 'reply':
    case 'answer_accepted':
    case 'comment':
      return when(readsContent(reader, group, membership));
    case 'announcement':
    case 'question':
    case 'post':
    case 'taken_over':
      return when(isMember(membership) && readsContent(reader, group, membership) && entry.atMs >= (sinceMs ?? Number.POSITIVE_INFINITY));
    case 'request':
      return when(moderates(membership) && readsContent(reader, group, membership));
    case 'invited':
      return when(stillInvited(membership, reader.nowMs) && seesCard(reader, group, membership));
    case 'approved':
    case 'declined':
    case 'role':
      return when(seesCard(reader, group, membership));
    case 'removed':
      return seesCard(reader, group, membership) ? entry : { ...entry, groupId: '', actorId: '' };
    default:
      return entry.reason satisfies never;
  }
};

/** False for what was deleted, hidden or taken back since: such entries vanish. */
export const stillStands = (entry: Entry, { post, comment }: Subject): boolean => {
  if (entry.postId === '') return true;
  if (post?.state !== 'visible') return false;
  if (entry.commentId !== '' && comment?.state !== 'visible') return false;
  return entry.reason !== 'answer_accepted' || post.acceptedCommentId === entry.commentId;
};

/** False for what this person does not wish to be told, and for what they did themselves. */
export const wished = (wishes: Wishes, personId: string, entry: Entry): boolean => {
  if (entry.actorId === personId) return false;
  if (!levelTells(levelIn(wishes, entry.groupId), entry.reason)) return false;
  return entry.reason !== 'comment' || wishes.follows.get(entry.postId)?.following !== false;
};
