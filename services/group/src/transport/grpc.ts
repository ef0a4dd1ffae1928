import { type ExecuteRequest, type ExecuteResponse, GroupServiceService } from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { bind, type CallContext, type RpcBinding } from '@parvis/kit/runtime/rpc.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { listAudit } from '../app/auditQuery.ts';
import {
  archiveGroup,
  type Call,
  changeGroup,
  changePrivacy,
  createGroup,
  type Done,
  reopenGroup,
  takeOverGroup,
} from '../app/groupCommands.ts';
import { exportMyGroups, getAudience, getGroup, getGroups, listGroups, listMembers } from '../app/groupQueries.ts';
import {
  approveRequest,
  changeMemberRole,
  declineRequest,
  expel,
  inviteMember,
  joinGroup,
  leaveGroup,
  moderate,
  ownWish,
} from '../app/memberCommands.ts';

type Command = NonNullable<ExecuteRequest['command']>;

const dispatch = (call: Call, command: Command): Promise<Done> => {
  const by = call.entered.personId;
  switch (command.$case) {
    case 'createGroup':
      return createGroup(call, command.value);
    case 'changeGroup':
      return changeGroup(call, command.value);
    case 'changePrivacy':
      return changePrivacy(call, command.value);
    case 'archiveGroup':
      return archiveGroup(call, command.value);
    case 'reopenGroup':
      return reopenGroup(call, command.value);
    case 'takeOverGroup':
      return takeOverGroup(call, command.value);
    case 'joinGroup':
      return joinGroup(call, command.value);
    case 'leaveGroup':
      return leaveGroup(call, command.value.groupId);
    case 'withdrawRequest':
      return ownWish(call, command.value.groupId, 'withdraw');
    case 'declineInvitation':
      return ownWish(call, command.value.groupId, 'declineInvitation');
    case 'approveRequest':
      return approveRequest(call, command.value);
    case 'declineRequest':
      return declineRequest(call, command.value);
    case 'inviteMember':
      return inviteMember(call, command.value);
    case 'revokeInvite': {
      const { groupId, personId } = command.value;
      return moderate(call, groupId, personId, { kind: 'revokeInvitation', personId, by });
    }
    case 'unbanMember': {
      const { groupId, personId } = command.value;
      return moderate(call, groupId, personId, { kind: 'unban', personId, by });
    }
    case 'removeMember':
      return expel(call, 'remove', command.value);
    case 'banMember':
      return expel(call, 'ban', command.value);
    case 'changeMemberRole':
      return changeMemberRole(call, command.value);
    default:
      return command satisfies never;
  }
};

const execute = async (runtime: ServiceRuntime, request: ExecuteRequest, context: CallContext): Promise<ExecuteResponse> => {
  const entered = await runtime.enter(context);
  const { command } = request;
  if (!command) throw invalid('command', 'one of the commands of the group service');
  const meta = runtime.commandMeta(context, entered.personId, command.$case, request.idempotencyKey, command);
  const done = await dispatch({ runtime, entered, meta, expectedVersion: request.expectedVersion }, command);
  return { ...(await runtime.written(done.id, done.stream, done.outcome)), outcome: done.told ?? '' };
};

export const groupRpc = (runtime: ServiceRuntime): RpcBinding[] => [
  bind(GroupServiceService, {
    execute: (request, context) => execute(runtime, request, context),
    getGroup: async (request, context) => ({ group: await getGroup(runtime, await runtime.enter(context), request.groupId) }),
    getGroups: async (request, context) => ({ groups: await getGroups(runtime, await runtime.enter(context), request.groupIds) }),
    listGroups: async (request, context) => listGroups(runtime, await runtime.enter(context), request),
    listMembers: async (request, context) => listMembers(runtime, await runtime.enter(context), request),
    getAudience: async (request, context) => ({ audience: await getAudience(runtime, await runtime.enter(context), request.groupId) }),
    listAudit: async (request, context) => listAudit(runtime, await runtime.enter(context), request),
    exportMyGroups: async (_, context) => ({ document: Buffer.from(await exportMyGroups(runtime, await runtime.enter(context))) }),
  }),
];
