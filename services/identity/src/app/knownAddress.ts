import { domainOf, normaliseEmail } from '../domain/emailAddress.ts';
import { claimOf, holderOf } from './claims.ts';
import type { Identity } from './identity.ts';
import { hostDomains } from './settings.ts';

/**
 * Whether somebody would be let in who signs in with this address, verified: a person who has it and is active, or anyone
 * of the company's own domains. For whoever makes accounts; never told to a caller.
 */
export const maySignInWith = async (identity: Identity, address: string): Promise<boolean> => {
  const email = normaliseEmail(address);
  const holder = await holderOf(identity, claimOf(identity, 'email', email));
  if (!holder) return (await hostDomains(identity)).includes(domainOf(email));
  const { status, expiresAt } = holder.state;
  return status === 'active' && (expiresAt === undefined || expiresAt.getTime() > identity.ports.clock.now().getTime());
};
