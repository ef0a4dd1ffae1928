import { type GroupEvent, JoinedVia, type MemberEvent } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowRef, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import type { EntryRow, PersonalReason } from './entryRow.ts';
import { type GroupNameRow, type GroupWideRow, groupInboxSchema, type SinceRow, sinceKey } from './groupInboxView.ts';

type GroupStreamEvent = NonNullable<GroupEvent['event']>;
type MemberStreamEvent = NonNullable<MemberEvent['event']>;

const isMemberStream = (stream: string): boolean => stream.split('/')[2] === 'member';

/** Cases that read the group's own row. */
const TOUCHES_GROUP = new Set(['groupChanged', 'groupTakenOver', 'membershipRequested']);

const keys = ({ stream, event }: DecodedEvent): readonly RowRef[] => {
  const { groupId } = idsOfStream(stream);
  return groupId !== undefined && TOUCHES_GROUP.has(event?.$case ?? '') ? [{ collection: 'groups', key: groupId }] : [];
};

const notify = (decoded: DecodedEvent, rows: RowSet, groupId: string, personId: string, reason: PersonalReason, by: string): void => {
  if (by === personId) return;
  const { lane, position } = decoded;
  const entry: EntryRow = {
    personId,
    reason,
    groupId,
    postId: '',
    commentId: '',
    actorId: by,
    atMs: decoded.at.getTime(),
    lane,
    position,
  };
  rows.put('entries', entryKey(decoded, groupId, personId, reason), entry);
};

/** An invitation has one entry however often it is renewed, and none once it was answered. */
const entryKey = ({ lane, position }: DecodedEvent, groupId: string, personId: string, reason: PersonalReason): string =>
  reason === 'invited' ? `${personId}/invited/${groupId}` : `${personId}/${lane}/${position}`;
const requestKey = (groupId: string, personId: string): string => `request/${groupId}/${personId}`;

const tellGroup = (
  decoded: DecodedEvent,
  rows: RowSet,
  key: string,
  told: Pick<GroupWideRow, 'groupId' | 'audience' | 'reason' | 'actorId'>,
) => {
  const atMs = decoded.at.getTime();
  rows.put<GroupWideRow>('groupWide', key, { ...told, atMs, lane: decoded.lane, position: decoded.position });
  const group = rows.get<GroupNameRow>('groups', told.groupId);
  if (group === undefined) return;
  const last = told.audience === 'members' ? { membersAtMs: atMs } : { moderatorsAtMs: atMs };
  rows.put<GroupNameRow>('groups', told.groupId, { ...group, ...last });
};

const applyGroup = (decoded: DecodedEvent, event: GroupStreamEvent, groupId: string, rows: RowSet): void => {
  switch (event.$case) {
    case 'groupCreated':
      rows.put<GroupNameRow>('groups', groupId, { id: groupId, name: event.value.name, membersAtMs: 0, moderatorsAtMs: 0 });
      return;
    case 'groupChanged': {
      const before = rows.get<GroupNameRow>('groups', groupId);
      if (event.value.name !== undefined && before) rows.put<GroupNameRow>('groups', groupId, { ...before, name: event.value.name });
      return;
    }
    case 'groupOwnerAdded':
    case 'groupOwnerRemoved':
      notify(decoded, rows, groupId, event.value.personId, 'role', event.value.by);
      return;
    case 'groupTakenOver': {
      const key = `takenOver/${groupId}/${decoded.position}`;
      tellGroup(decoded, rows, key, { groupId, audience: 'members', reason: 'taken_over', actorId: event.value.personId });
      return;
    }
    case 'groupPrivacyChanged':
    case 'groupPartnerAdmissionChanged':
    case 'groupArchived':
    case 'groupReopened':
      return;
    default:
      event satisfies never;
  }
};

/** Whatever happens to a membership answers the request and the invitation that stood. */
const settle = (rows: RowSet, groupId: string, personId: string): void => {
  rows.delete('groupWide', requestKey(groupId, personId));
  rows.delete('entries', `${personId}/invited/${groupId}`);
};

const applyMember = (decoded: DecodedEvent, event: MemberStreamEvent, groupId: string, personId: string, rows: RowSet): void => {
  const member = sinceKey(groupId, personId);
  if (event.$case === 'memberRoleChanged') {
    notify(decoded, rows, groupId, personId, 'role', event.value.by);
    return;
  }
  settle(rows, groupId, personId);
  if (event.$case === 'memberJoined') rows.put<SinceRow>('members', member, { groupId, personId, sinceMs: decoded.at.getTime() });
  else rows.delete('members', member);
  switch (event.$case) {
    case 'memberJoined':
      if (event.value.via === JoinedVia.APPROVAL) notify(decoded, rows, groupId, personId, 'approved', event.value.by);
      return;
    case 'membershipRequested':
      tellGroup(decoded, rows, requestKey(groupId, personId), {
        groupId,
        audience: 'moderators',
        reason: 'request',
        actorId: personId,
      });
      return;
    case 'membershipDeclined':
      notify(decoded, rows, groupId, personId, 'declined', event.value.by);
      return;
    case 'memberInvited':
      notify(decoded, rows, groupId, personId, 'invited', event.value.by);
      return;
    case 'memberRemoved':
    case 'memberBanned':
      notify(decoded, rows, groupId, personId, 'removed', event.value.by);
      return;
    case 'membershipRequestWithdrawn':
    case 'memberInvitationDeclined':
    case 'memberInvitationRevoked':
    case 'memberLeft':
    case 'memberUnbanned':
      return;
    default:
      event satisfies never;
  }
};

/** Entries for people whose membership changed, one row per open request for those who moderate, one per take-over for all. */
export const groupInboxProjection: Projection = {
  schema: groupInboxSchema,
  source: 'group',
  personal: 'sealed',
  keys,
  apply(decoded, rows) {
    const { groupId, personId } = idsOfStream(decoded.stream);
    if (groupId === undefined || decoded.event === undefined) return;
    if (!isMemberStream(decoded.stream)) applyGroup(decoded, decoded.event as GroupStreamEvent, groupId, rows);
    else if (personId !== undefined) applyMember(decoded, decoded.event as MemberStreamEvent, groupId, personId, rows);
  },
};
