import { PersonKind } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { z } from 'zod';
import { identityCommand, present, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { personKinds, personRoles } from '../present/enums.ts';
import { presentCard, presentPerson, profileOf } from '../present/people.ts';
import { dateOf, orNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { handle, PeoplePage, Person, ProfileChange, personKind, personRole, Registration } from '../schemas/people.ts';

const params = z.strictObject({ personId: common.personId });
const described = { tag: 'people', auth: 'person' } as const;
const command = { ...described, rateClass: 'write', idempotent: true, ifMatch: true, response: common.Written } as const;

const list = operation({
  ...described,
  operationId: 'listPeople',
  method: 'GET',
  path: '/people',
  summary: 'The directory, with facets',
  rateClass: 'search',
  query: z.strictObject({
    q: common.words.default(''),
    department: common.words.default(''),
    site: common.words.default(''),
    organisationId: common.organisationId.optional(),
    managerId: common.personId.optional(),
    kind: personKind.optional(),
    includeInactive: common.flag.default(false).describe('Administrators only.'),
    ...common.page,
  }),
  response: PeoplePage,
  async handler(call, { query }) {
    const { q, kind, organisationId = '', managerId = '', ...rest } = query;
    const request = { ...rest, query: q, organisationId, managerId, kind: kind ? personKinds.number(kind) : PersonKind.UNSPECIFIED };
    const answer = await call.clients.identity.listPeople(request, call.context());
    const facets = answer.facets.map(({ name, value, count }) => ({ name, value, count }));
    return { body: { items: answer.people.map(presentCard), nextCursor: orNull(answer.nextCursor), total: answer.total, facets } };
  },
});

const get = operation({
  ...described,
  operationId: 'getPerson',
  method: 'GET',
  path: '/people/{personId}',
  summary: 'A profile, or the card of someone I share a group with',
  rateClass: 'read',
  params,
  response: Person,
  async handler(call, { params: { personId } }) {
    const { person } = await call.clients.identity.getPerson({ personId }, call.context());
    const body = await presentPerson(call, present(person, 'the person'));
    return { body, version: body.version };
  },
});

const register = operation({
  ...described,
  operationId: 'registerPerson',
  method: 'POST',
  path: '/people',
  summary: 'Register an employee',
  rateClass: 'write',
  idempotent: true,
  body: Registration,
  response: common.Written,
  status: 201,
  async handler(call, { body }) {
    const { email, handle: wanted = '', profile, roles } = body;
    const value = { email, handle: wanted, profile: profileOf(profile), roles: roles.map(personRoles.number) };
    const outcome = await identityCommand(call, { $case: 'registerPerson', value });
    return written(outcome, `/people/${outcome.id}`);
  },
});

const changeProfile = operation({
  ...command,
  operationId: 'changePerson',
  method: 'PATCH',
  path: '/people/{personId}',
  summary: 'Change a profile',
  params,
  body: ProfileChange,
  handler: async (call, { params: { personId }, body }) =>
    written(await identityCommand(call, { $case: 'changeProfile', value: { personId, profile: profileOf(body) } })),
});

const changeHandle = operation({
  ...command,
  operationId: 'changeHandle',
  method: 'PUT',
  path: '/people/{personId}/handle',
  summary: 'Change the handle',
  params,
  body: z.strictObject({ handle }),
  handler: async (call, { params: { personId }, body }) =>
    written(await identityCommand(call, { $case: 'changeHandle', value: { personId, handle: body.handle } })),
});

const changeEmail = operation({
  ...command,
  operationId: 'changeEmail',
  method: 'PUT',
  path: '/people/{personId}/email',
  summary: 'Change the e-mail address',
  params,
  body: z.strictObject({ email: common.emailAddress }),
  handler: async (call, { params: { personId }, body }) =>
    written(await identityCommand(call, { $case: 'changeEmail', value: { personId, email: body.email } })),
});

const changeRoles = operation({
  ...command,
  operationId: 'changeRoles',
  method: 'PUT',
  path: '/people/{personId}/roles',
  summary: 'Change the roles in the network',
  params,
  body: z.strictObject({ roles: z.array(personRole).max(3) }),
  handler: async (call, { params: { personId }, body }) =>
    written(await identityCommand(call, { $case: 'changeRoles', value: { personId, roles: body.roles.map(personRoles.number) } })),
});

const suspend = operation({
  ...command,
  operationId: 'suspendPerson',
  method: 'PUT',
  path: '/people/{personId}/suspension',
  summary: 'Suspend: every access ends at once',
  params,
  body: z.strictObject({ reason: common.reason }),
  handler: async (call, { params: { personId }, body }) =>
    written(await identityCommand(call, { $case: 'suspendPerson', value: { personId, reason: body.reason } })),
});

const reactivate = operation({
  ...command,
  operationId: 'reactivatePerson',
  method: 'DELETE',
  path: '/people/{personId}/suspension',
  summary: 'End a suspension',
  params,
  handler: async (call, { params: { personId } }) =>
    written(await identityCommand(call, { $case: 'reactivatePerson', value: { personId } })),
});

const erase = operation({
  ...command,
  operationId: 'erasePerson',
  method: 'POST',
  path: '/people/{personId}/erasure',
  summary: 'Erase someone for good: destroys the keys of their personal data',
  params,
  body: z.strictObject({ contributions: z.boolean().describe('Also the text of what they wrote.') }),
  handler: async (call, { params: { personId }, body }) =>
    written(await identityCommand(call, { $case: 'erasePerson', value: { personId, contributions: body.contributions } })),
});

const changeSponsor = operation({
  ...command,
  operationId: 'changeSponsor',
  method: 'PUT',
  path: '/people/{personId}/sponsor',
  summary: 'Name another sponsor of a partner',
  params,
  body: z.strictObject({ sponsorId: common.personId }),
  handler: async (call, { params: { personId }, body }) =>
    written(await identityCommand(call, { $case: 'changeSponsor', value: { personId, sponsorId: body.sponsorId } })),
});

const changeExpiry = operation({
  ...command,
  operationId: 'changeExpiry',
  method: 'PUT',
  path: '/people/{personId}/expiry',
  summary: 'Change when access ends by itself',
  params,
  body: z.strictObject({ expiresAt: common.time.nullable().describe('Null: never.') }),
  handler: async (call, { params: { personId }, body }) =>
    written(await identityCommand(call, { $case: 'changePersonExpiry', value: { personId, expiresAt: dateOf(body.expiresAt) } })),
});

const unlinkAccount = operation({
  ...command,
  operationId: 'unlinkAccount',
  method: 'DELETE',
  path: '/people/{personId}/accounts',
  summary: 'Take away a linked account of an identity provider',
  params,
  query: z.strictObject({ issuer: common.line(500), subject: common.line(300) }),
  handler: async (call, { params: { personId }, query }) =>
    written(await identityCommand(call, { $case: 'unlinkAccount', value: { personId, ...query } })),
});

export const people: readonly Operation[] = [
  list,
  get,
  register,
  changeProfile,
  changeHandle,
  changeEmail,
  changeRoles,
  suspend,
  reactivate,
  erase,
  changeSponsor,
  changeExpiry,
  unlinkAccount,
];
