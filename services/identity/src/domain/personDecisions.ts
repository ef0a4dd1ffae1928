/** What may happen to a person, and what happens then. Facts from elsewhere come in with the command. */
import { PersonKind, type PersonRegistered, PersonRole, type Profile } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { forbidden, invalid, type ParvisError, ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { type Account, evolvePerson, isActiveAdministrator, NOBODY, type PersonChange, type PersonState, sameAccount } from './person.ts';
import { type Attribute, newIn } from './profileAttributes.ts';

/** Accounts one person may sign in with. */
export const ACCOUNTS_LIMIT = 10;

export type PersonCommand =
  | { readonly kind: 'register'; readonly registration: PersonRegistered }
  /** `managed`: attributes the one who asks may not edit (none for administrators). */
  | { readonly kind: 'changeProfile'; readonly profile: Profile; readonly managed: readonly string[]; readonly by: string }
  | { readonly kind: 'changeEmail'; readonly email: string; readonly claim: string; readonly by: string }
  | { readonly kind: 'changeHandle'; readonly handle: string; readonly claim: string; readonly by: string }
  /** `others`: whether another active administrator remains. */
  | { readonly kind: 'changeRoles'; readonly roles: readonly PersonRole[]; readonly by: string; readonly others: boolean }
  | { readonly kind: 'suspend'; readonly reason: string; readonly by: string; readonly others: boolean }
  | { readonly kind: 'reactivate'; readonly by: string }
  | { readonly kind: 'erase'; readonly contributions: boolean; readonly by: string; readonly others: boolean }
  | { readonly kind: 'link'; readonly account: Account }
  | { readonly kind: 'unlink'; readonly account: Account }
  | { readonly kind: 'changeSponsor'; readonly sponsorId: string; readonly by: string }
  | { readonly kind: 'changeExpiry'; readonly expiresAt: Date | undefined; readonly by: string }
  /** Somebody takes over a name this person claimed and does not use. */
  | { readonly kind: 'loseClaim'; readonly claim: string };

/** The id can't be used any more: whoever asked begins again, as somebody new. */
export const personAbandoned = (): ParvisError =>
  ruleBroken('person.abandoned', 'somebody else registered this name meanwhile: begin again with a new idempotency key');
const lastAdministrator = (): ParvisError => ruleBroken('person.last-administrator', 'the network needs an active administrator');
const partnersOnly = (): ParvisError => ruleBroken('person.not-partner', 'only partners have a sponsor and an end of access');

/** @throws invalid for a role that is none; an empty list means a plain member */
const cleanRoles = (roles: readonly PersonRole[]): PersonRole[] => {
  const known: readonly PersonRole[] = [PersonRole.MEMBER, PersonRole.MODERATOR, PersonRole.ADMINISTRATOR];
  if (!roles.every((role) => known.includes(role))) throw invalid('roles', 'member, moderator or administrator');
  return known.filter((role) => role === PersonRole.MEMBER || roles.includes(role));
};

const checkKind = (kind: PersonKind, roles: readonly PersonRole[], sponsorId: string): void => {
  if (kind !== PersonKind.EMPLOYEE && kind !== PersonKind.PARTNER) throw invalid('kind', 'employee or partner');
  const partner = kind === PersonKind.PARTNER;
  if (partner && roles.some((role) => role !== PersonRole.MEMBER)) {
    throw ruleBroken('person.partner-role', 'partners hold no role in the network');
  }
  if (partner && sponsorId === '') throw ruleBroken('person.sponsor-missing', 'a partner has a sponsor');
  if (!partner && sponsorId !== '') throw partnersOnly();
};

const register = (state: PersonState, registration: PersonRegistered): PersonChange[] => {
  if (state.status === 'abandoned') throw personAbandoned();
  if (state.status !== 'none') throw ruleBroken('person.exists', 'this person is registered already');
  const roles = cleanRoles(registration.roles);
  checkKind(registration.kind, roles, registration.sponsorId);
  if (registration.kind === PersonKind.EMPLOYEE && registration.expiresAt) throw partnersOnly();
  return [{ $case: 'personRegistered', value: { ...registration, roles } }];
};

/** Every later wish needs somebody who is there. */
const mustLive = (state: PersonState): void => {
  switch (state.status) {
    case 'active':
    case 'suspended':
      return;
    case 'erased':
      throw ruleBroken('person.erased', 'this person was erased');
    case 'none':
    case 'abandoned':
      throw ruleBroken('person.unknown', 'nobody is registered here');
    default:
      state.status satisfies never;
  }
};

const changeRoles = (state: PersonState, wished: readonly PersonRole[], by: string, others: boolean): PersonChange[] => {
  const roles = cleanRoles(wished);
  if (roles.join() === cleanRoles(state.roles).join()) return [];
  checkKind(state.kind, roles, state.sponsorId);
  if (isActiveAdministrator(state) && !roles.includes(PersonRole.ADMINISTRATOR) && !others) throw lastAdministrator();
  return [{ $case: 'personRolesChanged', value: { roles, by } }];
};

/** An erasure that kept the contributions may be followed by one that does not; otherwise a repeat changes nothing. */
const erase = (state: PersonState, contributions: boolean, by: string, others: boolean): PersonChange[] => {
  if (state.status === 'erased' && (state.contributionsErased || !contributions)) return [];
  if (state.status !== 'erased') mustLive(state);
  if (isActiveAdministrator(state) && !others) throw lastAdministrator();
  return [{ $case: 'personErased', value: { by, contributions } }];
};

const link = (state: PersonState, account: Account): PersonChange[] => {
  if (state.accounts.some((known) => sameAccount(known, account))) return [];
  if (state.accounts.length >= ACCOUNTS_LIMIT)
    throw ruleBroken('person.accounts', `a person signs in with at most ${ACCOUNTS_LIMIT} accounts`);
  return [{ $case: 'personAccountLinked', value: { ...account } }];
};

const changeProfile = (state: PersonState, profile: Profile, managed: readonly string[], by: string): PersonChange[] => {
  const { change, attributes } = newIn(state.profile, profile);
  if (attributes.length === 0) return [];
  checkManaged(attributes, managed);
  return [{ $case: 'personProfileChanged', value: { profile: change, by } }];
};

/** @throws forbidden `person.managed-attribute` when the company manages one of the attributes */
export const checkManaged = (attributes: readonly Attribute[], managed: readonly string[]): void => {
  const refused = attributes.filter((attribute) => managed.includes(attribute));
  if (refused.length > 0) throw forbidden('person.managed-attribute', `the company manages: ${refused.join(', ')}`);
};

const sameTime = (one: Date | undefined, other: Date | undefined): boolean => one?.getTime() === other?.getTime();

const decideOnLiving = (state: PersonState, command: Exclude<PersonCommand, { kind: 'register' | 'erase' }>): PersonChange[] => {
  mustLive(state);
  switch (command.kind) {
    case 'changeProfile':
      return changeProfile(state, command.profile, command.managed, command.by);
    case 'changeEmail':
      if (command.claim === state.emailClaim) return [];
      return [{ $case: 'personEmailChanged', value: { email: command.email, emailClaim: command.claim, by: command.by } }];
    case 'changeHandle':
      if (command.claim === state.handleClaim) return [];
      return [{ $case: 'personHandleChanged', value: { handle: command.handle, handleClaim: command.claim, by: command.by } }];
    case 'changeRoles':
      return changeRoles(state, command.roles, command.by, command.others);
    case 'suspend':
      if (state.status === 'suspended') return [];
      if (isActiveAdministrator(state) && !command.others) throw lastAdministrator();
      return [{ $case: 'personSuspended', value: { by: command.by, reason: command.reason } }];
    case 'reactivate':
      return state.status === 'active' ? [] : [{ $case: 'personReactivated', value: { by: command.by } }];
    case 'link':
      return link(state, command.account);
    case 'unlink':
      if (!state.accounts.some((known) => sameAccount(known, command.account))) return [];
      return [{ $case: 'personAccountUnlinked', value: { ...command.account } }];
    case 'changeSponsor':
      if (state.kind !== PersonKind.PARTNER) throw partnersOnly();
      if (command.sponsorId === '') throw ruleBroken('person.sponsor-missing', 'a partner has a sponsor');
      if (command.sponsorId === state.sponsorId) return [];
      return [{ $case: 'personSponsorChanged', value: { sponsorId: command.sponsorId, by: command.by } }];
    case 'changeExpiry':
      if (state.kind !== PersonKind.PARTNER) throw partnersOnly();
      if (sameTime(state.expiresAt, command.expiresAt)) return [];
      return [{ $case: 'personExpiryChanged', value: { expiresAt: command.expiresAt, by: command.by } }];
    case 'loseClaim':
      return [{ $case: 'personClaimLost', value: { claim: command.claim } }];
    default:
      return command satisfies never;
  }
};

export const personDecider: Decider<PersonState, PersonCommand, PersonChange> = {
  initial: NOBODY,
  evolve: evolvePerson,
  decide(state, command) {
    switch (command.kind) {
      case 'register':
        return register(state, command.registration);
      case 'erase':
        return erase(state, command.contributions, command.by, command.others);
      default:
        return decideOnLiving(state, command);
    }
  },
};
