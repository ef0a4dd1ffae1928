/** IdentityService and KeyService as handlers: authenticate, then hand over to the command or query. */
import {
  type ExecuteRequest,
  type ExecuteResponse,
  IdentityServiceService,
  KeyServiceService,
} from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { bind, type CallContext, type Handlers, type RpcBinding } from '@parvis/kit/runtime/rpc.ts';
import { listAudit } from '../app/auditQuery.ts';
import { getCards, getPerson } from '../app/cards.ts';
import { listPeople } from '../app/directoryQuery.ts';
import { exportMyIdentity } from '../app/exportQuery.ts';
import type { Call, Identity } from '../app/identity.ts';
import { createInvitationCommands } from '../app/invitationCommands.ts';
import { listInvitations, previewInvitation } from '../app/invitationQueries.ts';
import { getKeys, KEY_READERS } from '../app/keysQuery.ts';
import { createOrganisationCommands } from '../app/organisationCommands.ts';
import { getNetworkSettings, getOrganisation, listOrganisations } from '../app/organisationQueries.ts';
import { createPersonCommands } from '../app/personCommands.ts';
import { createSignIn } from '../app/signIn.ts';

type Command = NonNullable<ExecuteRequest['command']>;
type Commands = { readonly [C in Command as C['$case']]: (call: Call, command: C['value']) => Promise<ExecuteResponse> };

const createExecute = (identity: Identity) => {
  const commands: Commands = {
    ...createPersonCommands(identity),
    ...createOrganisationCommands(identity),
    ...createInvitationCommands(identity),
  };
  return async (request: ExecuteRequest, context: CallContext): Promise<ExecuteResponse> => {
    const entered = await identity.runtime.enter(context);
    const { command, idempotencyKey, expectedVersion } = request;
    if (command === undefined) throw invalid('command', 'one of the commands of this service');
    // The table has an entry for each case, typed with it; TypeScript can't follow the pair through the lookup.
    const run = commands[command.$case] as (call: Call, value: Command['value']) => Promise<ExecuteResponse>;
    return await run({ entered, context, idempotencyKey, expectedVersion }, command.value);
  };
};

const identityHandlers = (identity: Identity): Handlers<typeof IdentityServiceService> => {
  const { enter } = identity.runtime;
  return {
    execute: createExecute(identity),
    signIn: createSignIn(identity),
    async getMe(_request, context) {
      const entered = await enter(context);
      return { person: await getPerson(identity, entered, entered.personId) };
    },
    async getPerson({ personId }, context) {
      return { person: await getPerson(identity, await enter(context), personId) };
    },
    async getCards({ personIds }, context) {
      return await getCards(identity, await enter(context), personIds);
    },
    async listPeople(request, context) {
      return await listPeople(identity, await enter(context), request);
    },
    async listOrganisations(request, context) {
      return await listOrganisations(identity, await enter(context), request);
    },
    async getOrganisation({ organisationId }, context) {
      return { organisation: await getOrganisation(identity, await enter(context), organisationId) };
    },
    async listInvitations(request, context) {
      return await listInvitations(identity, await enter(context), request);
    },
    previewInvitation: ({ secret }, context) => previewInvitation(identity, secret, context),
    getNetworkSettings: (_request, context) => getNetworkSettings(identity, context),
    async listAudit(request, context) {
      return await listAudit(identity, await enter(context), request);
    },
    async exportMyIdentity(_request, context) {
      return { document: await exportMyIdentity(identity, await enter(context)) };
    },
  };
};

const keyHandlers = (identity: Identity): Handlers<typeof KeyServiceService> => ({
  async getKeys({ refs }, context) {
    await identity.runtime.enterService(context, KEY_READERS);
    return await getKeys(identity, refs);
  },
});

export const identityRpc = (identity: Identity): readonly RpcBinding[] => [
  bind(IdentityServiceService, identityHandlers(identity)),
  bind(KeyServiceService, keyHandlers(identity)),
];
