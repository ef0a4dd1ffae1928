import { z } from 'zod';
import * as common from './common.ts';
import { PersonCard } from './people.ts';

export const privacy = z.enum(['open', 'restricted', 'hidden']);
export const memberRole = z.enum(['member', 'moderator', 'owner']);

export const GroupCard = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    privacy,
    admitsPartners: z.boolean(),
    partnerCount: z.number().int(),
    archived: z.boolean(),
    imageFileId: z.string().nullable(),
  })
  .meta({ id: 'GroupCard' });

export const Group = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    purpose: z.string(),
    privacy,
    admitsPartners: z.boolean(),
    language: z.string(),
    imageFileId: z.string().nullable(),
    archived: z.boolean(),
    owners: z.array(PersonCard),
    memberCount: z.number().int().describe('0 when the viewer may not read the group.'),
    partnerCount: z.number().int(),
    membership: z.string().describe('none, requested, invited, member, moderator, owner or banned'),
    readable: z.boolean(),
    abilities: z.array(z.string()),
    takenOverReason: z.string().nullable(),
    createdAt: common.utcTime.nullable(),
    version: z.number().int(),
    degraded: common.degraded,
  })
  .meta({ id: 'Group' });

export const GroupPage = z.strictObject(common.pageOf(Group)).meta({ id: 'GroupPage' });

export const Audience = z
  .strictObject({
    employees: z.number().int(),
    everyEmployee: z.boolean().describe('True when every employee may read, not members only.'),
    partners: z.array(z.strictObject({ organisationId: z.string(), organisationName: z.string().nullable(), people: z.number().int() })),
    degraded: common.degraded,
  })
  .meta({ id: 'Audience', description: 'Who reads what is written in the group, in numbers.' });

export const Opening = z
  .strictObject({ posts: z.number().int(), readers: z.number().int() })
  .meta({ id: 'Opening', description: 'What opening the group would show to how many; to be confirmed with the change of privacy.' });

export const Member = z
  .strictObject({
    personId: z.string(),
    person: PersonCard.nullable(),
    role: memberRole,
    since: common.utcTime.nullable(),
    state: z.string().describe('member, requested, invited or banned'),
    message: z.string(),
  })
  .meta({ id: 'Member' });

export const MemberPage = z.strictObject({ ...common.pageOf(Member), total: z.number().int() }).meta({ id: 'MemberPage' });
