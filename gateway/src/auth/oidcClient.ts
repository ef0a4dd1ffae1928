/** The gateway as a client of the identity provider: code + PKCE, refresh, end of session. */
import { ParvisError, unauthenticated, unavailable } from '@parvis/kit/runtime/errors.ts';
import * as oidc from 'openid-client';
import type { GatewayPorts } from '../ports.ts';

export interface ProviderTokens {
  readonly accessToken: string;
  readonly accessExpiresAtMs: number;
  readonly refreshToken?: string;
  readonly idToken?: string;
}

/** Who signed in, as the id token says. */
export interface SignedIn {
  readonly tokens: ProviderTokens;
  readonly issuer: string;
  readonly subject: string;
  readonly providerSessionId: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly givenName: string;
  readonly familyName: string;
}

export interface LoginStart {
  readonly url: URL;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface OidcClient {
  begin(options: { readonly prompt?: 'login' }): Promise<LoginStart>;
  /** @param search the callback's query, with its `?` @throws unauthenticated when state, nonce, PKCE or id token do not hold */
  finish(search: string, start: Omit<LoginStart, 'url'>): Promise<SignedIn>;
  /** @throws unauthenticated `session.ended` when the provider ended it, unavailable when it does not answer */
  refresh(tokens: ProviderTokens, subject: string): Promise<ProviderTokens>;
  /** Where the browser goes to end the provider's session too; undefined when the provider offers none. */
  endSessionUrl(tokens: ProviderTokens): Promise<string | undefined>;
  metadata(): Promise<oidc.ServerMetadata>;
}

const DEFAULT_SCOPE = 'openid profile email';
/** When a provider does not say how long an access token lives. */
const UNKNOWN_LIFETIME_SECONDS = 60;

/** Plain http is for the embedded provider only: what is said to it leaves this machine never. */
const isOnThisMachine = (address: string): boolean => {
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
};

const configure = async (ports: GatewayPorts): Promise<oidc.Configuration> => {
  const { issuer, clientId, clientSecret, metadata } = ports.oidc;
  const authentication = clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret);
  const insecure = isOnThisMachine(metadata?.token_endpoint ?? issuer) ? [oidc.allowInsecureRequests] : [];
  if (metadata) {
    const configuration = new oidc.Configuration(metadata, clientId, undefined, authentication);
    for (const allow of insecure) allow(configuration);
    return configuration;
  }
  return oidc.discovery(new URL(issuer), clientId, undefined, authentication, { execute: insecure });
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const tokensOf = (response: oidc.TokenEndpointResponse, nowMs: number, before?: ProviderTokens): ProviderTokens => {
  const refreshToken = response.refresh_token ?? before?.refreshToken;
  const idToken = response.id_token ?? before?.idToken;
  return {
    accessToken: response.access_token,
    accessExpiresAtMs: nowMs + (response.expires_in ?? UNKNOWN_LIFETIME_SECONDS) * 1000,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(idToken === undefined ? {} : { idToken }),
  };
};

const isRefusal = (error: unknown): boolean =>
  error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ClientError;

/** No answer, or one that says the provider itself is in trouble. */
const isAway = (error: unknown): boolean => {
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500 || error.status === 429;
  if (error instanceof oidc.ClientError) {
    return error.code === 'OAUTH_TIMEOUT' || (error.cause instanceof Response && (error.cause.status >= 500 || error.cause.status === 429));
  }
  return !isRefusal(error);
};

/** A refusal of the provider is the caller's 401; a provider that is away is a 503. */
const translate = (error: unknown, code: string): ParvisError => {
  if (error instanceof ParvisError) return error;
  if (isAway(error)) return unavailable('provider-unavailable', 'the identity provider does not answer');
  return new ParvisError('unauthenticated', code, 'the identity provider refused the sign-in', [], error);
};

export const createOidcClient = (ports: GatewayPorts): OidcClient => {
  let pending: Promise<oidc.Configuration> | undefined;
  /** Read once; a failure is forgotten, so that the next sign-in tries again. */
  const configuration = (): Promise<oidc.Configuration> => {
    pending ??= configure(ports).catch((error: unknown) => {
      pending = undefined;
      ports.logger.warn({ cause: error instanceof Error ? error.name : 'unknown' }, 'the identity provider could not be discovered');
      throw unavailable('provider-unavailable', 'the identity provider does not answer');
    });
    return pending;
  };
  const callback = new URL('/auth/callback', ports.publicUrl);
  const nowMs = (): number => ports.clock.now().getTime();

  const finish: OidcClient['finish'] = async (search, start) => {
    const config = await configuration();
    try {
      const current = new URL(callback);
      current.search = search;
      const checks = { pkceCodeVerifier: start.verifier, expectedState: start.state, expectedNonce: start.nonce, idTokenExpected: true };
      const response = await oidc.authorizationCodeGrant(config, current, checks);
      const claims = response.claims();
      if (!claims) throw unauthenticated('sign-in.failed', 'the identity provider sent no id token');
      return {
        tokens: tokensOf(response, nowMs()),
        issuer: claims.iss,
        subject: claims.sub,
        providerSessionId: text(claims.sid),
        email: text(claims.email),
        emailVerified: claims.email_verified === true,
        givenName: text(claims.given_name),
        familyName: text(claims.family_name),
      };
    } catch (error) {
      throw translate(error, 'sign-in.failed');
    }
  };

  return {
    async begin({ prompt }) {
      const config = await configuration();
      const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: callback.href,
        scope: ports.oidc.scope ?? DEFAULT_SCOPE,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...(prompt ? { prompt } : {}),
      });
      return { url, state, nonce, verifier };
    },
    finish,
    async refresh(tokens, subject) {
      if (tokens.refreshToken === undefined) throw unauthenticated('session.ended', 'the session ended at the identity provider');
      const config = await configuration();
      try {
        const response = await oidc.refreshTokenGrant(config, tokens.refreshToken);
        const claims = response.claims();
        if (claims && claims.sub !== subject) throw unauthenticated('session.ended', 'the provider answered for someone else');
        return tokensOf(response, nowMs(), tokens);
      } catch (error) {
        throw translate(error, 'session.ended');
      }
    },
    async endSessionUrl(tokens) {
      const config = await configuration();
      if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
      const hint = tokens.idToken === undefined ? {} : { id_token_hint: tokens.idToken };
      return oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: new URL('/', ports.publicUrl).href, ...hint }).href;
    },
    metadata: async () => (await configuration()).serverMetadata(),
  };
};
