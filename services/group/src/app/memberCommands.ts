/** Commands about one's own membership, and about those of others. */
import type { PersonFacts } from '@parvis/access/src/facts.ts';
import { isActive, isMember, mayRead } from '@parvis/access/src/mayRead.ts';
import { JoinedVia, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type {
  ApproveRequest,
  ChangeMemberRole,
  DeclineRequest,
  InviteMember,
  JoinGroup,
} from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import type { CommandTransaction } from '@parvis/kit/eventing/command.ts';
import { forbidden, invalid, notFound, ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { groupStream, isSimpleId, memberStream } from '@parvis/kit/runtime/ids.ts';
import { groupDecider, mustBeOpenForChange } from '../domain/group.ts';
import { isInvited, type MemberCommand, memberDecider } from '../domain/member.ts';
import { type Call, type Done, memberPersonOf } from './groupCommands.ts';
import { isOwner, mustModerate, mustOwn, type Standing, standingIn } from './standing.ts';

/** How long an invitation into a group stands unless the inviter says otherwise. */
const INVITATION_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

const onMember = async (
  call: Call,
  groupId: string,
  personId: string,
  decide: (transaction: CommandTransaction, stream: string) => Promise<string | undefined>,
): Promise<Done> => {
  const root = groupStream(groupId);
  const stream = memberStream(groupId, personId);
  const outcome = await call.runtime.commands.execute(root, call.meta, (transaction) => decide(transaction, stream));
  return { id: personId, stream, outcome, ...(typeof outcome.result === 'string' ? { told: outcome.result } : {}) };
};

/** Joins an open group, accepts an invitation into it, or asks to join a restricted one. */
export const joinGroup = async (call: Call, { groupId, message }: JoinGroup): Promise<Done> => {
  const { runtime, entered } = call;
  const { group, membership } = await standingIn(runtime, entered, groupId);
  const employee = entered.viewer.person.kind === 'employee';
  const done = await onMember(call, groupId, entered.personId, async (transaction, stream) => {
    mustBeOpenForChange((await transaction.load(groupDecider, groupStream(groupId))).state);
    const { state } = await transaction.load(memberDecider, stream);
    const invited = isInvited(state, entered.nowMs);
    if (invited || (employee && group.privacy === 'open') || state.status === 'member') {
      const via = invited ? JoinedVia.INVITATION : JoinedVia.JOIN;
      await transaction.run(memberDecider, stream, { kind: 'join', person: memberPersonOf(entered), via, by: entered.personId });
      return 'joined';
    }
    if (!employee || group.privacy === 'hidden') throw notFound('group');
    await transaction.run(memberDecider, stream, { kind: 'request', personId: entered.personId, message });
    return 'requested';
  });
  if (done.told !== undefined) return done;
  return { ...done, told: membership?.state === 'requested' ? 'requested' : 'joined' };
};

const removeFromOwners = async (transaction: CommandTransaction, groupId: string, personId: string, by: string): Promise<void> => {
  await transaction.run(groupDecider, groupStream(groupId), { kind: 'removeOwner', personId, by });
};

/** Leaving, withdrawing and declining are one's own: they only need the group to be visible, or a standing in it. */
export const leaveGroup = async (call: Call, groupId: string): Promise<Done> => {
  const { runtime, entered } = call;
  await standingIn(runtime, entered, groupId);
  return onMember(call, groupId, entered.personId, async (transaction, stream) => {
    await removeFromOwners(transaction, groupId, entered.personId, entered.personId);
    await transaction.run(memberDecider, stream, { kind: 'leave', personId: entered.personId });
    return undefined;
  });
};

export const ownWish = async (call: Call, groupId: string, kind: 'withdraw' | 'declineInvitation'): Promise<Done> => {
  await standingIn(call.runtime, call.entered, groupId);
  return onMember(call, groupId, call.entered.personId, async (transaction, stream) => {
    await transaction.run(memberDecider, stream, { kind, personId: call.entered.personId });
    return undefined;
  });
};

/** The person a command is about, as far as the caller may know of them. @throws notFound */
const visiblePerson = async ({ runtime, entered }: Call, groupId: string, personId: string): Promise<PersonFacts> => {
  const person = isSimpleId(personId) ? await runtime.facts.person(personId) : undefined;
  const membership = person ? await runtime.facts.membership(groupId, personId) : undefined;
  const sharesGroup = isMember(membership);
  if (!person || !mayRead(entered.viewer, { kind: 'person-card', person, sharesGroup }, entered.nowMs)) throw notFound('person');
  return person;
};

const mustBeActive = async ({ runtime, entered }: Call, person: PersonFacts): Promise<void> => {
  const organisation = await runtime.facts.organisation(person.organisationId);
  if (!isActive(person, organisation, entered.nowMs)) throw ruleBroken('group.person-inactive', 'this person has no access to the network');
};

const mustInvite = (call: Call, standing: Standing, person: PersonFacts): void => {
  const { group } = standing;
  if (call.entered.viewer.person.kind !== 'employee') throw forbidden('group.employees-invite', 'only employees invite');
  if (person.kind === 'partner') {
    mustOwn(standing);
    if (!group.admitsPartners) throw ruleBroken('group.no-partners', 'this group does not admit partners');
    return;
  }
  if (group.privacy === 'open' && isMember(standing.membership)) return;
  mustModerate(standing);
};

export const inviteMember = async (call: Call, command: InviteMember): Promise<Done> => {
  const { groupId, personId } = command;
  const standing = await standingIn(call.runtime, call.entered, groupId);
  const person = await visiblePerson(call, groupId, personId);
  mustInvite(call, standing, person);
  await mustBeActive(call, person);
  const { nowMs } = call.entered;
  const expiresAt = command.expiresAt ?? new Date(nowMs + INVITATION_DAYS * DAY_MS);
  return onMember(call, groupId, personId, async (transaction, stream) => {
    mustBeOpenForChange((await transaction.load(groupDecider, groupStream(groupId))).state);
    await transaction.run(memberDecider, stream, { kind: 'invite', personId, by: call.entered.personId, expiresAt, nowMs });
    return undefined;
  });
};

export const approveRequest = async (call: Call, { groupId, personId }: ApproveRequest): Promise<Done> => {
  mustModerate(await standingIn(call.runtime, call.entered, groupId));
  const person = await visiblePerson(call, groupId, personId);
  await mustBeActive(call, person);
  return onMember(call, groupId, personId, async (transaction, stream) => {
    mustBeOpenForChange((await transaction.load(groupDecider, groupStream(groupId))).state);
    await transaction.run(memberDecider, stream, {
      kind: 'approve',
      person: { personId, partner: person.kind === 'partner', organisationId: person.organisationId },
      by: call.entered.personId,
    });
    return undefined;
  });
};

export const declineRequest = async (call: Call, { groupId, personId, reason }: DeclineRequest): Promise<Done> =>
  moderate(call, groupId, personId, { kind: 'decline', personId, by: call.entered.personId, reason });

/** A decision of owners and moderators on one membership that touches no owner. */
export const moderate = async (call: Call, groupId: string, personId: string, command: MemberCommand): Promise<Done> => {
  mustModerate(await standingIn(call.runtime, call.entered, groupId));
  if (!isSimpleId(personId)) throw notFound('person');
  return onMember(call, groupId, personId, async (transaction, stream) => {
    await transaction.run(memberDecider, stream, command);
    return undefined;
  });
};

/** Removing or excluding someone: moderators only plain members, owners everyone but the last owner. */
export const expel = async (
  call: Call,
  kind: 'remove' | 'ban',
  target: { groupId: string; personId: string; reason: string },
): Promise<Done> => {
  const { groupId, personId, reason } = target;
  const standing = await standingIn(call.runtime, call.entered, groupId);
  mustModerate(standing);
  const by = call.entered.personId;
  await visiblePerson(call, groupId, personId);
  if (personId === by) throw invalid('personId', 'another person: to go yourself, leave the group');
  return onMember(call, groupId, personId, async (transaction, stream) => {
    const { owners } = (await transaction.load(groupDecider, groupStream(groupId))).state;
    const { state } = await transaction.load(memberDecider, stream);
    const plain = !owners.includes(personId) && state.role !== MemberRole.MODERATOR;
    if (!plain && !isOwner(standing)) throw forbidden('group.owners-only', 'only an owner may remove owners and moderators');
    await removeFromOwners(transaction, groupId, personId, by);
    await transaction.run(memberDecider, stream, { kind, personId, by, reason });
    return undefined;
  });
};

export const changeMemberRole = async (call: Call, { groupId, personId, role }: ChangeMemberRole): Promise<Done> => {
  mustOwn(await standingIn(call.runtime, call.entered, groupId));
  const person = await visiblePerson(call, groupId, personId);
  if (role === MemberRole.UNSPECIFIED) throw invalid('role', 'member, moderator or owner');
  if (role === MemberRole.OWNER && person.kind === 'partner') throw ruleBroken('group.partner-owner', 'a partner can not own a group');
  const by = call.entered.personId;
  return onMember(call, groupId, personId, async (transaction, stream) => {
    const { state } = await transaction.load(memberDecider, stream);
    if (state.status !== 'member') throw ruleBroken('group.not-a-member', 'this person is not a member of the group');
    if (role === MemberRole.OWNER) {
      // A former moderator who stops being an owner is a plain member again.
      await transaction.run(memberDecider, stream, { kind: 'changeRole', personId, role: MemberRole.MEMBER, by });
      await transaction.run(groupDecider, groupStream(groupId), { kind: 'addOwner', personId, by });
      return undefined;
    }
    await removeFromOwners(transaction, groupId, personId, by);
    await transaction.run(memberDecider, stream, { kind: 'changeRole', personId, role, by });
    return undefined;
  });
};
