import { PersonKind } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { z } from 'zod';
import { groupCommand, present, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { privacies } from '../present/enums.ts';
import { presentGroups } from '../present/groups.ts';
import { degradation, organisationNames } from '../present/hydrate.ts';
import { orNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { Audience, Group, GroupPage, Opening, privacy } from '../schemas/groups.ts';

const params = z.strictObject({ groupId: common.groupId });
const described = { tag: 'groups', auth: 'person' } as const;
const command = { ...described, rateClass: 'write', idempotent: true, ifMatch: true, response: common.Written } as const;
const names = { name: common.line(100), purpose: common.paragraphs(2_000, 0) };

const list = operation({
  ...described,
  operationId: 'listGroups',
  method: 'GET',
  path: '/groups',
  summary: 'My groups, or those I may know of',
  rateClass: 'read',
  query: z.strictObject({
    scope: z.enum(['mine', 'all']).default('mine'),
    q: common.words.default(''),
    includeArchived: common.flag.default(false),
    ...common.page,
  }),
  response: GroupPage,
  async handler(call, { query }) {
    const { q, ...rest } = query;
    const answer = await call.clients.group.listGroups({ ...rest, query: q }, call.context());
    const items = await presentGroups(call, answer.groups);
    return { body: { items, nextCursor: orNull(answer.nextCursor), ...degradation(call) } };
  },
});

const get = operation({
  ...described,
  operationId: 'getGroup',
  method: 'GET',
  path: '/groups/{groupId}',
  summary: 'A group',
  rateClass: 'read',
  params,
  response: Group,
  async handler(call, { params: { groupId } }) {
    const { group } = await call.clients.group.getGroup({ groupId }, call.context());
    const [shown] = await presentGroups(call, [present(group, 'the group')]);
    const body = { ...present(shown, 'the group'), ...degradation(call) };
    return { body, version: body.version };
  },
});

const create = operation({
  ...described,
  operationId: 'createGroup',
  method: 'POST',
  path: '/groups',
  summary: 'Create a group; I become its owner',
  rateClass: 'write',
  idempotent: true,
  body: z.strictObject({
    name: names.name,
    purpose: names.purpose.default(''),
    privacy: privacy.default('restricted'),
    admitsPartners: z.boolean().default(false),
    language: common.language.default('en'),
    imageFileId: common.fileId.optional(),
  }),
  response: common.Written,
  status: 201,
  async handler(call, { body }) {
    const value = { ...body, privacy: privacies.number(body.privacy), imageFileId: body.imageFileId ?? '' };
    const outcome = await groupCommand(call, { $case: 'createGroup', value });
    return written(outcome, `/groups/${outcome.id}`);
  },
});

const change = operation({
  ...command,
  operationId: 'changeGroup',
  method: 'PATCH',
  path: '/groups/{groupId}',
  summary: 'Change name, purpose, language, image, or whether partners are admitted',
  params,
  body: z.strictObject({
    name: names.name.optional(),
    purpose: names.purpose.optional(),
    language: common.language.optional(),
    imageFileId: common.fileId.nullable().optional(),
    admitsPartners: z.boolean().optional(),
  }),
  async handler(call, { params: { groupId }, body }) {
    const { name, purpose, language, admitsPartners } = body;
    const imageFileId = body.imageFileId === null ? '' : body.imageFileId;
    const value = { groupId, name, purpose, language, imageFileId, admitsPartners };
    return written(await groupCommand(call, { $case: 'changeGroup', value }));
  },
});

const EVERY_EMPLOYEE = {
  kind: PersonKind.EMPLOYEE,
  limit: 1,
  query: '',
  department: '',
  site: '',
  organisationId: '',
  managerId: '',
  cursor: '',
  includeInactive: false,
};

const count = z.number().int().min(0).max(4_294_967_295);

const changePrivacy = operation({
  ...command,
  operationId: 'changePrivacy',
  method: 'PUT',
  path: '/groups/{groupId}/privacy',
  summary: 'Change who may read the group; opening it needs the numbers of GET …/opening',
  params,
  body: z.strictObject({ privacy, confirmedPosts: count.optional(), confirmedReaders: count.optional() }),
  async handler(call, { params: { groupId }, body }) {
    const { confirmedPosts, confirmedReaders } = body;
    const value = { groupId, privacy: privacies.number(body.privacy), confirmedPosts, confirmedReaders };
    return written(await groupCommand(call, { $case: 'changePrivacy', value }));
  },
});

const opening = operation({
  ...described,
  operationId: 'getOpening',
  method: 'GET',
  path: '/groups/{groupId}/opening',
  summary: 'How many posts opening the group would show to how many people',
  rateClass: 'read',
  params,
  response: Opening,
  async handler(call, { params: { groupId } }) {
    // First the one that refuses: whoever may not read the group learns no number.
    const { posts } = await call.clients.post.countPosts({ groupId }, call.context());
    const { total } = await call.clients.identity.listPeople(EVERY_EMPLOYEE, call.context());
    return { body: { posts, readers: total } };
  },
});

const archive = operation({
  ...command,
  operationId: 'archiveGroup',
  method: 'PUT',
  path: '/groups/{groupId}/archive',
  summary: 'Archive: still readable, nothing new',
  params,
  handler: async (call, { params: { groupId } }) => written(await groupCommand(call, { $case: 'archiveGroup', value: { groupId } })),
});

const reopen = operation({
  ...command,
  operationId: 'reopenGroup',
  method: 'DELETE',
  path: '/groups/{groupId}/archive',
  summary: 'Reopen an archived group',
  params,
  handler: async (call, { params: { groupId } }) => written(await groupCommand(call, { $case: 'reopenGroup', value: { groupId } })),
});

const takeOver = operation({
  ...command,
  operationId: 'takeOverGroup',
  method: 'POST',
  path: '/groups/{groupId}/take-over',
  summary: 'Administrators: become an owner, with a reason its members see',
  params,
  body: z.strictObject({ reason: common.line(500, 10) }),
  handler: async (call, { params: { groupId }, body }) =>
    written(await groupCommand(call, { $case: 'takeOverGroup', value: { groupId, reason: body.reason } })),
});

const audience = operation({
  ...described,
  operationId: 'getAudience',
  method: 'GET',
  path: '/groups/{groupId}/audience',
  summary: 'Who reads what is written here, in numbers',
  rateClass: 'read',
  params,
  response: Audience,
  async handler(call, { params: { groupId } }) {
    const answer = await call.clients.group.getAudience({ groupId }, call.context());
    const { employees, everyEmployee, partners } = present(answer.audience, 'the audience');
    const names = await organisationNames(
      call,
      partners.map(({ organisationId }) => organisationId),
    );
    const named = partners.map(({ organisationId, people }) => ({
      organisationId,
      people,
      organisationName: names.get(organisationId) ?? null,
    }));
    return { body: { employees, everyEmployee, partners: named, ...degradation(call) } };
  },
});

export const groups: readonly Operation[] = [list, get, create, change, changePrivacy, opening, archive, reopen, takeOver, audience];
