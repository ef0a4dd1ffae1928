/**
 * Invitations of partners. Whether the address is known is never looked at here: every invitation reserves a person id
 * of its own, costs the same and looks the same. Only who holds the address finds out, on taking it up (signIn.ts).
 */
import type { GroupFacts } from '@parvis/access/src/facts.ts';
import { isMember, mayRead } from '@parvis/access/src/mayRead.ts';
import type { ExecuteResponse, InvitePartner, RevokeInvitation } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { forbidden, invalid, notFound, ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { derivedId, isSimpleId, personStream } from '@parvis/kit/runtime/ids.ts';
import { normaliseEmail } from '../domain/emailAddress.ts';
import { defaultEnd, INVITATION_LIMITS, invitationDecider, isTakenUpByKnown } from '../domain/invitation.ts';
import { cleanProfile, cleanReason } from '../domain/profileAttributes.ts';
import { type Call, copyStream, type Identity, internalMeta, partsOfInvitation } from './identity.ts';
import { hashOfSecret, secretOf } from './invitationSecrets.ts';
import { currentSettings } from './settings.ts';
import { activePartnerOrganisation, administers, isEmployee, knownOrganisation, mustBeAt } from './standing.ts';

export interface InvitationCommands {
  invitePartner(call: Call, command: InvitePartner): Promise<ExecuteResponse>;
  revokeInvitation(call: Call, command: RevokeInvitation): Promise<ExecuteResponse>;
}

/**
 * The inviter owns every group; a role in the network gives no right here.
 * @throws not-found for groups the inviter may not know of, forbidden `group.not-owner`
 */
const ownedGroups = async ({ runtime }: Identity, { entered }: Call, groupIds: readonly string[]): Promise<GroupFacts[]> => {
  const groups = await runtime.facts.groups(groupIds);
  const memberships = await runtime.facts.memberships(entered.personId, groupIds);
  return groups.map((group, index) => {
    const membership = memberships[index];
    if (!group || !mayRead(entered.viewer, { kind: 'group-card', group, membership }, entered.nowMs)) throw notFound('group');
    if (!isMember(membership) || membership?.role !== 'owner')
      throw forbidden('group.not-owner', 'only owners invite partners into a group');
    return group;
  });
};

/** @throws conflict `group.archived`, `group.no-partners` */
const mustAdmitPartners = (groups: readonly GroupFacts[]): void => {
  if (groups.some(({ archived }) => archived)) throw ruleBroken('group.archived', 'this group is archived');
  if (!groups.every(({ admitsPartners }) => admitsPartners)) throw ruleBroken('group.no-partners', 'this group does not admit partners');
};

const groupsOf = (command: InvitePartner): string[] => {
  const groupIds = [...new Set(command.groupIds)];
  if (groupIds.length < 1 || groupIds.length > INVITATION_LIMITS.groups)
    throw invalid('groupIds', `1 to ${INVITATION_LIMITS.groups} groups`);
  if (!groupIds.every(isSimpleId)) throw notFound('group');
  return groupIds;
};

/** A known partner took the invitation up on their own stream: what it gave ends there. */
const withdrawCopy = async ({ runtime }: Identity, invitationId: string, personId: string, by: string): Promise<void> => {
  const root = personStream(personId);
  const meta = { ...internalMeta('withdraw'), actor: by };
  await runtime.commands.execute(root, meta, async (transaction) => {
    await transaction.run(invitationDecider, copyStream(personId, invitationId), { kind: 'revoke', by, reason: 'withdrawn' });
  });
};

const invite = async (identity: Identity, call: Call, command: InvitePartner): Promise<ExecuteResponse> => {
  const { runtime, ports } = identity;
  const { entered } = call;
  if (!isEmployee(entered)) throw forbidden('invitation.employees-only', 'only employees invite partners');
  const email = normaliseEmail(command.email);
  const { givenName = '', familyName = '', language = '' } = cleanProfile({ ...command, languages: [] });
  const groupIds = groupsOf(command);
  await knownOrganisation(identity, command.organisationId);
  const groups = await ownedGroups(identity, call, groupIds);
  const meta = runtime.commandMeta(call.context, entered.personId, 'invitePartner', call.idempotencyKey, command);
  const personId = derivedId(meta.commandId, 'person');
  const own = derivedId(meta.commandId, 'invitation');
  const id = `${personId}.${own}`;
  const stream = `person/${personId}/invitation/${own}`;
  const now = ports.clock.now();
  await ports.vault.create(personId);
  const issued = {
    email,
    givenName,
    familyName,
    organisationId: command.organisationId,
    groupIds,
    sponsorId: entered.personId,
    expiresAt: command.expiresAt ?? defaultEnd(now),
    accessExpiresAt: command.accessExpiresAt,
    secretHash: hashOfSecret(runtime.sealer, secretOf(runtime.sealer, id)) as string,
    language: language || (await currentSettings(identity)).defaultLanguage,
  };
  const outcome = await runtime.commands.execute(`person/${personId}`, meta, async (transaction) => {
    await activePartnerOrganisation(identity, command.organisationId, entered.nowMs);
    mustAdmitPartners(groups);
    await transaction.run(invitationDecider, stream, { kind: 'issue', issued, now });
  });
  return await runtime.written(id, stream, outcome);
};

const revoke = async (identity: Identity, call: Call, command: RevokeInvitation): Promise<ExecuteResponse> => {
  const { runtime } = identity;
  const place = partsOfInvitation(command.invitationId);
  if (!place) throw notFound('invitation');
  const { personId, stream } = place;
  const by = call.entered.personId;
  const note = cleanReason(command.reason);
  const meta = runtime.commandMeta(call.context, by, 'revokeInvitation', call.idempotencyKey, command);
  const outcome = await runtime.commands.execute(`person/${personId}`, meta, async (transaction) => {
    const { state, version } = await transaction.load(invitationDecider, stream);
    const theirs = state.issued?.sponsorId === by || administers(call.entered);
    if (!state.issued || state.issued.secretHash === '' || !theirs) throw notFound('invitation');
    mustBeAt(call.expectedVersion, version);
    if (isTakenUpByKnown(state)) await withdrawCopy(identity, command.invitationId, state.revokedBy, by);
    await transaction.run(invitationDecider, stream, { kind: 'revoke', by, reason: 'withdrawn', note });
  });
  return await runtime.written(command.invitationId, stream, outcome);
};

export const createInvitationCommands = (identity: Identity): InvitationCommands => ({
  invitePartner: (call, command) => invite(identity, call, command),
  revokeInvitation: (call, command) => revoke(identity, call, command),
});
