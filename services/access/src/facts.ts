/**
 * What is known of people, organisations, groups and memberships when a question of access is decided.
 * Every service projects these from identity's and group's events; times are milliseconds since the epoch.
 */

export type PersonKind = 'employee' | 'partner';
export type PersonRole = 'member' | 'moderator' | 'administrator';
export type PersonStatus = 'active' | 'invited' | 'suspended' | 'erased' | 'abandoned';

export interface PersonFacts {
  readonly id: string;
  readonly kind: PersonKind;
  readonly status: PersonStatus;
  readonly roles: readonly PersonRole[];
  readonly organisationId: string;
  /** Partners only. */
  readonly sponsorId: string;
  /** Access ends by itself at this time; absent: never. */
  readonly expiresAtMs?: number;
  /** Since when they are suspended or erased; absent while they are neither. */
  readonly inactiveSinceMs?: number;
}

export interface OrganisationFacts {
  readonly id: string;
  readonly host: boolean;
  readonly state: 'active' | 'suspended' | 'ended';
  readonly sponsorId: string;
  readonly expiresAtMs?: number;
}

export type GroupPrivacy = 'open' | 'restricted' | 'hidden';
export type MemberRole = 'member' | 'moderator' | 'owner';

export interface GroupFacts {
  readonly id: string;
  readonly privacy: GroupPrivacy;
  readonly admitsPartners: boolean;
  readonly archived: boolean;
}

export type MembershipState = 'none' | 'member' | 'requested' | 'invited' | 'banned';

export interface MembershipFacts {
  readonly groupId: string;
  readonly personId: string;
  readonly state: MembershipState;
  readonly role: MemberRole;
  /** Invitations into the group end by themselves. */
  readonly invitedUntilMs?: number;
}
