/** Groups and memberships taken over from elsewhere: the same rules, no caller to authorise, ids from the import's command ids. */
import { type GroupPrivacy, JoinedVia, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { CommandExecutor, CommandMeta, CommandOutcome } from '@parvis/kit/eventing/command.ts';
import { groupStream, memberStream } from '@parvis/kit/runtime/ids.ts';
import { type GroupDetails, groupDecider } from '../domain/group.ts';
import { type MemberPerson, memberDecider } from '../domain/member.ts';

export interface ImportedGroup {
  readonly groupId: string;
  readonly details: GroupDetails;
  readonly privacy: GroupPrivacy;
  readonly admitsPartners: boolean;
  readonly owner: MemberPerson;
}

/** Creates the group with its owner. A repeat of the same command changes nothing. @throws as the group's own rules do */
const importGroup = (commands: CommandExecutor, meta: CommandMeta, group: ImportedGroup): Promise<CommandOutcome<void>> => {
  const { groupId, details, privacy, admitsPartners, owner } = group;
  return commands.execute(groupStream(groupId), meta, async (transaction) => {
    const by = owner.personId;
    await transaction.run(groupDecider, groupStream(groupId), { kind: 'create', details, privacy, admitsPartners, by });
    await transaction.run(memberDecider, memberStream(groupId, by), { kind: 'join', person: owner, via: JoinedVia.IMPORT, by });
  });
};

export interface ImportedMember {
  readonly groupId: string;
  readonly person: MemberPerson;
  readonly role: 'member' | 'moderator' | 'owner';
}

/** Makes the person a member with the role. @throws as the group's own rules do */
const importMember = (commands: CommandExecutor, meta: CommandMeta, member: ImportedMember): Promise<CommandOutcome<void>> => {
  const { groupId, person, role } = member;
  const { personId } = person;
  const stream = memberStream(groupId, personId);
  return commands.execute(groupStream(groupId), meta, async (transaction) => {
    await transaction.run(memberDecider, stream, { kind: 'join', person, via: JoinedVia.IMPORT, by: '' });
    if (role === 'owner') await transaction.run(groupDecider, groupStream(groupId), { kind: 'addOwner', personId, by: '' });
    if (role === 'moderator') {
      await transaction.run(memberDecider, stream, { kind: 'changeRole', personId, role: MemberRole.MODERATOR, by: '' });
    }
  });
};

export interface GroupImport {
  importGroup(meta: CommandMeta, group: ImportedGroup): Promise<CommandOutcome<void>>;
  importMember(meta: CommandMeta, member: ImportedMember): Promise<CommandOutcome<void>>;
}

export const createGroupImport = (commands: CommandExecutor): GroupImport => ({
  importGroup: (meta, group) => importGroup(commands, meta, group),
  importMember: (meta, member) => importMember(commands, meta, member),
});
