import { z } from 'zod';
import { groupCommand, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { memberRoles } from '../present/enums.ts';
import { presentMembers } from '../present/groups.ts';
import { dateOf } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { MemberPage, memberRole } from '../schemas/groups.ts';

const params = z.strictObject({ groupId: common.groupId });
const ofPerson = z.strictObject({ groupId: common.groupId, personId: common.personId });
const described = { tag: 'members', auth: 'person' } as const;
const command = { ...described, rateClass: 'write', idempotent: true, ifMatch: true, response: common.Written } as const;
const givenReason = z.strictObject({ reason: common.line(500, 0).default('') });

const list = operation({
  ...described,
  operationId: 'listMembers',
  method: 'GET',
  path: '/groups/{groupId}/members',
  summary: 'Members; owners and moderators also list requests, invitations and bans',
  rateClass: 'read',
  params,
  query: z.strictObject({ state: z.enum(['member', 'requested', 'invited', 'banned']).default('member'), ...common.page }),
  response: MemberPage,
  async handler(call, { params: { groupId }, query }) {
    return { body: await presentMembers(call, await call.clients.group.listMembers({ groupId, ...query }, call.context())) };
  },
});

const join = operation({
  ...command,
  operationId: 'joinGroup',
  method: 'POST',
  path: '/groups/{groupId}/members',
  summary: 'Join an open group, accept an invitation, or ask to join',
  params,
  body: z.strictObject({ message: common.paragraphs(500, 0).default('') }),
  response: z
    .strictObject({ id: z.string(), version: z.number().int(), outcome: z.string().describe('joined or requested') })
    .meta({ id: 'Joined' }),
  async handler(call, { params: { groupId }, body }) {
    const { id, version, outcome } = await groupCommand(call, { $case: 'joinGroup', value: { groupId, message: body.message } });
    return { body: { id, version, outcome }, version };
  },
});

const leave = operation({
  ...command,
  operationId: 'leaveGroup',
  method: 'DELETE',
  path: '/groups/{groupId}/members/me',
  summary: 'Leave',
  params,
  handler: async (call, { params: { groupId } }) => written(await groupCommand(call, { $case: 'leaveGroup', value: { groupId } })),
});

const changeRole = operation({
  ...command,
  operationId: 'changeMemberRole',
  method: 'PUT',
  path: '/groups/{groupId}/members/{personId}',
  summary: 'Make someone a member, a moderator or an owner',
  params: ofPerson,
  body: z.strictObject({ role: memberRole }),
  handler: async (call, { params: { groupId, personId }, body }) =>
    written(await groupCommand(call, { $case: 'changeMemberRole', value: { groupId, personId, role: memberRoles.number(body.role) } })),
});

const remove = operation({
  ...command,
  operationId: 'removeMember',
  method: 'DELETE',
  path: '/groups/{groupId}/members/{personId}',
  summary: 'Remove a member',
  params: ofPerson,
  query: givenReason,
  handler: async (call, { params: { groupId, personId }, query }) =>
    written(await groupCommand(call, { $case: 'removeMember', value: { groupId, personId, reason: query.reason } })),
});

const withdraw = operation({
  ...command,
  operationId: 'withdrawRequest',
  method: 'DELETE',
  path: '/groups/{groupId}/requests/me',
  summary: 'Take my request to join back',
  params,
  handler: async (call, { params: { groupId } }) => written(await groupCommand(call, { $case: 'withdrawRequest', value: { groupId } })),
});

const decide = operation({
  ...command,
  operationId: 'decideRequest',
  method: 'PUT',
  path: '/groups/{groupId}/requests/{personId}',
  summary: 'Approve or decline a request to join',
  params: ofPerson,
  body: z.strictObject({ decision: z.enum(['approved', 'declined']), reason: common.line(500, 0).default('') }),
  async handler(call, { params: { groupId, personId }, body }) {
    const { decision, reason } = body;
    if (decision === 'approved') return written(await groupCommand(call, { $case: 'approveRequest', value: { groupId, personId } }));
    return written(await groupCommand(call, { $case: 'declineRequest', value: { groupId, personId, reason } }));
  },
});

const invite = operation({
  ...command,
  operationId: 'inviteMember',
  method: 'POST',
  path: '/groups/{groupId}/invitations',
  summary: 'Invite someone into the group',
  params,
  body: z.strictObject({ personId: common.personId, expiresAt: common.time.optional() }),
  handler: async (call, { params: { groupId }, body }) => {
    const value = { groupId, personId: body.personId, expiresAt: dateOf(body.expiresAt) };
    return written(await groupCommand(call, { $case: 'inviteMember', value }));
  },
});

const declineInvitation = operation({
  ...command,
  operationId: 'declineGroupInvitation',
  method: 'DELETE',
  path: '/groups/{groupId}/invitations/me',
  summary: 'Decline an invitation',
  params,
  handler: async (call, { params: { groupId } }) => written(await groupCommand(call, { $case: 'declineInvitation', value: { groupId } })),
});

const revokeInvite = operation({
  ...command,
  operationId: 'revokeGroupInvitation',
  method: 'DELETE',
  path: '/groups/{groupId}/invitations/{personId}',
  summary: 'Take an invitation back',
  params: ofPerson,
  handler: async (call, { params: { groupId, personId } }) =>
    written(await groupCommand(call, { $case: 'revokeInvite', value: { groupId, personId } })),
});

const ban = operation({
  ...command,
  operationId: 'banMember',
  method: 'PUT',
  path: '/groups/{groupId}/bans/{personId}',
  summary: 'Ban someone from the group',
  params: ofPerson,
  body: z.strictObject({ reason: common.reason }),
  handler: async (call, { params: { groupId, personId }, body }) =>
    written(await groupCommand(call, { $case: 'banMember', value: { groupId, personId, reason: body.reason } })),
});

const unban = operation({
  ...command,
  operationId: 'unbanMember',
  method: 'DELETE',
  path: '/groups/{groupId}/bans/{personId}',
  summary: 'End a ban',
  params: ofPerson,
  handler: async (call, { params: { groupId, personId } }) =>
    written(await groupCommand(call, { $case: 'unbanMember', value: { groupId, personId } })),
});

export const members: readonly Operation[] = [
  list,
  join,
  leave,
  changeRole,
  remove,
  withdraw,
  decide,
  invite,
  declineInvitation,
  revokeInvite,
  ban,
  unban,
];
