/** Invitations of partners; who was invited stays sealed and is opened for the sponsor and administrators. */
import type { ViewSchema } from '@parvis/kit/ports/views.ts';

export interface InvitationRow {
  /** `P.I` */
  readonly id: string;
  readonly personId: string;
  readonly stream: string;
  readonly email: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly organisationId: string;
  readonly groupIds: readonly string[];
  readonly sponsorId: string;
  readonly expiresAtMs: number;
  readonly state: 'open' | 'accepted' | 'revoked';
  readonly issuedAtMs: number;
  /** Empty: the copy on the stream of a partner who was known; nobody lists it. */
  readonly secretHash: string;
}

const listed = (row: InvitationRow): boolean => row.secretHash !== '';

export const INVITATIONS = 'invitations';

export const invitationsSchema: ViewSchema = {
  name: INVITATIONS,
  version: 1,
  collections: {
    invitations: {
      indexes: {
        bySecret: (row: InvitationRow, key) => (listed(row) ? [[row.secretHash, key]] : []),
        bySponsor: (row: InvitationRow, key) => (listed(row) ? [[row.sponsorId, row.issuedAtMs, key]] : []),
        byIssued: (row: InvitationRow, key) => (listed(row) ? [[row.issuedAtMs, key]] : []),
        byOrganisation: (row: InvitationRow, key) => (listed(row) ? [[row.organisationId, row.issuedAtMs, key]] : []),
        bySponsorAndOrganisation: (row: InvitationRow, key) =>
          listed(row) ? [[row.sponsorId, row.organisationId, row.issuedAtMs, key]] : [],
      },
    },
  },
};
