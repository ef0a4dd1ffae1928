import type { GroupPrivacy, MemberRole, MembershipState, PersonKind, PersonRole } from '@parvis/access/src/facts.ts';
import type { ViewSchema } from '../ports/views.ts';

/** Rows of the view every service keeps of identity's and group's events, to decide who may see what. No personal text. */

export interface PersonFactRow {
  readonly id: string;
  readonly kind: PersonKind;
  /** False while only other events of the person were seen (an invitation comes before the registration). */
  readonly registered: boolean;
  readonly suspended: boolean;
  /** When they were suspended or erased; null while they are neither. */
  readonly inactiveSinceMs: number | null;
  readonly erased: boolean;
  readonly abandoned: boolean;
  /** An account was linked once, or an invitation accepted. */
  readonly arrived: boolean;
  readonly roles: readonly PersonRole[];
  readonly organisationId: string;
  readonly sponsorId: string;
  readonly expiresAtMs: number | null;
  /** Partner invitations by id. */
  readonly accepted: readonly string[];
  readonly revoked: readonly string[];
}

/** One row per (account, person): persons have lanes of their own, and a row is written by one root. */
export interface AccountFactRow {
  readonly issuer: string;
  readonly subject: string;
  readonly personId: string;
}

export interface OrganisationFactRow {
  readonly id: string;
  readonly host: boolean;
  readonly state: 'active' | 'suspended' | 'ended';
  readonly sponsorId: string;
  readonly expiresAtMs: number | null;
}

export interface GroupFactRow {
  readonly id: string;
  readonly privacy: GroupPrivacy;
  readonly admitsPartners: boolean;
  readonly archived: boolean;
  readonly owners: readonly string[];
}

export interface MembershipFactRow {
  readonly groupId: string;
  readonly personId: string;
  readonly state: MembershipState;
  /** Owners are kept on the group. */
  readonly role: Exclude<MemberRole, 'owner'>;
  readonly invitedUntilMs: number | null;
}

export const FACTS_VIEW = 'accessFacts';

export const factsSchema: ViewSchema = {
  name: FACTS_VIEW,
  version: 1,
  collections: {
    persons: {
      indexes: {
        role: (row: PersonFactRow) =>
          row.kind === 'employee' ? row.roles.filter((role) => role !== 'member').map((role) => [role, row.id]) : [],
      },
    },
    accounts: { indexes: { account: (row: AccountFactRow) => [[row.issuer, row.subject, row.personId]] } },
    organisations: { indexes: {} },
    groups: {
      indexes: {
        open: (row: GroupFactRow) => (row.privacy === 'open' ? [[row.id]] : []),
        restricted: (row: GroupFactRow) => (row.privacy === 'restricted' ? [[row.id]] : []),
      },
    },
    memberships: {
      indexes: {
        person: (row: MembershipFactRow) => (row.state === 'member' ? [[row.personId, row.groupId]] : []),
        banned: (row: MembershipFactRow) => (row.state === 'banned' ? [[row.personId, row.groupId]] : []),
        group: (row: MembershipFactRow) => (row.state === 'member' ? [[row.groupId, row.personId]] : []),
        moderators: (row: MembershipFactRow) => (row.state === 'member' && row.role === 'moderator' ? [[row.groupId, row.personId]] : []),
      },
    },
  },
};

export const membershipKey = (groupId: string, personId: string): string => `${groupId}/${personId}`;
export const accountKey = (issuer: string, subject: string, personId: string): string => JSON.stringify([issuer, subject, personId]);
