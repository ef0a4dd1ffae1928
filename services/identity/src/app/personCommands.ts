/** What may be asked of people who are registered, and their registration by administrators. */
import { PersonKind } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type {
  ChangeEmail,
  ChangeHandle,
  ChangePersonExpiry,
  ChangeProfile,
  ChangeRoles,
  ChangeSponsor,
  ErasePerson,
  ExecuteResponse,
  ReactivatePerson,
  RegisterPerson,
  SuspendPerson,
  UnlinkAccount,
} from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { CommandTransaction } from '@parvis/kit/eventing/command.ts';
import { forbidden, invalid } from '@parvis/kit/runtime/errors.ts';
import { derivedId, personStream } from '@parvis/kit/runtime/ids.ts';
import { normaliseEmail } from '../domain/emailAddress.ts';
import { normaliseHandle } from '../domain/handle.ts';
import { isActiveAdministrator, type PersonState } from '../domain/person.ts';
import { type PersonCommand, personDecider } from '../domain/personDecisions.ts';
import { cleanProfile, cleanReason } from '../domain/profileAttributes.ts';
import { createAdministratorGuard, othersRemain } from './administrators.ts';
import { type Call, HOST_ORGANISATION_ID, type Identity } from './identity.ts';
import { checkManager } from './managers.ts';
import { wishEmail, wishHandle } from './nameWishes.ts';
import { registerPerson } from './registration.ts';
import { managedAttributes } from './settings.ts';
import { administers, mustAdminister, mustBeAt, mustSponsor, visiblePerson } from './standing.ts';

/** Decides what is asked of the person, once their state is known. */
type Wish = (state: PersonState, transaction: CommandTransaction) => Promise<PersonCommand>;

export interface PersonCommands {
  registerPerson(call: Call, command: RegisterPerson): Promise<ExecuteResponse>;
  changeProfile(call: Call, command: ChangeProfile): Promise<ExecuteResponse>;
  changeHandle(call: Call, command: ChangeHandle): Promise<ExecuteResponse>;
  changeEmail(call: Call, command: ChangeEmail): Promise<ExecuteResponse>;
  changeRoles(call: Call, command: ChangeRoles): Promise<ExecuteResponse>;
  suspendPerson(call: Call, command: SuspendPerson): Promise<ExecuteResponse>;
  reactivatePerson(call: Call, command: ReactivatePerson): Promise<ExecuteResponse>;
  erasePerson(call: Call, command: ErasePerson): Promise<ExecuteResponse>;
  changeSponsor(call: Call, command: ChangeSponsor): Promise<ExecuteResponse>;
  changePersonExpiry(call: Call, command: ChangePersonExpiry): Promise<ExecuteResponse>;
  unlinkAccount(call: Call, command: UnlinkAccount): Promise<ExecuteResponse>;
}

export const createPersonCommands = (identity: Identity): PersonCommands => {
  const { runtime } = identity;
  const alone = createAdministratorGuard(identity);

  /** A wish of a person whom the caller may see: repeats, If-Match and rules in this order. */
  const onPerson = async (call: Call, operation: string, command: { personId: string }, wish: Wish): Promise<ExecuteResponse> => {
    const { personId } = command;
    const stream = personStream(personId);
    const meta = runtime.commandMeta(call.context, call.entered.personId, operation, call.idempotencyKey, command);
    const outcome = await runtime.commands.execute(stream, meta, async (transaction) => {
      const { state, version } = await transaction.load(personDecider, stream);
      mustBeAt(call.expectedVersion, version);
      await transaction.run(personDecider, stream, await wish(state, transaction));
    });
    return await runtime.written(personId, stream, outcome);
  };

  const byAdministrator = async (call: Call, operation: string, command: { personId: string }, wish: Wish): Promise<ExecuteResponse> => {
    await visiblePerson(identity, call.entered, command.personId);
    mustAdminister(call.entered);
    return await onPerson(call, operation, command, wish);
  };

  /** For wishes that may take the last administrator away. */
  const guarded = async (
    call: Call,
    operation: string,
    command: { personId: string },
    wish: (others: boolean) => PersonCommand,
  ): Promise<ExecuteResponse> => {
    await visiblePerson(identity, call.entered, command.personId);
    mustAdminister(call.entered);
    return await alone(() =>
      onPerson(call, operation, command, async (state) =>
        wish(!isActiveAdministrator(state) || (await othersRemain(identity, command.personId))),
      ),
    );
  };

  /** The person themself, or an administrator. @throws not-found, forbidden `person.not-yours` */
  const mustBeTheirs = async (call: Call, personId: string): Promise<void> => {
    await visiblePerson(identity, call.entered, personId);
    if (personId !== call.entered.personId && !administers(call.entered)) {
      throw forbidden('person.not-yours', 'only the person and administrators may change this');
    }
  };
  /** Attributes the caller may not edit. */
  const managedFor = async (call: Call): Promise<readonly string[]> => (administers(call.entered) ? [] : await managedAttributes(identity));

  return {
    async registerPerson(call, command) {
      mustAdminister(call.entered);
      const meta = runtime.commandMeta(call.context, call.entered.personId, 'registerPerson', call.idempotencyKey, command);
      const personId = derivedId(meta.commandId, 'person');
      const profile = cleanProfile(command.profile);
      if (!profile.givenName && !profile.familyName && !profile.displayName) throw invalid('profile', 'a name');
      const registration = {
        kind: PersonKind.EMPLOYEE,
        organisationId: HOST_ORGANISATION_ID,
        profile,
        email: normaliseEmail(command.email),
        handle: command.handle === '' ? '' : normaliseHandle(command.handle),
        roles: command.roles,
        sponsorId: '',
        expiresAt: undefined,
      };
      const outcome = await registerPerson(identity, meta, personId, registration, {
        async alongside() {
          if (profile.managerId) await checkManager(identity, personId, profile.managerId, call.entered.nowMs);
        },
      });
      return await runtime.written(personId, personStream(personId), outcome);
    },

    async changeProfile(call, command) {
      await mustBeTheirs(call, command.personId);
      const profile = cleanProfile(command.profile);
      const managed = await managedFor(call);
      return await onPerson(call, 'changeProfile', command, async (state) => {
        const { managerId } = profile;
        if (managerId && managerId !== state.profile.managerId && !managed.includes('managerId')) {
          await checkManager(identity, command.personId, managerId, call.entered.nowMs);
        }
        return { kind: 'changeProfile', profile, managed, by: call.entered.personId };
      });
    },

    async changeHandle(call, command) {
      await mustBeTheirs(call, command.personId);
      const managed = await managedFor(call);
      const handle = normaliseHandle(command.handle);
      const wish = { personId: command.personId, handle, managed, by: call.entered.personId };
      return await onPerson(call, 'changeHandle', command, (state) => wishHandle(identity, state, wish));
    },

    changeEmail(call, command) {
      const wish = { personId: command.personId, email: normaliseEmail(command.email), by: call.entered.personId };
      return byAdministrator(call, 'changeEmail', command, (state) => wishEmail(identity, state, wish));
    },

    changeRoles: (call, command) =>
      guarded(call, 'changeRoles', command, (others) => ({ kind: 'changeRoles', roles: command.roles, by: call.entered.personId, others })),

    async suspendPerson(call, command) {
      const reason = cleanReason(command.reason);
      return await guarded(call, 'suspendPerson', command, (others) => ({ kind: 'suspend', reason, by: call.entered.personId, others }));
    },

    reactivatePerson: (call, command) =>
      byAdministrator(call, 'reactivatePerson', command, async () => ({ kind: 'reactivate', by: call.entered.personId })),

    // Nobody erases themself: the company answers for its records, and asks an administrator to do it.
    erasePerson: (call, command) =>
      guarded(call, 'erasePerson', command, (others) => ({
        kind: 'erase',
        contributions: command.contributions,
        by: call.entered.personId,
        others,
      })),

    changeSponsor: (call, command) =>
      byAdministrator(call, 'changeSponsor', command, async () => {
        await mustSponsor(identity, command.sponsorId, call.entered.nowMs);
        return { kind: 'changeSponsor', sponsorId: command.sponsorId, by: call.entered.personId };
      }),

    changePersonExpiry: (call, command) =>
      byAdministrator(call, 'changePersonExpiry', command, async () => ({
        kind: 'changeExpiry',
        expiresAt: command.expiresAt,
        by: call.entered.personId,
      })),

    unlinkAccount: (call, command) =>
      byAdministrator(call, 'unlinkAccount', command, async () => ({
        kind: 'unlink',
        account: { issuer: command.issuer, subject: command.subject },
      })),
  };
};
