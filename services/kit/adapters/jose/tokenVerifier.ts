/** Access tokens (JWT) of the issuers a network trusts, checked with `jose`. A token says who, never what. */
import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import type { TokenVerifier, VerifiedToken } from '../../ports/tokenVerifier.ts';
import { unauthenticated } from '../../runtime/errors.ts';
import type { KeySource } from './keySource.ts';

/** Signatures with public keys only: neither `none` nor a shared secret can ever be configured. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;
export type TokenAlgorithm = (typeof ALGORITHMS)[number];

/** Clocks of issuer and verifier may differ by this much at most. */
export const LEEWAY_LIMIT_S = 60;
/** Tokens travel in a header; anything longer is no token of ours. */
export const TOKEN_LENGTH_LIMIT = 16_384;
const DEFAULT_LEEWAY_S = 30;
const CLAIM_LENGTH_LIMIT = 255;

export interface TrustedIssuer {
  /** Exactly as in the `iss` claim. */
  readonly issuer: string;
  readonly keys: KeySource;
  /** The audience every token must name, e.g. `parvis-api`. */
  readonly audience: string;
  /** Clients that tokens may have been issued to (`azp` or `client_id`). */
  readonly authorisedParties: readonly string[] | ((party: string) => boolean);
  /** Default: every public-key algorithm known here. */
  readonly algorithms?: readonly TokenAlgorithm[];
  /** Accepted `typ` headers; default `at+jwt` (RFC 9068) and `JWT` (Keycloak). */
  readonly types?: readonly string[];
  /** Tells the token of a service account; default `isServiceAccount`. */
  readonly isClient?: (claims: JWTPayload) => boolean;
}

export interface JoseVerifierOptions {
  readonly issuers: readonly TrustedIssuer[];
  readonly leewayS?: number;
  /** For tests; real time otherwise. */
  readonly now?: () => Date;
}

const claimText = z.string().min(1).max(CLAIM_LENGTH_LIMIT);
const claimsSchema = z.object({
  sub: claimText,
  exp: z.number(),
  azp: claimText.optional(),
  client_id: claimText.optional(),
  sid: claimText.optional(),
  scope: z.string().max(2_000).optional(),
  email: z.string().max(320).optional(),
  email_verified: z.boolean().optional(),
  /** Keycloak names the kind of token here; the embedded provider by the header alone. */
  typ: z.literal('Bearer').optional(),
  roles: z.array(z.string()).max(200).optional(),
  realm_access: z.object({ roles: z.array(z.string()).max(1_000) }).optional(),
});
type Claims = z.infer<typeof claimsSchema>;

const refused = (cause?: unknown): Error => {
  const error = unauthenticated('token-invalid', 'the access token is not valid here');
  if (cause !== undefined) error.cause = cause;
  return error;
};
const expired = (): Error => unauthenticated('token-expired', 'the access token has expired');

/** Client credentials: no session at the provider, and the subject is the client, or Keycloak's user of that client. */
export const isServiceAccount = (claims: JWTPayload): boolean => {
  if (claims.sid !== undefined) return false;
  const party = claims.azp ?? claims.client_id;
  return claims.sub === party || String(claims.preferred_username ?? '').startsWith('service-account-');
};

const partyOf = (claims: Claims, trusted: TrustedIssuer): string => {
  const party = claims.azp ?? claims.client_id;
  if (party === undefined || (claims.client_id !== undefined && claims.client_id !== party)) throw refused();
  const { authorisedParties } = trusted;
  const accepted = typeof authorisedParties === 'function' ? authorisedParties(party) : authorisedParties.includes(party);
  if (!accepted) throw refused();
  return party;
};

const verifiedOf = (payload: JWTPayload, trusted: TrustedIssuer): VerifiedToken => {
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) throw refused();
  const claims = parsed.data;
  return {
    issuer: trusted.issuer,
    subject: claims.sub,
    authorisedParty: partyOf(claims, trusted),
    scopes: (claims.scope ?? '').split(' ').filter((scope) => scope !== ''),
    expiresAt: new Date(claims.exp * 1000),
    ...(claims.sid === undefined ? {} : { sessionId: claims.sid }),
    client: (trusted.isClient ?? isServiceAccount)(payload),
    ...(claims.email === undefined ? {} : { email: claims.email }),
    ...(claims.email_verified === undefined ? {} : { emailVerified: claims.email_verified }),
    providerRoles: [...(claims.roles ?? []), ...(claims.realm_access?.roles ?? [])],
  };
};

/** The issuer a token claims, to choose its keys by; nothing of it is believed before the signature holds. */
const claimedIssuer = (token: string): string | undefined => {
  try {
    return decodeJwt(token).iss;
  } catch (error) {
    throw refused(error);
  }
};

const checkOptions = (options: JoseVerifierOptions): void => {
  if ((options.leewayS ?? 0) > LEEWAY_LIMIT_S) throw new Error(`leeway: expected at most ${LEEWAY_LIMIT_S} s`);
  for (const { issuer, algorithms = ALGORITHMS, audience } of options.issuers) {
    const weak = algorithms.find((algorithm) => !ALGORITHMS.includes(algorithm));
    if (weak !== undefined || algorithms.length === 0)
      throw new Error(`algorithms of ${issuer}: expected some of ${ALGORITHMS.join(', ')}`);
    if (audience === '') throw new Error(`audience of ${issuer}: expected a name`);
  }
};

/** @throws at once when an option would weaken the checks. */
export const createJoseVerifier = (options: JoseVerifierOptions): TokenVerifier => {
  checkOptions(options);
  const trustedByIssuer = new Map(options.issuers.map((issuer) => [issuer.issuer, issuer]));
  const verify = async (token: string): Promise<VerifiedToken> => {
    if (token.length > TOKEN_LENGTH_LIMIT) throw refused();
    const trusted = trustedByIssuer.get(claimedIssuer(token) ?? '');
    if (!trusted) throw refused();
    try {
      const { payload, protectedHeader } = await jwtVerify(token, trusted.keys, {
        algorithms: [...(trusted.algorithms ?? ALGORITHMS)],
        issuer: trusted.issuer,
        audience: trusted.audience,
        clockTolerance: options.leewayS ?? DEFAULT_LEEWAY_S,
        requiredClaims: ['exp', 'sub', 'iat'],
        ...(options.now ? { currentDate: options.now() } : {}),
      });
      if (!(trusted.types ?? ['at+jwt', 'JWT']).includes(protectedHeader.typ ?? '')) throw refused();
      return verifiedOf(payload, trusted);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
      throw error instanceof errors.JOSEError ? refused(error) : error;
    }
  };
  return { verify, close: async () => undefined };
};
