/** A token says who, never what: status, roles and organisation come from facts. */
export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string;
  /** Client the token was issued to (`azp` or `client_id`). */
  readonly authorisedParty: string;
  /** Granted scopes. */
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
  /** Session at the identity provider, when the token names one. */
  readonly sessionId?: string;
  /** True for a service account (client credentials). */
  readonly client: boolean;
  /** Claims about the person, only used to link or provision on sign-in. */
  readonly email?: string;
  readonly emailVerified?: boolean;
  /** The identity provider's roles; they only name the first administrator. */
  readonly providerRoles: readonly string[];
}

export interface TokenVerifier {
  /** Checks signature, algorithm list, issuer, audience, expiry, not-before and authorised party. @throws Unauthenticated */
  verify(token: string): Promise<VerifiedToken>;
  close(): Promise<void>;
}
