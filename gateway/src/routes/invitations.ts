import type * as proto from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { z } from 'zod';
import { identityCommand, present, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { type Cards, cardsOf, degradation } from '../present/hydrate.ts';
import { cardOrNull } from '../present/people.ts';
import { dateOf, orNull, timeOrNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { Invitation } from '../schemas/people.ts';

const described = { tag: 'invitations', auth: 'person' } as const;

const presentInvitation = (invitation: proto.Invitation, cards: Cards): z.output<typeof Invitation> => ({
  id: invitation.id,
  personId: invitation.personId,
  email: invitation.email,
  givenName: invitation.givenName,
  familyName: invitation.familyName,
  organisationId: invitation.organisationId,
  groupIds: [...invitation.groupIds],
  sponsorId: invitation.sponsorId,
  sponsor: cardOrNull(cards, invitation.sponsorId),
  expiresAt: timeOrNull(invitation.expiresAt),
  issuedAt: timeOrNull(invitation.issuedAt),
  state: invitation.state,
});

const Preview = z
  .strictObject({
    networkName: z.string(),
    organisationName: z.string(),
    sponsorName: z.string(),
    givenName: z.string(),
    state: z.string(),
    expiresAt: common.utcTime.nullable(),
    groups: z.number().int().describe('Into how many groups.'),
  })
  .meta({ id: 'InvitationPreview', description: 'What the invited person may see before signing in.' });

export const invitations: readonly Operation[] = [
  operation({
    ...described,
    operationId: 'listInvitations',
    method: 'GET',
    path: '/invitations',
    summary: 'Invitations of partners that I may see',
    rateClass: 'read',
    query: z.strictObject({ organisationId: common.organisationId.optional(), ...common.page }),
    response: z.strictObject(common.pageOf(Invitation)).meta({ id: 'InvitationPage' }),
    async handler(call, { query }) {
      const request = { ...query, organisationId: query.organisationId ?? '' };
      const answer = await call.clients.identity.listInvitations(request, call.context());
      const cards = await cardsOf(
        call,
        answer.invitations.map(({ sponsorId }) => sponsorId),
      );
      const items = answer.invitations.map((invitation) => presentInvitation(invitation, cards));
      return { body: { items, nextCursor: orNull(answer.nextCursor), ...degradation(call) } };
    },
  }),
  operation({
    ...described,
    operationId: 'invitePartner',
    method: 'POST',
    path: '/invitations',
    summary: 'Invite someone of a partner company by e-mail',
    rateClass: 'write',
    idempotent: true,
    body: z.strictObject({
      email: common.emailAddress,
      givenName: common.line(80),
      familyName: common.line(80),
      organisationId: common.organisationId,
      groupIds: z.array(common.groupId).min(1).max(20),
      expiresAt: common.time.optional().describe('When the invitation lapses.'),
      accessExpiresAt: common.time.optional().describe('When the access it gives ends.'),
      language: common.language.default('en'),
    }),
    response: common.Written,
    status: 201,
    async handler(call, { body }) {
      const value = { ...body, expiresAt: dateOf(body.expiresAt), accessExpiresAt: dateOf(body.accessExpiresAt) };
      return written(await identityCommand(call, { $case: 'invitePartner', value }));
    },
  }),
  operation({
    ...described,
    operationId: 'revokeInvitation',
    method: 'DELETE',
    path: '/invitations/{invitationId}',
    summary: 'Take an invitation back',
    rateClass: 'write',
    idempotent: true,
    ifMatch: true,
    params: z.strictObject({ invitationId: common.invitationId }),
    query: z.strictObject({ reason: common.line(500, 0).default('') }),
    response: common.Written,
    handler: async (call, { params: { invitationId }, query }) =>
      written(await identityCommand(call, { $case: 'revokeInvitation', value: { invitationId, reason: query.reason } })),
  }),
  operation({
    ...described,
    operationId: 'previewInvitation',
    method: 'POST',
    // The secret travels in a body, so that no log of addresses ever holds it.
    path: '/invitations/preview',
    summary: 'Who invites whom, by the secret of the link',
    auth: 'public',
    rateClass: 'auth',
    body: z.strictObject({
      secret: z
        .string()
        .min(8)
        .max(500)
        .regex(/^[\w.~-]+$/, 'the secret of an invitation link'),
    }),
    response: Preview,
    async handler(call, { body }) {
      const answer = await call.clients.identity.previewInvitation({ secret: body.secret }, call.context());
      const invitation = present(answer.invitation, 'the invitation');
      const { networkName, organisationName, sponsorName } = answer;
      const { givenName, state } = invitation;
      const expiresAt = timeOrNull(invitation.expiresAt);
      return { body: { networkName, organisationName, sponsorName, givenName, state, expiresAt, groups: invitation.groupIds.length } };
    },
  }),
];
