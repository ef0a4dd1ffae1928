/** Commands about a group itself. */
import { isAdministrator } from '@parvis/access/src/mayRead.ts';
import { JoinedVia } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type {
  ArchiveGroup,
  ChangeGroup,
  ChangePrivacy,
  CreateGroup,
  ReopenGroup,
  TakeOverGroup,
} from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import type { CommandMeta, CommandOutcome, CommandTransaction } from '@parvis/kit/eventing/command.ts';
import { forbidden, notFound, preconditionFailed } from '@parvis/kit/runtime/errors.ts';
import { derivedId, groupStream, isSimpleId, memberStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { type GroupCommand, groupDecider } from '../domain/group.ts';
import { memberDecider } from '../domain/member.ts';
import type { CreationRuleRow } from '../views/employeesProjection.ts';
import { mustOwn, standingIn } from './standing.ts';

/** Everything a command handler needs; one per call. */
export interface Call {
  readonly runtime: ServiceRuntime;
  readonly entered: Entered;
  readonly meta: CommandMeta;
  /** From If-Match, against the version of the group's own stream. */
  readonly expectedVersion: number | undefined;
}

/** What a handler hands back: the id of the thing, the stream whose version is told, what happened. */
export interface Done {
  readonly id: string;
  readonly stream: string;
  readonly outcome: CommandOutcome<unknown>;
  readonly told?: string;
}

export const memberPersonOf = (entered: Entered) => ({
  personId: entered.personId,
  partner: entered.viewer.person.kind === 'partner',
  organisationId: entered.viewer.person.organisationId,
});

const mustBeAllowedToCreate = async ({ runtime, entered }: Call): Promise<void> => {
  if (entered.viewer.person.kind !== 'employee') throw forbidden('group.employees-only', 'only employees create groups');
  const rule = await runtime.view('employees').get<CreationRuleRow>('rules', 'network');
  if (rule?.groupCreation === 'administrators' && !isAdministrator(entered.viewer.person)) {
    throw forbidden('group.administrators-create', 'only administrators create groups in this network');
  }
};

export const createGroup = async (call: Call, command: CreateGroup): Promise<Done> => {
  await mustBeAllowedToCreate(call);
  const groupId = derivedId(call.meta.commandId, 'group');
  const stream = groupStream(groupId);
  const { privacy, admitsPartners, ...details } = command;
  const outcome = await call.runtime.commands.execute(stream, call.meta, async (transaction) => {
    await transaction.run(groupDecider, stream, { kind: 'create', details, privacy, admitsPartners, by: call.entered.personId });
    await transaction.run(memberDecider, memberStream(groupId, call.entered.personId), {
      kind: 'join',
      person: memberPersonOf(call.entered),
      via: JoinedVia.CREATION,
      by: call.entered.personId,
    });
  });
  return { id: groupId, stream, outcome };
};

/** Runs commands of an owner on the group's own stream, after visibility, in the order given. */
const asOwner = async (call: Call, groupId: string, commands: readonly GroupCommand[]): Promise<Done> => {
  mustOwn(await standingIn(call.runtime, call.entered, groupId));
  const stream = groupStream(groupId);
  const outcome = await call.runtime.commands.execute(stream, call.meta, async (transaction) => {
    await checkVersion(transaction, stream, call.expectedVersion);
    for (const command of commands) await transaction.run(groupDecider, stream, command);
  });
  return { id: groupId, stream, outcome };
};

const checkVersion = async (transaction: CommandTransaction, stream: string, expected: number | undefined): Promise<void> => {
  if (expected === undefined) return;
  const { version } = await transaction.load(groupDecider, stream);
  if (version !== expected) throw preconditionFailed(version);
};

export const changeGroup = (call: Call, command: ChangeGroup): Promise<Done> => {
  const { groupId, admitsPartners, ...details } = command;
  const by = call.entered.personId;
  const commands: GroupCommand[] = [{ kind: 'change', details, by }];
  if (admitsPartners !== undefined) commands.push({ kind: 'changeAdmission', admitsPartners, by });
  return asOwner(call, groupId, commands);
};

export const changePrivacy = (call: Call, command: ChangePrivacy): Promise<Done> =>
  asOwner(call, command.groupId, [
    {
      kind: 'changePrivacy',
      privacy: command.privacy,
      confirmedPosts: command.confirmedPosts,
      confirmedReaders: command.confirmedReaders,
      by: call.entered.personId,
    },
  ]);

export const archiveGroup = (call: Call, command: ArchiveGroup): Promise<Done> =>
  asOwner(call, command.groupId, [{ kind: 'archive', by: call.entered.personId }]);

export const reopenGroup = (call: Call, command: ReopenGroup): Promise<Done> =>
  asOwner(call, command.groupId, [{ kind: 'reopen', by: call.entered.personId }]);

/** By an administrator who knows the group's id, also of a hidden one; they become a member and an owner, openly. */
export const takeOverGroup = async (call: Call, { groupId, reason }: TakeOverGroup): Promise<Done> => {
  const { runtime, entered } = call;
  if (!isAdministrator(entered.viewer.person)) {
    await standingIn(runtime, entered, groupId);
    throw forbidden('group.administrators-only', 'only an administrator may take over a group');
  }
  if (!isSimpleId(groupId) || !(await runtime.facts.group(groupId))) throw notFound('group');
  const stream = groupStream(groupId);
  const outcome = await runtime.commands.execute(stream, call.meta, async (transaction) => {
    await transaction.run(groupDecider, stream, { kind: 'takeOver', personId: entered.personId, reason });
    await transaction.run(memberDecider, memberStream(groupId, entered.personId), {
      kind: 'join',
      person: memberPersonOf(entered),
      via: JoinedVia.TAKE_OVER,
      by: entered.personId,
    });
  });
  return { id: groupId, stream, outcome };
};
