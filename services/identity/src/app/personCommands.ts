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
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { derivedId, personStream } from '@parvis/kit/runtime/ids.ts';
import { normaliseEmail } from '../domain/emailAddress.ts';
import { normaliseHandle } from '../domain/handle.ts';
import { cleanProfile, cleanReason } from '../domain/profileAttributes.ts';
import { type Call, HOST_ORGANISATION_ID, type Identity } from './identity.ts';
import { checkManager } from './managers.ts';
import { wishEmail, wishHandle } from './nameWishes.ts';
import { createPersonWishes, type PersonWishes } from './personWishes.ts';
import { registerPerson } from './registration.ts';
import { managedAttributes } from './settings.ts';
import { administers, mustAdminister, mustSponsor } from './standing.ts';

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

/** Attributes the caller may not edit. */
const managedFor = async (identity: Identity, { entered }: Call): Promise<readonly string[]> =>
  administers(entered) ? [] : await managedAttributes(identity);

const register = async (identity: Identity, call: Call, command: RegisterPerson): Promise<ExecuteResponse> => {
  const { runtime } = identity;
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
    async beforehand() {
      if (profile.managerId) await checkManager(identity, personId, profile.managerId, call.entered.nowMs);
    },
  });
  return await runtime.written(personId, personStream(personId), outcome);
};

/** What the person may wish as well as administrators. */
const ownCommands = (identity: Identity, { byThem }: PersonWishes): Pick<PersonCommands, 'changeProfile' | 'changeHandle'> => ({
  async changeProfile(call, command) {
    const profile = cleanProfile(command.profile);
    const managed = await managedFor(identity, call);
    return await byThem(call, 'changeProfile', command, async (state) => {
      const { managerId } = profile;
      if (managerId && managerId !== state.profile.managerId && !managed.includes('managerId')) {
        await checkManager(identity, command.personId, managerId, call.entered.nowMs);
      }
      return { kind: 'changeProfile', profile, managed, by: call.entered.personId };
    });
  },

  async changeHandle(call, command) {
    const managed = await managedFor(identity, call);
    const wish = { personId: command.personId, handle: normaliseHandle(command.handle), managed, by: call.entered.personId };
    return await byThem(call, 'changeHandle', command, (state) => wishHandle(identity, state, wish));
  },
});

/** What takes access or rights away. */
const guardedCommands = ({ guarded }: PersonWishes): Pick<PersonCommands, 'changeRoles' | 'suspendPerson' | 'erasePerson'> => ({
  changeRoles: (call, command) =>
    guarded(call, 'changeRoles', command, (others) => ({ kind: 'changeRoles', roles: command.roles, by: call.entered.personId, others })),

  async suspendPerson(call, command) {
    const reason = cleanReason(command.reason);
    return await guarded(call, 'suspendPerson', command, (others) => ({ kind: 'suspend', reason, by: call.entered.personId, others }));
  },

  // Nobody erases themself: the company answers for its records, and asks an administrator to do it.
  erasePerson: (call, command) =>
    guarded(call, 'erasePerson', command, (others) => ({
      kind: 'erase',
      contributions: command.contributions,
      by: call.entered.personId,
      others,
    })),
});

export const createPersonCommands = (identity: Identity): PersonCommands => {
  const wishes = createPersonWishes(identity);
  const { byAdministrator } = wishes;
  return {
    ...ownCommands(identity, wishes),
    ...guardedCommands(wishes),
    registerPerson: (call, command) => register(identity, call, command),

    async changeEmail(call, command) {
      const wish = { personId: command.personId, email: normaliseEmail(command.email), by: call.entered.personId };
      return await byAdministrator(call, 'changeEmail', command, (state) => wishEmail(identity, state, wish));
    },

    reactivatePerson: (call, command) =>
      byAdministrator(call, 'reactivatePerson', command, async () => ({ kind: 'reactivate', by: call.entered.personId })),

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
