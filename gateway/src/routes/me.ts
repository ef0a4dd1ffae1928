import { identityCommand, present, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { presentPerson, profileOf } from '../present/people.ts';
import { Written } from '../schemas/common.ts';
import { Person, ProfileChange } from '../schemas/people.ts';

export const me: readonly Operation[] = [
  operation({
    operationId: 'getMe',
    method: 'GET',
    path: '/me',
    summary: 'Who I am here',
    tag: 'me',
    auth: 'person',
    rateClass: 'read',
    response: Person,
    async handler(call) {
      const { person } = await call.clients.identity.getMe({}, call.context());
      const body = await presentPerson(call, present(person, 'the person'));
      return { body, version: body.version };
    },
  }),
  operation({
    operationId: 'changeMe',
    method: 'PATCH',
    path: '/me',
    summary: 'Change my profile',
    tag: 'me',
    auth: 'person',
    rateClass: 'write',
    idempotent: true,
    ifMatch: true,
    body: ProfileChange,
    response: Written,
    async handler(call, { body }) {
      const { person } = await call.clients.identity.getMe({}, call.context());
      const personId = present(person?.card, 'the person').id;
      return written(await identityCommand(call, { $case: 'changeProfile', value: { personId, profile: profileOf(body) } }));
    },
  }),
];
