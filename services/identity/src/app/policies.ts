/** What follows from identity's events: mail to the invited, keys destroyed, accounts and sessions ended. */
import type { PersonEvent } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import { isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import { eventIdOf, idsOfStream, personStream } from '@parvis/kit/runtime/ids.ts';
import type { Policy } from '@parvis/kit/runtime/service.ts';
import { FORGOTTEN, invitationDecider } from '../domain/invitation.ts';
import { organisationDecider } from '../domain/organisation.ts';
import { personDecider } from '../domain/personDecisions.ts';
import { shownName } from '../views/directoryView.ts';
import { claimOf, releaseName } from './claims.ts';
import { type Identity, internalMeta, loadState, organisationStream, partsOfInvitation } from './identity.ts';
import { invitationMail } from './invitationMail.ts';
import { secretOf } from './invitationSecrets.ts';
import { currentSettings } from './settings.ts';

const TYPE = 'parvis.identity.v1.';
/** Invitations to one address that an erasure reaches. */
const INVITATIONS_OF_ADDRESS = 1000;

/** Rows that say where an address was invited, so that an erasure finds those invitations: HMAC of the address / id. */
const invitedTable = ({ ports }: Identity) => ports.state.table<true>('invited');

const sendInvitation = async (identity: Identity, event: DecodedEvent): Promise<void> => {
  const { runtime, ports } = identity;
  const { invitationId = '' } = idsOfStream(event.stream);
  const { state } = await loadState(identity, invitationDecider, event.stream);
  const { issued } = state;
  // A copy for a partner who was known is no letter, and nobody writes about what has ended meanwhile.
  if (state.status !== 'open' || !issued?.expiresAt || issued.secretHash === '' || isErased(issued.email)) return;
  await invitedTable(identity).put(`${claimOf(identity, 'email', issued.email)}/${invitationId}`, true);
  if (issued.expiresAt <= ports.clock.now()) return;
  const sent = ports.state.table<{ atMs: number }>('sentInvitations');
  if (await sent.get(eventIdOf(event))) return;
  const sponsor = await loadState(identity, personDecider, personStream(issued.sponsorId));
  // Nobody can take up what an erased person gave.
  if (sponsor.state.status === 'erased') return;
  const organisation = await loadState(identity, organisationDecider, organisationStream(issued.organisationId));
  await ports.mailer.send(
    invitationMail({
      id: `invitation-${eventIdOf(event)}`,
      persons: [idsOfStream(event.stream).personId ?? '', issued.sponsorId],
      to: issued.email,
      language: issued.language,
      givenName: issued.givenName,
      sponsorName: shownName({ ...sponsor.state.profile, handle: sponsor.state.handle }),
      organisationName: organisation.state.name,
      networkName: (await currentSettings(identity)).networkName,
      link: `${ports.publicUrl.replace(/\/$/, '')}/invitations/${secretOf(runtime.sealer, invitationId)}`,
      expiresAt: issued.expiresAt,
    }),
  );
  await sent.put(eventIdOf(event), { atMs: ports.clock.now().getTime() });
};

const forgetInvitation = async ({ runtime, ports }: Identity, personId: string, invitationId: string): Promise<void> => {
  const place = partsOfInvitation(invitationId);
  if (!place) return;
  await ports.vault.destroy({ personId, kind: 'who' });
  await ports.mailer.forget(personId);
  // The event takes the texts out of the view at once; a key may be remembered for some minutes.
  await runtime.commands.execute(personStream(personId), internalMeta('forget'), async (transaction) => {
    await transaction.run(invitationDecider, place.stream, { kind: 'revoke', by: '', reason: FORGOTTEN });
  });
};

/** Invitations of the same address that nobody took up hold the person's names under keys of their own: those go too. */
const forgetInvitations = async (identity: Identity, claim: string): Promise<void> => {
  const table = invitedTable(identity);
  for (const { key } of await table.range(`${claim}/`, { limit: INVITATIONS_OF_ADDRESS })) {
    const personId = key.slice(claim.length + 1).split('.')[0] as string;
    const { state } = await loadState(identity, personDecider, personStream(personId));
    if (state.status === 'none' || state.status === 'abandoned') await forgetInvitation(identity, personId, key.slice(claim.length + 1));
    await table.delete(key);
  }
};

/** Runs again after a crash until everything is gone; each step may be repeated. */
const finishErasure = async (identity: Identity, event: DecodedEvent): Promise<void> => {
  const { ports } = identity;
  const { personId = '' } = idsOfStream(event.stream);
  await ports.vault.destroy({ personId, kind: 'who' });
  const { state } = await loadState(identity, personDecider, event.stream);
  if (state.contributionsErased) await ports.vault.destroy({ personId, kind: 'contributions' });
  await ports.mailer.forget(personId);
  for (const account of state.accounts) {
    await ports.accounts.endSessions(account);
    await ports.accounts.erase(account);
  }
  for (const claim of state.claims) {
    await forgetInvitations(identity, claim);
    await releaseName(identity, claim, personId);
  }
};

/** Accounts follow what the person's stream says now, so that a late repeat does no harm. */
const followStatus = async (identity: Identity, event: DecodedEvent): Promise<void> => {
  const { accounts } = identity.ports;
  const { state } = await loadState(identity, personDecider, event.stream);
  for (const account of state.accounts) {
    if (state.status === 'active') await accounts.enable(account);
    if (state.status !== 'suspended') continue;
    await accounts.disable(account);
    await accounts.endSessions(account);
  }
};

const followUnlinking = async ({ ports }: Identity, event: DecodedEvent): Promise<void> => {
  const unlinked = event.event as NonNullable<PersonEvent['event']> | undefined;
  if (unlinked?.$case === 'personAccountUnlinked') await ports.accounts.endSessions(unlinked.value);
};

export const policiesOf = (identity: Identity): readonly Policy[] => {
  const policy = (name: string, types: readonly string[], handle: (identity: Identity, event: DecodedEvent) => Promise<void>): Policy => ({
    name,
    source: 'identity',
    types: types.map((type) => `${TYPE}${type}`),
    begin: 'start',
    handle: (event) => handle(identity, event),
  });
  return [
    policy('sendInvitation', ['InvitationIssued'], sendInvitation),
    policy('finishErasure', ['PersonErased'], finishErasure),
    policy('followStatus', ['PersonSuspended', 'PersonReactivated', 'PersonAccountLinked'], followStatus),
    policy('followUnlinking', ['PersonAccountUnlinked'], followUnlinking),
  ];
};
