/** What the launcher, the import and the demo do in nobody's name. Every call may be repeated under its key. */
import { PersonKind, PersonRole, type Profile } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { CommandMeta } from '@parvis/kit/eventing/command.ts';
import { commandIdFor, derivedId, personStream } from '@parvis/kit/runtime/ids.ts';
import { normaliseEmail } from '../domain/emailAddress.ts';
import { normaliseHandle } from '../domain/handle.ts';
import { organisationDecider } from '../domain/organisation.ts';
import { personDecider } from '../domain/personDecisions.ts';
import { cleanProfile } from '../domain/profileAttributes.ts';
import { claimOf, holderOf } from './claims.ts';
import { HOST_COMMAND_ID, HOST_ORGANISATION_ID, type Identity, internalMeta, organisationStream, SYSTEM } from './identity.ts';
import { personsOfAddress } from './knownAddress.ts';
import { registerPerson } from './registration.ts';
import { hostDomains } from './settings.ts';

export interface HostOrganisation {
  readonly name: string;
  /** E-mail domains whose people are employees. */
  readonly domains: readonly string[];
  /** fr or en. */
  readonly language: string;
}

export interface SystemPerson {
  /** Names this registration for ever, e.g. a line of the imported file: a repeat registers nobody twice. */
  readonly key: string;
  readonly email: string;
  /** Empty: made from the names. */
  readonly handle?: string;
  readonly profile: Partial<Profile>;
  readonly roles?: readonly PersonRole[];
  /** Default: employee. */
  readonly kind?: PersonKind;
  /** Partners: their organisation and sponsor. */
  readonly organisationId?: string;
  readonly sponsorId?: string;
  readonly expiresAt?: Date;
}

export interface SystemOrganisation {
  readonly key: string;
  readonly name: string;
  readonly sponsorId: string;
  readonly domains?: readonly string[];
  readonly expiresAt?: Date;
}

export interface IdentityBootstrap {
  /** Registers the host company once. @returns its id, the same in every network */
  ensureHostOrganisation(host: HostOrganisation): Promise<string>;
  /** Registers an employee who administers, or gives the role to who has the address. @returns the person's id */
  registerFirstAdministrator(person: Omit<SystemPerson, 'key' | 'kind'>): Promise<string>;
  /** @returns the person's id. @throws conflict `person.email-taken`, `person.handle-taken` */
  registerPersonAsSystem(person: SystemPerson): Promise<string>;
  registerOrganisationAsSystem(organisation: SystemOrganisation): Promise<string>;
  /**
   * Who would be let in who signs in with this address, verified: a person, or nobody yet. Undefined: whoever has it would
   * be turned away. For whoever makes accounts; never told to a caller. @throws invalid
   */
  personsOfAddress(address: string): Promise<readonly string[] | undefined>;
  /** For a restored history that does not know of an erasure yet: their keys are gone already. Nobody there: nothing happens. */
  eraseAgain(personId: string, contributions: boolean): Promise<void>;
}

const systemMeta = (operation: string, key: string): CommandMeta => ({
  commandId: commandIdFor(SYSTEM, operation, key),
  requestHash: '',
  actor: '',
});

const registerAsSystem = async (identity: Identity, person: SystemPerson): Promise<string> => {
  const meta = systemMeta('registerPerson', person.key);
  const personId = derivedId(meta.commandId, 'person');
  const languages = person.profile.languages ?? [];
  await registerPerson(identity, meta, personId, {
    kind: person.kind ?? PersonKind.EMPLOYEE,
    organisationId: person.organisationId ?? HOST_ORGANISATION_ID,
    profile: cleanProfile({ ...person.profile, languages, languagesSet: languages.length > 0 }),
    email: normaliseEmail(person.email),
    handle: person.handle ? normaliseHandle(person.handle) : '',
    roles: person.roles ?? [PersonRole.MEMBER],
    sponsorId: person.sponsorId ?? '',
    expiresAt: person.expiresAt,
  });
  return personId;
};

const ensureHost = async ({ runtime }: Identity, { name, domains, language }: HostOrganisation): Promise<string> => {
  const stream = organisationStream(HOST_ORGANISATION_ID);
  await runtime.commands.execute(stream, { commandId: HOST_COMMAND_ID, requestHash: '', actor: '' }, async (transaction) => {
    const { state } = await transaction.load(organisationDecider, stream);
    if (state.status !== 'none') return;
    const registration = { name, host: true, sponsorId: '', expiresAt: undefined, domains: [...domains] };
    await transaction.run(organisationDecider, stream, { kind: 'register', registration, hostDomains: [] });
    const change = { networkName: name, defaultLanguage: language, managedAttributes: undefined, by: '' };
    await transaction.run(organisationDecider, stream, { kind: 'changeSettings', change });
  });
  return HOST_ORGANISATION_ID;
};

const eraseAgain = async ({ runtime }: Identity, personId: string, contributions: boolean): Promise<void> => {
  const stream = personStream(personId);
  await runtime.commands.execute(stream, internalMeta('eraseAgain'), async (transaction) => {
    const { state } = await transaction.load(personDecider, stream);
    if (state.status === 'none' || state.status === 'abandoned') return;
    // `others`: whoever was erased is gone, were it the last administrator of that day.
    await transaction.run(personDecider, stream, { kind: 'erase', contributions, by: '', others: true });
  });
};

const firstAdministrator = async (identity: Identity, person: Omit<SystemPerson, 'key' | 'kind'>): Promise<string> => {
  const email = normaliseEmail(person.email);
  const holder = await holderOf(identity, claimOf(identity, 'email', email));
  if (!holder) return await registerAsSystem(identity, { ...person, key: `administrator\n${email}`, roles: [PersonRole.ADMINISTRATOR] });
  const stream = `person/${holder.personId}`;
  const roles = [...holder.state.roles, PersonRole.ADMINISTRATOR];
  await identity.runtime.commands.execute(stream, systemMeta('firstAdministrator', email), async (transaction) => {
    await transaction.run(personDecider, stream, { kind: 'changeRoles', roles, by: '', others: true });
  });
  return holder.personId;
};

export const createBootstrap = (identity: Identity): IdentityBootstrap => ({
  ensureHostOrganisation: (host) => ensureHost(identity, host),
  registerFirstAdministrator: (person) => firstAdministrator(identity, person),
  registerPersonAsSystem: (person) => registerAsSystem(identity, person),
  personsOfAddress: (address) => personsOfAddress(identity, address),
  eraseAgain: (personId, contributions) => eraseAgain(identity, personId, contributions),
  async registerOrganisationAsSystem({ key, name, sponsorId, domains = [], expiresAt }) {
    const meta = systemMeta('registerOrganisation', key);
    const id = derivedId(meta.commandId, 'organisation');
    const stream = organisationStream(id);
    await identity.runtime.commands.execute(stream, meta, async (transaction) => {
      const registration = { name, host: false, sponsorId, expiresAt, domains: [...domains] };
      await transaction.run(organisationDecider, stream, { kind: 'register', registration, hostDomains: await hostDomains(identity) });
    });
    return id;
  },
});
