/** Invitations for their sponsors and administrators, and for the invited who holds the secret. */
import type {
  Invitation,
  ListInvitationsRequest,
  ListInvitationsResponse,
  PreviewInvitationResponse,
} from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import type { IndexKey } from '@parvis/kit/ports/views.ts';
import { forbidden } from '@parvis/kit/runtime/errors.ts';
import { personStream } from '@parvis/kit/runtime/ids.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { isTakenUpByKnown } from '../domain/invitation.ts';
import { organisationDecider } from '../domain/organisation.ts';
import { personDecider } from '../domain/personDecisions.ts';
import { shownName } from '../views/directoryView.ts';
import { INVITATIONS, type InvitationRow } from '../views/invitationView.ts';
import { type Identity, loadState, organisationStream } from './identity.ts';
import { invitationBySecret } from './invitations.ts';
import { pageSize } from './paging.ts';
import { currentSettings } from './settings.ts';
import { administers, isEmployee } from './standing.ts';

const PURPOSE = 'invitations-cursor';

const present = async ({ runtime }: Identity, rows: readonly InvitationRow[], nowMs: number): Promise<Invitation[]> => {
  const texts = await runtime.codec.openTexts(
    rows.flatMap(({ stream, email, givenName, familyName }) => [
      { stream, field: 'email', text: email },
      { stream, field: 'givenName', text: givenName },
      { stream, field: 'familyName', text: familyName },
    ]),
  );
  const shown = texts.map((text) => (isErased(text) ? '' : text));
  return rows.map((row, index) => ({
    id: row.id,
    personId: row.personId,
    email: shown[index * 3] as string,
    givenName: shown[index * 3 + 1] as string,
    familyName: shown[index * 3 + 2] as string,
    organisationId: row.organisationId,
    groupIds: [...row.groupIds],
    sponsorId: row.sponsorId,
    expiresAt: new Date(row.expiresAtMs),
    state: row.state === 'open' && row.expiresAtMs <= nowMs ? 'expired' : row.state,
    issuedAt: new Date(row.issuedAtMs),
  }));
};

const indexFor = (entered: Entered, organisationId: string): { index: string; prefix: IndexKey } => {
  const all = administers(entered);
  if (all) return organisationId === '' ? { index: 'byIssued', prefix: [] } : { index: 'byOrganisation', prefix: [organisationId] };
  const own = entered.personId;
  return organisationId === ''
    ? { index: 'bySponsor', prefix: [own] }
    : { index: 'bySponsorAndOrganisation', prefix: [own, organisationId] };
};

/** Newest first; employees see those they sponsor. @throws forbidden `invitation.employees-only` */
export const listInvitations = async (
  identity: Identity,
  entered: Entered,
  request: ListInvitationsRequest,
): Promise<ListInvitationsResponse> => {
  if (!isEmployee(entered)) throw forbidden('invitation.employees-only', 'invitations are for employees');
  const { sealer } = identity.runtime;
  const size = pageSize(request.limit);
  const { index, prefix } = indexFor(entered, request.organisationId);
  const after = request.cursor === '' ? {} : { after: sealer.open<{ of: string; key: IndexKey }>(PURPOSE, request.cursor).key };
  const options = { prefix, reverse: true, limit: size + 1, ...after };
  const entries = await identity.runtime.view(INVITATIONS).range<InvitationRow>('invitations', index, options);
  const page = entries.slice(0, size);
  const last = page.at(-1);
  return {
    invitations: await present(
      identity,
      page.map(({ row }) => row),
      entered.nowMs,
    ),
    nextCursor: last && entries.length > size ? sealer.seal(PURPOSE, { of: entered.personId, key: last.indexKey }) : '',
  };
};

/** What the invited sees before signing in. One that is no longer open tells its state and nothing else. @throws not-found */
export const previewInvitation = async (identity: Identity, secret: string, context: CallContext): Promise<PreviewInvitationResponse> => {
  await identity.runtime.waitForTokens(context);
  const { id, personId, state, issued } = await invitationBySecret(identity, secret);
  const { networkName } = await currentSettings(identity);
  const expired = (issued.expiresAt?.getTime() ?? 0) <= identity.ports.clock.now().getTime();
  const open = state.status === 'open' && !expired && !isErased(issued.email);
  const told = state.status === 'open' ? (open ? 'open' : 'expired') : isTakenUpByKnown(state) ? 'accepted' : state.status;
  const closed = { id: '', personId: '', email: '', givenName: '', familyName: '', organisationId: '', groupIds: [], sponsorId: '' };
  if (!open) {
    return {
      invitation: { ...closed, state: told, expiresAt: undefined, issuedAt: undefined },
      organisationName: '',
      sponsorName: '',
      networkName,
    };
  }
  const { email, givenName, familyName, organisationId, groupIds, sponsorId, expiresAt } = issued;
  const sponsor = await loadState(identity, personDecider, personStream(sponsorId));
  const organisation = await loadState(identity, organisationDecider, organisationStream(organisationId));
  const shown = shownName({ ...sponsor.state.profile, handle: sponsor.state.handle });
  return {
    invitation: {
      id,
      personId,
      email,
      givenName,
      familyName,
      organisationId,
      groupIds,
      sponsorId,
      expiresAt,
      state: told,
      issuedAt: undefined,
    },
    organisationName: organisation.state.name,
    sponsorName: isErased(shown) ? '' : shown,
    networkName,
  };
};
