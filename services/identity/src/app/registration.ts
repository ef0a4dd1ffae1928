/** How somebody becomes a person: names claimed, keys created, PersonRegistered and what goes with it in one append. */
import type { PersonKind, PersonRole, Profile } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { CommandMeta, CommandOutcome, CommandTransaction } from '@parvis/kit/eventing/command.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { personStream } from '@parvis/kit/runtime/ids.ts';
import { handleCandidates } from '../domain/handle.ts';
import { personDecider } from '../domain/personDecisions.ts';
import { type ClaimOptions, claimName, claimOf, emailTaken, handleTaken } from './claims.ts';
import type { Identity } from './identity.ts';

export interface Registration {
  readonly kind: PersonKind;
  readonly organisationId: string;
  /** Clean (domain/profileAttributes.ts). */
  readonly profile: Profile;
  /** Normalised. */
  readonly email: string;
  /** Normalised; empty: made from the names. */
  readonly handle: string;
  readonly roles: readonly PersonRole[];
  readonly sponsorId: string;
  readonly expiresAt: Date | undefined;
}

export interface RegistrationOptions extends ClaimOptions {
  /** Further rules of a first registration, asked before a name is taken. */
  beforehand?(): Promise<void>;
  /** Adds what belongs into the same append. */
  alongside?(transaction: CommandTransaction): Promise<void>;
}

const claimHandle = async (
  identity: Identity,
  personId: string,
  { handle, profile, email }: Registration,
): Promise<{ handle: string; claim: string }> => {
  const candidates = handle !== '' ? [handle] : handleCandidates(profile.givenName ?? '', profile.familyName ?? '', email, personId);
  for (const candidate of candidates) {
    const claim = claimOf(identity, 'handle', candidate);
    try {
      await claimName(identity, claim, personId, { yielding: handle === '' });
      return { handle: candidate, claim };
    } catch (error) {
      if (!isParvisError(error, 'name.taken')) throw error;
    }
  }
  throw handleTaken();
};

/** Claims the address. @throws conflict `person.email-taken` */
export const claimEmail = async (identity: Identity, email: string, personId: string, options: ClaimOptions = {}): Promise<string> => {
  const claim = claimOf(identity, 'email', email);
  try {
    await claimName(identity, claim, personId, options);
    return claim;
  } catch (error) {
    throw isParvisError(error, 'name.taken') ? emailTaken() : error;
  }
};

/**
 * Registers a person under a reserved id.
 * @throws conflict `person.email-taken`, `person.handle-taken`, `person.abandoned`, and the rules of the domain
 */
export const registerPerson = async (
  identity: Identity,
  meta: CommandMeta,
  personId: string,
  registration: Registration,
  options: RegistrationOptions = {},
): Promise<CommandOutcome<void>> => {
  const stream = personStream(personId);
  // Before the first event with personal data: without its key nothing can be sealed.
  await identity.ports.vault.create(personId);
  return await identity.runtime.commands.execute(stream, meta, async (transaction) => {
    const { state } = await transaction.load(personDecider, stream);
    const { profile, roles, ...said } = registration;
    const value = { ...said, profile, roles: [...roles], emailClaim: '', handleClaim: '' };
    if (state.status === 'none') {
      // The rules are asked before a name is taken.
      personDecider.decide(state, { kind: 'register', registration: value });
      await options.beforehand?.();
      value.emailClaim = await claimEmail(identity, registration.email, personId, options);
      const { handle, claim } = await claimHandle(identity, personId, registration);
      Object.assign(value, { handle, handleClaim: claim });
    }
    await transaction.run(personDecider, stream, { kind: 'register', registration: value });
    await options.alongside?.(transaction);
  });
};
