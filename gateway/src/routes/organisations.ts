import type * as proto from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { z } from 'zod';
import type { Call } from '../http/call.ts';
import { identityCommand, present, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { cardsOf, degradation } from '../present/hydrate.ts';
import { cardOrNull } from '../present/people.ts';
import { dateOf, orNull, timeOrNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { domain, Organisation } from '../schemas/people.ts';

const params = z.strictObject({ organisationId: common.organisationId });
const described = { tag: 'organisations', auth: 'person' } as const;
const command = { ...described, rateClass: 'write', idempotent: true, ifMatch: true, response: common.Written } as const;

const presentAll = async (call: Call, organisations: readonly proto.Organisation[]): Promise<z.output<typeof Organisation>[]> => {
  const cards = await cardsOf(
    call,
    organisations.map(({ sponsorId }) => sponsorId),
  );
  return organisations.map((organisation) => ({
    id: organisation.id,
    name: organisation.name,
    host: organisation.host,
    sponsorId: orNull(organisation.sponsorId),
    sponsor: cardOrNull(cards, organisation.sponsorId),
    expiresAt: timeOrNull(organisation.expiresAt),
    domains: [...organisation.domains],
    state: organisation.state,
    people: organisation.people,
    version: organisation.version,
  }));
};

export const organisations: readonly Operation[] = [
  operation({
    ...described,
    operationId: 'listOrganisations',
    method: 'GET',
    path: '/organisations',
    summary: 'The host company and its partners',
    rateClass: 'read',
    query: z.strictObject(common.page),
    response: z.strictObject(common.pageOf(Organisation)).meta({ id: 'OrganisationPage' }),
    async handler(call, { query }) {
      const answer = await call.clients.identity.listOrganisations(query, call.context());
      const items = await presentAll(call, answer.organisations);
      return { body: { items, nextCursor: orNull(answer.nextCursor), ...degradation(call) } };
    },
  }),
  operation({
    ...described,
    operationId: 'getOrganisation',
    method: 'GET',
    path: '/organisations/{organisationId}',
    summary: 'One organisation',
    rateClass: 'read',
    params,
    response: Organisation,
    async handler(call, { params: { organisationId } }) {
      const { organisation } = await call.clients.identity.getOrganisation({ organisationId }, call.context());
      const [shown] = await presentAll(call, [present(organisation, 'the organisation')]);
      const body = { ...present(shown, 'the organisation'), ...degradation(call) };
      return { body, version: body.version };
    },
  }),
  operation({
    ...described,
    operationId: 'registerOrganisation',
    method: 'POST',
    path: '/organisations',
    summary: 'Register a partner company',
    rateClass: 'write',
    idempotent: true,
    body: z.strictObject({
      name: common.line(120),
      sponsorId: common.personId,
      expiresAt: common.time.nullable().default(null),
      domains: z.array(domain).max(50).default([]),
    }),
    response: common.Written,
    status: 201,
    async handler(call, { body }) {
      const value = { ...body, expiresAt: dateOf(body.expiresAt) };
      const outcome = await identityCommand(call, { $case: 'registerOrganisation', value });
      return written(outcome, `/organisations/${outcome.id}`);
    },
  }),
  operation({
    ...command,
    operationId: 'changeOrganisation',
    method: 'PATCH',
    path: '/organisations/{organisationId}',
    summary: 'Change a partner company',
    params,
    body: z.strictObject({
      name: common.line(120).optional(),
      sponsorId: common.personId.optional(),
      expiresAt: common.time.optional(),
      domains: z.array(domain).max(50).optional(),
    }),
    async handler(call, { params: { organisationId }, body }) {
      const { name, sponsorId, domains } = body;
      const value = {
        organisationId,
        name,
        sponsorId,
        expiresAt: dateOf(body.expiresAt),
        domains: domains ?? [],
        domainsSet: domains === undefined ? undefined : true,
      };
      return written(await identityCommand(call, { $case: 'changeOrganisation', value }));
    },
  }),
  operation({
    ...command,
    operationId: 'suspendOrganisation',
    method: 'PUT',
    path: '/organisations/{organisationId}/suspension',
    summary: 'Suspend: the access of all its people ends at once',
    params,
    body: z.strictObject({ reason: common.reason }),
    handler: async (call, { params: { organisationId }, body }) =>
      written(await identityCommand(call, { $case: 'suspendOrganisation', value: { organisationId, reason: body.reason } })),
  }),
  operation({
    ...command,
    operationId: 'reactivateOrganisation',
    method: 'DELETE',
    path: '/organisations/{organisationId}/suspension',
    summary: 'End a suspension',
    params,
    handler: async (call, { params: { organisationId } }) =>
      written(await identityCommand(call, { $case: 'reactivateOrganisation', value: { organisationId } })),
  }),
  operation({
    ...command,
    operationId: 'endOrganisation',
    method: 'POST',
    path: '/organisations/{organisationId}/end',
    summary: 'End the partnership for good',
    params,
    body: z.strictObject({ reason: common.reason }),
    handler: async (call, { params: { organisationId }, body }) =>
      written(await identityCommand(call, { $case: 'endOrganisation', value: { organisationId, reason: body.reason } })),
  }),
];
