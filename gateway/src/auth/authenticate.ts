/** From the headers of a request to who makes it. */
import type { IncomingHttpHeaders } from 'node:http';
import { unauthenticated } from '@parvis/kit/runtime/errors.ts';
import type { GatewayPorts } from '../ports.ts';
import type { BrowserSessions } from './browserSessions.ts';
import { type BearerPrincipal, type Principal, principalKey } from './principal.ts';

const BEARER = /^Bearer ([\w.~+/=-]{1,16000})$/i;

const bearer = async (ports: GatewayPorts, header: string): Promise<BearerPrincipal> => {
  const token = BEARER.exec(header)?.[1];
  if (token === undefined) throw unauthenticated('token.malformed', 'the Authorization header is not a bearer token');
  const verified = await ports.verifier.verify(token);
  const key = principalKey(verified.issuer, verified.subject);
  return { kind: 'bearer', key, accessToken: token, expiresAtMs: verified.expiresAt.getTime(), verified };
};

export type Authenticate = (headers: IncomingHttpHeaders) => Promise<Principal | undefined>;

/**
 * A bearer token counts before a cookie. @returns undefined for a caller with neither
 * @throws unauthenticated for a token or session that does not hold
 */
export const createAuthenticate =
  (ports: GatewayPorts, sessions: BrowserSessions): Authenticate =>
  async (headers) =>
    headers.authorization === undefined ? sessions.principalOf(headers) : bearer(ports, headers.authorization);
