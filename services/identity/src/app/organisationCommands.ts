/** Partner organisations and the network's settings: administrators only. */
import type {
  ChangeNetworkSettings,
  ChangeOrganisation,
  EndOrganisation,
  ExecuteResponse,
  ReactivateOrganisation,
  RegisterOrganisation,
  SuspendOrganisation,
} from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { invalid, notFound } from '@parvis/kit/runtime/errors.ts';
import { derivedId, isSimpleId } from '@parvis/kit/runtime/ids.ts';
import { type OrganisationCommand, organisationDecider } from '../domain/organisation.ts';
import { cleanReason } from '../domain/profileAttributes.ts';
import { type Call, HOST_ORGANISATION_ID, type Identity, organisationStream } from './identity.ts';
import { hostDomains } from './settings.ts';
import { isEmployee, mustAdminister, mustBeAt, mustSponsor } from './standing.ts';

export interface OrganisationCommands {
  registerOrganisation(call: Call, command: RegisterOrganisation): Promise<ExecuteResponse>;
  changeOrganisation(call: Call, command: ChangeOrganisation): Promise<ExecuteResponse>;
  suspendOrganisation(call: Call, command: SuspendOrganisation): Promise<ExecuteResponse>;
  reactivateOrganisation(call: Call, command: ReactivateOrganisation): Promise<ExecuteResponse>;
  endOrganisation(call: Call, command: EndOrganisation): Promise<ExecuteResponse>;
  changeNetworkSettings(call: Call, command: ChangeNetworkSettings): Promise<ExecuteResponse>;
}

/** Repeats, If-Match and rules, in this order. */
const carryOut = async (
  { runtime }: Identity,
  call: Call,
  operation: string,
  command: { organisationId: string },
  wish: () => Promise<OrganisationCommand>,
): Promise<ExecuteResponse> => {
  const id = command.organisationId;
  const stream = organisationStream(id);
  const meta = runtime.commandMeta(call.context, call.entered.personId, operation, call.idempotencyKey, command);
  const outcome = await runtime.commands.execute(stream, meta, async (transaction) => {
    const { version } = await transaction.load(organisationDecider, stream);
    mustBeAt(call.expectedVersion, version);
    await transaction.run(organisationDecider, stream, await wish());
  });
  return await runtime.written(id, stream, outcome);
};

/** Employees know every organisation; to partners each but their own is not there. */
const mustAdministerIt = async ({ runtime }: Identity, { entered }: Call, id: string): Promise<void> => {
  const known = isSimpleId(id) ? await runtime.facts.organisation(id) : undefined;
  const visible = known && (isEmployee(entered) || entered.viewer.person.organisationId === id);
  if (!visible) throw notFound('organisation');
  mustAdminister(entered);
};

const register = async (identity: Identity, call: Call, command: RegisterOrganisation): Promise<ExecuteResponse> => {
  const { runtime } = identity;
  mustAdminister(call.entered);
  const { name, sponsorId, expiresAt, domains } = command;
  const meta = runtime.commandMeta(call.context, call.entered.personId, 'registerOrganisation', call.idempotencyKey, command);
  const id = derivedId(meta.commandId, 'organisation');
  const stream = organisationStream(id);
  const outcome = await runtime.commands.execute(stream, meta, async (transaction) => {
    await mustSponsor(identity, sponsorId, call.entered.nowMs);
    if (expiresAt && expiresAt.getTime() <= call.entered.nowMs) throw invalid('expiresAt', 'a time to come');
    const registration = { name, host: false, sponsorId, expiresAt, domains };
    await transaction.run(organisationDecider, stream, { kind: 'register', registration, hostDomains: await hostDomains(identity) });
  });
  return await runtime.written(id, stream, outcome);
};

export const createOrganisationCommands = (identity: Identity): OrganisationCommands => {
  const onOrganisation = async (
    call: Call,
    operation: string,
    command: { organisationId: string },
    wish: () => Promise<OrganisationCommand>,
  ): Promise<ExecuteResponse> => {
    await mustAdministerIt(identity, call, command.organisationId);
    return await carryOut(identity, call, operation, command, wish);
  };
  return {
    registerOrganisation: (call, command) => register(identity, call, command),

    changeOrganisation: (call, command) =>
      onOrganisation(call, 'changeOrganisation', command, async () => {
        const { organisationId: _, ...change } = command;
        if (change.sponsorId) await mustSponsor(identity, change.sponsorId, call.entered.nowMs);
        return { kind: 'change', change: { ...change, by: call.entered.personId }, hostDomains: await hostDomains(identity) };
      }),

    async suspendOrganisation(call, command) {
      const wish = { kind: 'suspend', reason: cleanReason(command.reason), by: call.entered.personId } as const;
      return await onOrganisation(call, 'suspendOrganisation', command, async () => wish);
    },

    reactivateOrganisation: (call, command) =>
      onOrganisation(call, 'reactivateOrganisation', command, async () => ({ kind: 'reactivate', by: call.entered.personId })),

    async endOrganisation(call, command) {
      const wish = { kind: 'end', reason: cleanReason(command.reason), by: call.entered.personId } as const;
      return await onOrganisation(call, 'endOrganisation', command, async () => wish);
    },

    async changeNetworkSettings(call, command) {
      mustAdminister(call.entered);
      const change = { ...command, by: call.entered.personId };
      const target = { ...command, organisationId: HOST_ORGANISATION_ID };
      return await carryOut(identity, call, 'changeNetworkSettings', target, async () => ({ kind: 'changeSettings', change }));
    },
  };
};
