/** What the group service does because of identity's events. Each append is once only by its command id. */
import { JoinedVia } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { InvitationEvent } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { CommandMeta } from '@parvis/kit/eventing/command.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import { eventIdOf, groupStream, idsOfStream, memberStream, policyCommandId } from '@parvis/kit/runtime/ids.ts';
import type { Policy, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { groupDecider } from '../domain/group.ts';
import { memberDecider } from '../domain/member.ts';
import type { MemberRow } from '../views/groupsView.ts';

/** How many members are looked at to find a successor of an owner who is gone. */
const SUCCESSOR_PAGE = 200;

const metaOf = (decoded: DecodedEvent, policy: string, groupId: string): CommandMeta => ({
  commandId: policyCommandId(eventIdOf(decoded), `${policy}/${groupId}`),
  requestHash: policy,
  actor: '',
  traceparent: decoded.traceparent,
});

/** An accepted invitation of the network makes the partner a member of the groups it named, those that still admit partners. */
const joinInvitedGroups = (runtime: ServiceRuntime): Policy => ({
  name: 'joinInvitedGroups',
  source: 'identity',
  types: ['parvis.identity.v1.InvitationAccepted'],
  begin: 'start',
  async handle(decoded) {
    const event = decoded.event as InvitationEvent['event'];
    const { personId } = idsOfStream(decoded.stream);
    if (event?.$case !== 'invitationAccepted' || personId === undefined) return;
    const organisationId = (await runtime.facts.person(personId))?.organisationId ?? '';
    for (const groupId of event.value.groupIds) {
      const meta = metaOf(decoded, 'joinInvitedGroups', groupId);
      await runtime.commands.execute(groupStream(groupId), meta, async (transaction) => {
        const group = (await transaction.load(groupDecider, groupStream(groupId))).state;
        const member = (await transaction.load(memberDecider, memberStream(groupId, personId))).state;
        if (!group.exists || group.archived || !group.admitsPartners || member.status === 'banned') return;
        const person = { personId, partner: true, organisationId };
        const via = JoinedVia.PARTNER_INVITATION;
        await transaction.run(memberDecider, memberStream(groupId, personId), { kind: 'join', person, via, by: '' });
      });
    }
  },
});

/** Longest-serving moderator, otherwise longest-serving employee who is a member; undefined when nobody is left. */
const successorIn = async (runtime: ServiceRuntime, groupId: string, leaving: string): Promise<string | undefined> => {
  const entries = await runtime
    .view('groups')
    .range<MemberRow>('members', 'byGroup', { prefix: [groupId, 'member'], limit: SUCCESSOR_PAGE });
  const candidates = entries.map((entry) => entry.row).filter((row) => row.personId !== leaving && !row.partner);
  const facts = await runtime.facts.persons(candidates.map((row) => row.personId));
  const index = facts.findIndex((person) => person?.status === 'active');
  return candidates[index]?.personId;
};

/** Someone erased leaves every group; a group whose last owner goes gets a successor, or is archived when there is none. */
const leaveOnErasure = (runtime: ServiceRuntime): Policy => ({
  name: 'leaveOnErasure',
  source: 'identity',
  types: ['parvis.identity.v1.PersonErased'],
  begin: 'start',
  async handle(decoded) {
    const { personId } = idsOfStream(decoded.stream);
    if (personId === undefined) return;
    for (const groupId of await runtime.facts.groupIdsOf(personId)) {
      const successor = await successorIn(runtime, groupId, personId);
      await runtime.commands.execute(groupStream(groupId), metaOf(decoded, 'leaveOnErasure', groupId), async (transaction) => {
        const stream = groupStream(groupId);
        const { owners } = (await transaction.load(groupDecider, stream)).state;
        if (owners.includes(personId) && owners.length === 1) {
          if (successor === undefined) await transaction.run(groupDecider, stream, { kind: 'archive', by: '' });
          else transaction.append(stream, [{ $case: 'groupOwnerAdded', value: { personId: successor, by: '' } }]);
        }
        if (owners.includes(personId)) transaction.append(stream, [{ $case: 'groupOwnerRemoved', value: { personId, by: '' } }]);
        await transaction.run(memberDecider, memberStream(groupId, personId), { kind: 'leave', personId });
      });
    }
  },
});

export const policies = (runtime: ServiceRuntime): readonly Policy[] => [joinInvitedGroups(runtime), leaveOnErasure(runtime)];
