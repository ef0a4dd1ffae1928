/** Back-channel logout (OpenID Connect): the provider ends sessions here by a signed logout token. */
import { upTo } from '@parvis/kit/runtime/cacheLimit.ts';
import { invalid, unavailable } from '@parvis/kit/runtime/errors.ts';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { LOGOUT_TOKEN_AGE_MS, LOGOUT_TOKENS_REMEMBERED } from '../limits.ts';
import type { GatewayPorts } from '../ports.ts';
import type { OidcClient } from './oidcClient.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

export interface LogoutOrder {
  readonly issuer: string;
  readonly subject: string;
  /** Empty: every session of the subject. */
  readonly providerSessionId: string;
}

const refused = (expected: string) => invalid('logout_token', expected);

const orderOf = (payload: JWTPayload): LogoutOrder => {
  const events = payload.events;
  if (typeof events !== 'object' || events === null || !(EVENT in events)) throw refused('a logout event');
  if ('nonce' in payload) throw refused('no nonce: an id token is no logout token');
  if (typeof payload.sub !== 'string' || payload.sub === '') throw refused('a subject');
  return { issuer: payload.iss as string, subject: payload.sub, providerSessionId: typeof payload.sid === 'string' ? payload.sid : '' };
};

/** @returns what to end. @throws invalid(logout_token) for a token that is not the provider's, too old, or used before */
export const createLogoutTokens = (ports: GatewayPorts, oidc: OidcClient): ((token: string) => Promise<LogoutOrder>) => {
  const used = new LRUCache<string, true>({ ...upTo(LOGOUT_TOKENS_REMEMBERED), ttl: 2 * LOGOUT_TOKEN_AGE_MS });
  let keys: JWTVerifyGetKey | undefined;
  const keySet = async (): Promise<JWTVerifyGetKey> => {
    const { jwks_uri: address } = await oidc.metadata();
    if (address === undefined) throw unavailable('provider-unavailable', 'the identity provider publishes no keys');
    keys ??= createRemoteJWKSet(new URL(address));
    return keys;
  };
  return async (token) => {
    const checks = {
      issuer: ports.oidc.issuer,
      audience: ports.oidc.clientId,
      algorithms: ALGORITHMS,
      maxTokenAge: LOGOUT_TOKEN_AGE_MS / 1000,
      clockTolerance: 30,
      requiredClaims: ['iat', 'jti', 'events'],
      currentDate: ports.clock.now(),
    };
    try {
      const { payload } = await jwtVerify(token, await keySet(), checks);
      const order = orderOf(payload);
      const id = `${payload.iss} ${payload.jti}`;
      if (used.has(id)) throw refused('a token that was not used before');
      used.set(id, true);
      return order;
    } catch (error) {
      if (error instanceof errors.JWKSTimeout) throw unavailable('provider-unavailable', 'the identity provider does not answer');
      if (error instanceof errors.JOSEError) throw refused('a logout token that the identity provider signed for this network');
      throw error;
    }
  };
};
