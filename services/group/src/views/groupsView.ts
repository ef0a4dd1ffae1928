/** Groups with their counters, and memberships: the group page, the member list, my groups. */
import type { GroupPrivacy, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { MemberRole as Role } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { ViewSchema } from '@parvis/kit/ports/views.ts';

export interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly purpose: string;
  readonly privacy: GroupPrivacy;
  readonly admitsPartners: boolean;
  readonly language: string;
  readonly imageFileId: string;
  readonly archived: boolean;
  readonly owners: readonly string[];
  /** Members, partners included. */
  readonly members: number;
  readonly partners: number;
  readonly version: number;
  readonly createdAtMs: number;
  readonly takenOverReason: string;
}

export type MemberRowState = 'requested' | 'invited' | 'member' | 'banned';

export interface MemberRow {
  readonly groupId: string;
  readonly personId: string;
  readonly state: MemberRowState;
  readonly role: MemberRole;
  readonly sinceMs: number;
  /** Sealed message of a request. */
  readonly message: string;
  readonly partner: boolean;
  readonly organisationId: string;
  /** 0: no end. */
  readonly invitedUntilMs: number;
}

/** For order and search by name: without accents and case. */
export const foldName = (name: string): string => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Owners first, then moderators, then members. */
export const roleRank = (role: MemberRole): number => {
  if (role === Role.OWNER) return 0;
  return role === Role.MODERATOR ? 1 : 2;
};

export const memberKey = (groupId: string, personId: string): string => `${groupId}/${personId}`;

export const groupsSchema: ViewSchema = {
  name: 'groups',
  version: 1,
  collections: {
    groups: { indexes: { byName: (row: GroupRow) => [[foldName(row.name), row.id]] } },
    members: {
      indexes: {
        byGroup: (row: MemberRow) => [[row.groupId, row.state, roleRank(row.role), row.sinceMs, row.personId]],
        partners: (row: MemberRow) => (row.partner && row.state === 'member' ? [[row.groupId, row.organisationId, row.personId]] : []),
      },
    },
  },
};
