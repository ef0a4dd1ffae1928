/** Changes of a person's names: the rules are asked first, then the name is claimed, then the change is written. */
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import type { PersonState } from '../domain/person.ts';
import { checkManaged, type PersonCommand, personDecider } from '../domain/personDecisions.ts';
import { claimName, claimOf, handleTaken } from './claims.ts';
import type { Identity } from './identity.ts';
import { claimEmail } from './registration.ts';

const changes = (state: PersonState, wish: PersonCommand): boolean => personDecider.decide(state, wish).length > 0;

/** @param wish.handle normalised. @throws conflict `person.handle-taken`, forbidden `person.managed-attribute` */
export const wishHandle = async (
  identity: Identity,
  state: PersonState,
  { personId, handle, managed, by }: { personId: string; handle: string; managed: readonly string[]; by: string },
): Promise<PersonCommand> => {
  const claim = claimOf(identity, 'handle', handle);
  const wish: PersonCommand = { kind: 'changeHandle', handle, claim, by };
  if (!changes(state, wish)) return wish;
  checkManaged(['handle'], managed);
  try {
    await claimName(identity, claim, personId);
  } catch (error) {
    throw isParvisError(error, 'name.taken') ? handleTaken() : error;
  }
  return wish;
};

/** @param wish.email normalised. @throws conflict `person.email-taken` */
export const wishEmail = async (
  identity: Identity,
  state: PersonState,
  { personId, email, by }: { personId: string; email: string; by: string },
): Promise<PersonCommand> => {
  const wish: PersonCommand = { kind: 'changeEmail', email, claim: claimOf(identity, 'email', email), by };
  if (changes(state, wish)) await claimEmail(identity, email, personId);
  return wish;
};
