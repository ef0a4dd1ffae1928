import type { GroupPrivacy, MemberRole } from '@parvis/access/src/facts.ts';
import {
  type GroupEvent,
  type MemberEvent,
  GroupPrivacy as WirePrivacy,
  MemberRole as WireRole,
} from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { familyOfStream } from '@parvis/contracts/src/registry.ts';
import type { DecodedEvent } from '../eventing/decodedEvent.ts';
import type { Projection, RowRef, RowSet } from '../eventing/projection.ts';
import { idsOfStream } from '../runtime/ids.ts';
import { factsSchema, type GroupFactRow, type MembershipFactRow, membershipKey } from './factRows.ts';

type GroupCase = NonNullable<GroupEvent['event']>;
type MemberCase = NonNullable<MemberEvent['event']>;

/** What is not known to be wider is hidden: closed, never open. */
const privacyOf = (privacy: WirePrivacy): GroupPrivacy => {
  if (privacy === WirePrivacy.OPEN) return 'open';
  return privacy === WirePrivacy.RESTRICTED ? 'restricted' : 'hidden';
};

const evolveGroup = (row: GroupFactRow | undefined, id: string, event: GroupCase): GroupFactRow | undefined => {
  if (event.$case === 'groupCreated') {
    const { privacy, admitsPartners } = event.value;
    return { id, privacy: privacyOf(privacy), admitsPartners, archived: false, owners: row?.owners ?? [] };
  }
  if (row === undefined) return undefined;
  switch (event.$case) {
    case 'groupPrivacyChanged':
      return { ...row, privacy: privacyOf(event.value.privacy) };
    case 'groupPartnerAdmissionChanged':
      return { ...row, admitsPartners: event.value.admitsPartners };
    case 'groupOwnerAdded':
    case 'groupTakenOver':
      return { ...row, owners: [...new Set([...row.owners, event.value.personId])] };
    case 'groupOwnerRemoved':
      return { ...row, owners: row.owners.filter((owner) => owner !== event.value.personId) };
    case 'groupArchived':
      return { ...row, archived: true };
    case 'groupReopened':
      return { ...row, archived: false };
    case 'groupChanged':
      return row;
    default:
      return event satisfies never;
  }
};

const outsider = (groupId: string, personId: string): MembershipFactRow => ({
  groupId,
  personId,
  state: 'none',
  role: 'member',
  invitedUntilMs: null,
});

const evolveMembership = (row: MembershipFactRow, event: MemberCase): MembershipFactRow => {
  const left = outsider(row.groupId, row.personId);
  switch (event.$case) {
    case 'memberJoined':
      return { ...left, state: 'member' };
    case 'membershipRequested':
      return { ...left, state: 'requested' };
    case 'memberInvited':
      return { ...left, state: 'invited', invitedUntilMs: event.value.expiresAt?.getTime() ?? null };
    case 'memberBanned':
      return { ...left, state: 'banned' };
    case 'memberRoleChanged':
      return { ...row, role: event.value.role === WireRole.MODERATOR ? 'moderator' : 'member' };
    case 'membershipRequestWithdrawn':
    case 'membershipDeclined':
    case 'memberInvitationDeclined':
    case 'memberInvitationRevoked':
    case 'memberLeft':
    case 'memberRemoved':
    case 'memberUnbanned':
      return left;
    default:
      return event satisfies never;
  }
};

const apply = (event: DecodedEvent, rows: RowSet): void => {
  const { groupId, personId } = idsOfStream(event.stream);
  if (groupId === undefined) return;
  const family = familyOfStream(event.stream)?.name;
  if (family === 'parvis.group.v1.GroupEvent') {
    const row = rows.get<GroupFactRow>('groups', groupId);
    const next = evolveGroup(row, groupId, event.event as GroupCase);
    if (next !== undefined && next !== row) rows.put('groups', groupId, next);
  } else if (family === 'parvis.group.v1.MemberEvent' && personId !== undefined) {
    const key = membershipKey(groupId, personId);
    const row = rows.get<MembershipFactRow>('memberships', key) ?? outsider(groupId, personId);
    rows.put('memberships', key, evolveMembership(row, event.event as MemberCase));
  }
};

/** Groups, their owners, and memberships, from group's events. */
export const groupFactsProjection: Projection = {
  schema: factsSchema,
  source: 'group',
  personal: 'sealed',
  keys(event): readonly RowRef[] {
    const { groupId, personId } = idsOfStream(event.stream);
    if (groupId === undefined) return [];
    if (personId === undefined) return [{ collection: 'groups', key: groupId }];
    return [{ collection: 'memberships', key: membershipKey(groupId, personId) }];
  },
  apply,
};

/** Owners are those the group names; only who is a member has a role at all. */
export const roleIn = (membership: MembershipFactRow, group: GroupFactRow | undefined): MemberRole =>
  membership.state === 'member' && group?.owners.includes(membership.personId) ? 'owner' : membership.role;
