/** Finding an invitation by its secret, and taking it up. */

import type { InvitationIssued } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { PersonKind, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { CommandMeta, CommandOutcome } from '@parvis/kit/eventing/command.ts';
import { forbidden, notFound, ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { personStream } from '@parvis/kit/runtime/ids.ts';
import { type InvitationState, invitationDecider, mustBeOpen, TAKEN_UP_BY_KNOWN } from '../domain/invitation.ts';
import type { Account } from '../domain/person.ts';
import { personDecider } from '../domain/personDecisions.ts';
import { INVITATIONS, type InvitationRow } from '../views/invitationView.ts';
import { copyStream, type Identity, loadState, partsOfInvitation } from './identity.ts';
import { hashOfSecret } from './invitationSecrets.ts';
import { registerPerson } from './registration.ts';
import { activePartnerOrganisation, mustSponsor } from './standing.ts';

export interface FoundInvitation {
  readonly id: string;
  readonly personId: string;
  readonly stream: string;
  readonly state: InvitationState;
  readonly issued: InvitationIssued;
}

/** The invitation the secret opens, in whatever state. @throws not-found */
export const invitationBySecret = async (identity: Identity, secret: string): Promise<FoundInvitation> => {
  const hash = hashOfSecret(identity.runtime.sealer, secret);
  if (hash === undefined) throw notFound('invitation');
  const [entry] = await identity.runtime.view(INVITATIONS).range<InvitationRow>('invitations', 'bySecret', { prefix: [hash], limit: 1 });
  const place = entry && partsOfInvitation(entry.key);
  if (!place) throw notFound('invitation');
  const { state } = await loadState(identity, invitationDecider, place.stream);
  if (!state.issued || state.issued.secretHash !== hash) throw notFound('invitation');
  return { id: entry.key, ...place, state, issued: state.issued };
};

/** @throws forbidden `invitation.other-address`; conflict when it is used, withdrawn or at its end */
export const mustBeFor = (invitation: FoundInvitation, email: string, now: Date): void => {
  if (invitation.issued.email !== email) throw forbidden('invitation.other-address', 'this invitation was sent to another address');
  mustBeOpen(invitation.state, now);
};

/** Of the invitation's groups those that still admit partners. */
const admittingGroups = async ({ runtime }: Identity, groupIds: readonly string[]): Promise<string[]> => {
  const groups = await runtime.facts.groups(groupIds);
  return groupIds.filter((_, index) => groups[index]?.admitsPartners === true && !groups[index]?.archived);
};

/**
 * Makes the invited a partner: registered, linked and the invitation used up in one append.
 * @throws conflict `person.sponsor-inactive`, `organisation.inactive`, `invitation.used`, …
 */
export const registerInvited = async (
  identity: Identity,
  meta: CommandMeta,
  { personId, stream, issued }: FoundInvitation,
  account: Account,
  names: { readonly givenName: string; readonly familyName: string },
): Promise<CommandOutcome<void>> => {
  const now = identity.ports.clock.now();
  await activePartnerOrganisation(identity, issued.organisationId, now.getTime());
  await mustSponsor(identity, issued.sponsorId, now.getTime());
  const groupIds = await admittingGroups(identity, issued.groupIds);
  const registration = {
    kind: PersonKind.PARTNER,
    organisationId: issued.organisationId,
    profile: {
      givenName: issued.givenName || names.givenName,
      familyName: issued.familyName || names.familyName,
      language: issued.language,
      languages: [],
    },
    email: issued.email,
    handle: '',
    roles: [PersonRole.MEMBER],
    sponsorId: issued.sponsorId,
    expiresAt: issued.accessExpiresAt,
  };
  return await registerPerson(identity, meta, personId, registration, {
    async alongside(transaction) {
      await transaction.run(personDecider, personStream(personId), { kind: 'link', account });
      await transaction.run(invitationDecider, stream, { kind: 'accept', groupIds, now });
    },
  });
};

/**
 * A partner who was known already takes the invitation up: an accepted copy on their own stream grants the groups, then
 * the invitation is closed. The copy's stream exists once, so a crash in between or a second try grants nothing twice.
 */
export const takeUpKnown = async (identity: Identity, invitation: FoundInvitation, personId: string): Promise<void> => {
  const { issued } = invitation;
  const now = identity.ports.clock.now();
  await mustSponsor(identity, issued.sponsorId, now.getTime());
  const groupIds = await admittingGroups(identity, issued.groupIds);
  const { runtime } = identity;
  const root = personStream(personId);
  const copy = copyStream(personId, invitation.id);
  const meta = { commandId: `take-up/${invitation.id}`, requestHash: '', actor: personId };
  await runtime.commands.execute(root, meta, async (transaction) => {
    const { state } = await transaction.load(personDecider, root);
    if (state.status !== 'active' || state.kind !== PersonKind.PARTNER) throw ruleBroken('person.not-partner', 'only partners are invited');
    const copied = { ...issued, secretHash: '', accessExpiresAt: undefined };
    await transaction.run(invitationDecider, copy, { kind: 'issue', issued: copied, now });
    await transaction.run(invitationDecider, copy, { kind: 'accept', groupIds, now });
  });
  const close = { commandId: `close/${invitation.id}`, requestHash: '', actor: personId };
  await runtime.commands.execute(personStream(invitation.personId), close, async (transaction) => {
    await transaction.run(invitationDecider, invitation.stream, { kind: 'revoke', by: personId, reason: TAKEN_UP_BY_KNOWN });
  });
};
