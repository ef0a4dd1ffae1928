/** Tells identity who signed in, once: it links the account to a person on the first sign-in. */
import { callContext } from '@parvis/kit/runtime/callContext.ts';
import { decodeJwt, errors } from 'jose';
import { WRITE_TIMEOUT_MS } from '../limits.ts';
import type { GatewayPorts } from '../ports.ts';
import type { SignedIn } from './oidcClient.ts';
import type { BearerPrincipal } from './principal.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** @returns the person and a read-your-writes token of the linking. @throws what identity refuses, e.g. `account.unknown` */
export const signInBrowser = async (
  ports: GatewayPorts,
  signedIn: SignedIn,
  invitationSecret: string,
): Promise<{ personId: string; token: string }> => {
  const { accessToken } = signedIn.tokens;
  // The same checks as for any bearer: a provider that hands out tokens for others is found here, not later.
  const verified = await ports.verifier.verify(accessToken);
  return ports.clients.identity.signIn(
    {
      invitationSecret,
      email: signedIn.email || (verified.email ?? ''),
      emailVerified: signedIn.email === '' ? verified.emailVerified === true : signedIn.emailVerified,
      givenName: signedIn.givenName,
      familyName: signedIn.familyName,
      providerRoles: [...verified.providerRoles],
    },
    callContext({ credential: { kind: 'bearer', token: accessToken }, timeoutMs: WRITE_TIMEOUT_MS }),
  );
};

/** Names, which the verifier does not tell; it has verified the token before. An opaque token holds none. */
const claimsOf = (token: string): { readonly given_name?: unknown; readonly family_name?: unknown } => {
  try {
    return decodeJwt(token);
  } catch (error) {
    if (error instanceof errors.JWTInvalid) return {};
    throw error;
  }
};

/** The same for a caller with a token of their own, whose first call says `account.unknown`. */
export const signInBearer = async (ports: GatewayPorts, principal: BearerPrincipal): Promise<{ personId: string; token: string }> => {
  const { verified, accessToken } = principal;
  const claims = claimsOf(accessToken);
  return ports.clients.identity.signIn(
    {
      invitationSecret: '',
      email: verified.email ?? '',
      emailVerified: verified.emailVerified === true,
      givenName: text(claims.given_name),
      familyName: text(claims.family_name),
      providerRoles: [...verified.providerRoles],
    },
    callContext({ credential: { kind: 'bearer', token: accessToken }, timeoutMs: WRITE_TIMEOUT_MS }),
  );
};
