import type * as proto from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import type { z } from 'zod';
import type { Call } from '../http/call.ts';
import type * as schema from '../schemas/groups.ts';
import { memberRoles, privacies } from './enums.ts';
import { type Cards, cardsOf, degradation, type Groups } from './hydrate.ts';
import { cardList, cardOrNull } from './people.ts';
import { orNull, timeOrNull } from './values.ts';

export const groupCardOrNull = (groups: Groups, groupId: string): z.output<typeof schema.GroupCard> | null => {
  const group = groups.get(groupId);
  if (!group) return null;
  return {
    id: group.id,
    name: group.name,
    privacy: privacies.wordOr(group.privacy, 'hidden'),
    admitsPartners: group.admitsPartners,
    partnerCount: group.partnerCount,
    archived: group.archived,
    imageFileId: orNull(group.imageFileId),
  };
};

const presentGroup = (group: proto.Group, cards: Cards): z.output<typeof schema.Group> => ({
  id: group.id,
  name: group.name,
  purpose: group.purpose,
  privacy: privacies.wordOr(group.privacy, 'hidden'),
  admitsPartners: group.admitsPartners,
  language: group.language,
  imageFileId: orNull(group.imageFileId),
  archived: group.archived,
  owners: cardList(cards, group.ownerIds),
  memberCount: group.memberCount,
  partnerCount: group.partnerCount,
  membership: group.membership,
  readable: group.readable,
  abilities: [...group.abilities],
  takenOverReason: orNull(group.takenOverReason),
  createdAt: timeOrNull(group.createdAt),
  version: group.version,
});

export const presentGroups = async (call: Call, groups: readonly proto.Group[]): Promise<z.output<typeof schema.Group>[]> => {
  const cards = await cardsOf(
    call,
    groups.flatMap((group) => group.ownerIds),
  );
  return groups.map((group) => presentGroup(group, cards));
};

export const presentMembers = async (call: Call, answer: proto.ListMembersResponse): Promise<z.output<typeof schema.MemberPage>> => {
  const cards = await cardsOf(
    call,
    answer.members.map(({ personId }) => personId),
  );
  return {
    items: answer.members.map((member) => ({
      personId: member.personId,
      person: cardOrNull(cards, member.personId),
      role: memberRoles.wordOr(member.role, 'member'),
      since: timeOrNull(member.since),
      state: member.state,
      message: member.message,
    })),
    nextCursor: orNull(answer.nextCursor),
    total: answer.total,
    ...degradation(call),
  };
};
