import { domainOf, normaliseEmail } from '../domain/emailAddress.ts';
import { claimOf, holderOf } from './claims.ts';
import type { Identity } from './identity.ts';
import { hostDomains } from './settings.ts';

/** An address has one person, and the one of an own domain may come without having been registered: then the list is empty. */
export const personsOfAddress = async (identity: Identity, address: string): Promise<readonly string[] | undefined> => {
  const email = normaliseEmail(address);
  const holder = await holderOf(identity, claimOf(identity, 'email', email));
  if (!holder) return (await hostDomains(identity)).includes(domainOf(email)) ? [] : undefined;
  const { status, expiresAt } = holder.state;
  const ended = expiresAt !== undefined && expiresAt.getTime() <= identity.ports.clock.now().getTime();
  return status === 'active' && !ended ? [holder.personId] : undefined;
};
