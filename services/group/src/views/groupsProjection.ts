import { type GroupEvent, type MemberEvent, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowRef, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import { type GroupRow, groupsSchema, type MemberRow, memberKey } from './groupsView.ts';

type GroupStreamEvent = NonNullable<GroupEvent['event']>;
type MemberStreamEvent = NonNullable<MemberEvent['event']>;

const isMemberStream = (stream: string): boolean => stream.split('/')[2] === 'member';

/** Person an event of the group's own stream makes or unmakes an owner. */
const ownerNamed = (event: AnyEvent | undefined): string | undefined => {
  const named = event?.$case === 'groupOwnerAdded' || event?.$case === 'groupOwnerRemoved' || event?.$case === 'groupTakenOver';
  return named ? (event.value.personId as string) : undefined;
};

const keys = (decoded: DecodedEvent): readonly RowRef[] => {
  const { groupId, personId } = idsOfStream(decoded.stream);
  if (groupId === undefined) return [];
  const person = personId ?? ownerNamed(decoded.event);
  const group = { collection: 'groups', key: groupId };
  return person === undefined ? [group] : [group, { collection: 'members', key: memberKey(groupId, person) }];
};

const changedGroup = (row: GroupRow, event: GroupStreamEvent): GroupRow => {
  switch (event.$case) {
    case 'groupCreated':
      return row;
    case 'groupChanged': {
      const { name, purpose, language, imageFileId } = event.value;
      return {
        ...row,
        name: name ?? row.name,
        purpose: purpose ?? row.purpose,
        language: language ?? row.language,
        imageFileId: imageFileId ?? row.imageFileId,
      };
    }
    case 'groupPrivacyChanged':
      return { ...row, privacy: event.value.privacy };
    case 'groupPartnerAdmissionChanged':
      return { ...row, admitsPartners: event.value.admitsPartners };
    case 'groupOwnerAdded':
      return { ...row, owners: [...row.owners.filter((id) => id !== event.value.personId), event.value.personId] };
    case 'groupTakenOver':
      return {
        ...row,
        owners: [...row.owners.filter((id) => id !== event.value.personId), event.value.personId],
        takenOverReason: event.value.reason,
      };
    case 'groupOwnerRemoved':
      return { ...row, owners: row.owners.filter((id) => id !== event.value.personId) };
    case 'groupArchived':
      return { ...row, archived: true };
    case 'groupReopened':
      return { ...row, archived: false };
    default:
      return event satisfies never;
  }
};

const created = (
  groupId: string,
  decoded: DecodedEvent,
  value: Extract<GroupStreamEvent, { $case: 'groupCreated' }>['value'],
): GroupRow => ({
  id: groupId,
  name: value.name,
  purpose: value.purpose,
  privacy: value.privacy,
  admitsPartners: value.admitsPartners,
  language: value.language,
  imageFileId: value.imageFileId,
  archived: false,
  owners: [],
  members: 0,
  partners: 0,
  version: decoded.version,
  createdAtMs: decoded.at.getTime(),
  takenOverReason: '',
});

const applyGroup = (decoded: DecodedEvent, event: GroupStreamEvent, groupId: string, rows: RowSet): void => {
  const before = rows.get<GroupRow>('groups', groupId);
  if (event.$case === 'groupCreated') {
    rows.put<GroupRow>('groups', groupId, created(groupId, decoded, event.value));
    return;
  }
  if (!before) return;
  const after = changedGroup(before, event);
  rows.put<GroupRow>('groups', groupId, { ...after, version: decoded.version });
  const owner = ownerNamed(event);
  const member = owner === undefined ? undefined : rows.get<MemberRow>('members', memberKey(groupId, owner));
  if (member?.state !== 'member') return;
  const role = after.owners.includes(member.personId) ? MemberRole.OWNER : MemberRole.MEMBER;
  rows.put<MemberRow>('members', memberKey(groupId, member.personId), { ...member, role });
};

const memberRowAfter = (
  decoded: DecodedEvent,
  event: MemberStreamEvent,
  before: MemberRow | undefined,
  base: MemberRow,
): MemberRow | undefined => {
  const fresh = { ...base, sinceMs: decoded.at.getTime() };
  switch (event.$case) {
    case 'memberJoined':
      return { ...fresh, state: 'member', partner: event.value.partner, organisationId: event.value.organisationId };
    case 'membershipRequested':
      return { ...fresh, state: 'requested', role: MemberRole.MEMBER, message: event.value.message };
    case 'memberInvited':
      return { ...fresh, state: 'invited', role: MemberRole.MEMBER, invitedUntilMs: event.value.expiresAt?.getTime() ?? 0 };
    case 'memberBanned':
      return { ...fresh, state: 'banned', role: MemberRole.MEMBER };
    case 'memberRoleChanged':
      return before?.state === 'member' && before.role !== MemberRole.OWNER ? { ...before, role: event.value.role } : before;
    case 'membershipRequestWithdrawn':
    case 'membershipDeclined':
    case 'memberInvitationDeclined':
    case 'memberInvitationRevoked':
    case 'memberLeft':
    case 'memberRemoved':
    case 'memberUnbanned':
      return undefined;
    default:
      return event satisfies never;
  }
};

const counted = (row: MemberRow | undefined): { members: number; partners: number } =>
  row?.state === 'member' ? { members: 1, partners: row.partner ? 1 : 0 } : { members: 0, partners: 0 };

const applyMember = (decoded: DecodedEvent, event: MemberStreamEvent, groupId: string, personId: string, rows: RowSet): void => {
  const key = memberKey(groupId, personId);
  const group = rows.get<GroupRow>('groups', groupId);
  const before = rows.get<MemberRow>('members', key);
  const role = group?.owners.includes(personId) ? MemberRole.OWNER : MemberRole.MEMBER;
  const base: MemberRow = {
    groupId,
    personId,
    state: 'member',
    role,
    sinceMs: 0,
    message: '',
    partner: false,
    organisationId: '',
    invitedUntilMs: 0,
  };
  const after = memberRowAfter(decoded, event, before, base);
  if (after) rows.put<MemberRow>('members', key, after);
  else rows.delete('members', key);
  if (!group) return;
  const was = counted(before);
  const is = counted(after);
  if (was.members === is.members && was.partners === is.partners) return;
  rows.put<GroupRow>('groups', groupId, {
    ...group,
    members: group.members + is.members - was.members,
    partners: group.partners + is.partners - was.partners,
  });
};

export const groupsProjection: Projection = {
  schema: groupsSchema,
  source: 'group',
  personal: 'sealed',
  keys,
  apply(decoded, rows) {
    const { groupId, personId } = idsOfStream(decoded.stream);
    if (groupId === undefined || decoded.event === undefined) return;
    if (isMemberStream(decoded.stream)) {
      if (personId !== undefined) applyMember(decoded, decoded.event as MemberStreamEvent, groupId, personId, rows);
    } else {
      applyGroup(decoded, decoded.event as GroupStreamEvent, groupId, rows);
    }
  },
};
