import type { InvitationEvent } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';
import { type InvitationRow, invitationsSchema } from './invitationView.ts';

type InvitationChange = NonNullable<InvitationEvent['event']>;

/** The reason that says a known partner took the invitation up (domain/invitation.ts): to the sponsor it was accepted. */
const TAKEN_UP_BY_KNOWN = 'taken-up-by-known-partner';

/** The reason that says the address was erased: nothing of the invited stays. */
const FORGOTTEN = 'forgotten';

const rowAfter = (row: InvitationRow | undefined, decoded: DecodedEvent, event: InvitationChange): InvitationRow | undefined => {
  const { invitationId = '', personId = '' } = idsOfStream(decoded.stream);
  switch (event.$case) {
    case 'invitationIssued': {
      const { email, givenName, familyName, organisationId, groupIds, sponsorId, expiresAt, secretHash } = event.value;
      const issuedAtMs = decoded.at.getTime();
      const ids = { id: invitationId, personId, stream: decoded.stream, organisationId, groupIds, sponsorId };
      return { ...ids, email, givenName, familyName, secretHash, expiresAtMs: expiresAt?.getTime() ?? 0, state: 'open', issuedAtMs };
    }
    case 'invitationAccepted':
      return row && { ...row, state: 'accepted' };
    case 'invitationRevoked':
      if (event.value.reason === FORGOTTEN) return row && { ...row, state: 'revoked', email: '', givenName: '', familyName: '' };
      return row && { ...row, state: event.value.reason === TAKEN_UP_BY_KNOWN ? 'accepted' : 'revoked' };
    default:
      return event satisfies never;
  }
};

const apply = (decoded: DecodedEvent, rows: RowSet): void => {
  const { invitationId } = idsOfStream(decoded.stream);
  if (invitationId === undefined || !decoded.event) return;
  const row = rowAfter(rows.get<InvitationRow>('invitations', invitationId), decoded, decoded.event as InvitationChange);
  if (row) rows.put('invitations', invitationId, row);
};

export const invitationProjection: Projection = {
  schema: invitationsSchema,
  source: 'identity',
  personal: 'sealed',
  keys: ({ stream }) => {
    const { invitationId } = idsOfStream(stream);
    return invitationId === undefined ? [] : [{ collection: 'invitations', key: invitationId }];
  },
  apply,
};
