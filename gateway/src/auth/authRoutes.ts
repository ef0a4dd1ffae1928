/** Sign-in and sign-out of browsers, outside /api/v1: /auth/login, /auth/accept, /auth/callback, /auth/logout, /auth/backchannel-logout. */
import { invalid, isParvisError, unauthenticated } from '@parvis/kit/runtime/errors.ts';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { cookiesOf } from '../http/headers.ts';
import type { RateLimits } from '../http/rateLimits.ts';
import type { TokenMemory } from '../http/tokenMemory.ts';
import { LOGIN_FLOW_MS, LOGOUT_TOKEN_LIMIT, SESSION_ABSOLUTE_MS } from '../limits.ts';
import type { LiveConnections } from '../live/connections.ts';
import type { GatewayPorts } from '../ports.ts';
import { methodNotAllowed } from '../problem.ts';
import { acceptInvitation, invitationSecretOf } from './acceptInvitation.ts';
import { createLogoutTokens } from './backchannelLogout.ts';
import type { BrowserSessions } from './browserSessions.ts';
import { type Cookies, localPath } from './cookies.ts';
import { checkCsrf } from './csrf.ts';
import type { OidcClient } from './oidcClient.ts';
import { principalKey } from './principal.ts';
import { signInBrowser } from './signIn.ts';

const FLOW = 'login-flow';

/** What a sign-in under way remembers, sealed in a cookie of its own. */
interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
  readonly invitationSecret: string;
  readonly endsAtMs: number;
}

export interface AuthParts {
  readonly ports: GatewayPorts;
  readonly oidc: OidcClient;
  readonly sessions: BrowserSessions;
  readonly cookies: Cookies;
  readonly limits: RateLimits;
  readonly live: LiveConnections;
  readonly tokens: TokenMemory;
}

const invitationOf = (value: unknown): string => (value === undefined ? '' : invitationSecretOf(value));

const login =
  ({ ports, oidc, cookies }: AuthParts) =>
  async (request: Request, response: Response): Promise<void> => {
    const invitationSecret = invitationOf(request.query.invitation);
    const returnTo = localPath(request.query.returnTo, ports.publicUrl);
    const { url, state, nonce, verifier } = await oidc.begin(request.query.prompt === 'login' ? { prompt: 'login' } : {});
    const endsAtMs = ports.clock.now().getTime() + LOGIN_FLOW_MS;
    const flow: Flow = { state, nonce, verifier, returnTo, invitationSecret, endsAtMs };
    response.append('Set-Cookie', cookies.set(cookies.login(state), ports.sealer.seal(FLOW, flow), LOGIN_FLOW_MS));
    response.redirect(303, url.href);
  };

const flowOf = ({ ports, cookies }: AuthParts, request: Request): Flow => {
  const { state } = request.query;
  const sealed = typeof state === 'string' ? cookiesOf(request.headers).get(cookies.login(state)) : undefined;
  if (sealed === undefined) throw unauthenticated('sign-in.unknown', 'this sign-in was not begun in this browser');
  const flow = ports.sealer.open<Flow>(FLOW, sealed);
  if (flow.state !== state || flow.endsAtMs <= ports.clock.now().getTime()) {
    throw unauthenticated('sign-in.expired', 'this sign-in took too long; begin again');
  }
  return flow;
};

/** A browser is on its way: a refusal leads to the page, which says it in words. */
const failed = (parts: AuthParts, error: unknown, response: Response): void => {
  const code = isParvisError(error) ? error.code : 'internal';
  if (!isParvisError(error)) parts.ports.logger.error({ err: error }, 'sign-in failed');
  else parts.ports.logger.info({ code }, 'sign-in refused');
  response.redirect(303, `/?problem=${encodeURIComponent(code)}`);
};

/** @returns the handler of an address that browsers follow */
const refused =
  (parts: AuthParts, handler: (request: Request, response: Response) => Promise<void>) =>
  async (request: Request, response: Response): Promise<void> => {
    try {
      await handler(request, response);
    } catch (error) {
      failed(parts, error, response);
    }
  };

const callback = (parts: AuthParts) => async (request: Request, response: Response) => {
  const { ports, oidc, sessions, cookies } = parts;
  try {
    const flow = flowOf(parts, request);
    response.append('Set-Cookie', cookies.clear(cookies.login(flow.state)));
    const signedIn = await oidc.finish(new URL(request.url, ports.publicUrl).search, flow);
    const { personId, token } = await signInBrowser(ports, signedIn, flow.invitationSecret);
    // The first page after a first sign-in waits until every service has heard of the account.
    if (token !== '') parts.tokens.remember(principalKey(signedIn.issuer, signedIn.subject), [token]);
    // A session from before is never carried over a sign-in.
    await sessions.end(request.headers);
    const secret = await sessions.begin(signedIn, personId, request.headers['user-agent'] ?? '');
    response.append('Set-Cookie', cookies.set(cookies.session, secret, SESSION_ABSOLUTE_MS));
    response.redirect(303, flow.returnTo);
  } catch (error) {
    failed(parts, error, response);
  }
};

const logout = (parts: AuthParts, publicOrigin: string) => async (request: Request, response: Response) => {
  const { ports, oidc, sessions, cookies, live } = parts;
  checkCsrf(request.method, request.headers, publicOrigin);
  const ended = await sessions.end(request.headers);
  if (ended) live.closeSession(ended.session.id);
  response.append('Set-Cookie', cookies.clear(cookies.session));
  // The provider being away must not keep anyone signed in here.
  const elsewhere = ended
    ? await oidc.endSessionUrl(ended.tokens).catch((error: unknown) => {
        ports.logger.warn({ code: isParvisError(error) ? error.code : 'internal' }, 'the provider could not be told of a sign-out');
        return undefined;
      })
    : undefined;
  response.status(200).json({ redirectTo: elsewhere ?? '/' });
};

const backchannel = (parts: AuthParts) => {
  const check = createLogoutTokens(parts.ports, parts.oidc);
  return async (request: Request, response: Response): Promise<void> => {
    const token: unknown = (request.body as { logout_token?: unknown } | undefined)?.logout_token;
    if (typeof token !== 'string') throw invalid('logout_token', 'a logout token, form encoded');
    const { issuer, subject, providerSessionId } = await check(token);
    const ended = await parts.ports.sessions.endBySubject(issuer, subject, providerSessionId || undefined);
    parts.live.closePrincipal(principalKey(issuer, subject));
    parts.ports.logger.info({ ended }, 'sessions ended by the identity provider');
    response.status(200).end();
  };
};

export const createAuthRoutes = (parts: AuthParts): Router => {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(async (request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Cache-Control', 'no-store');
    await parts.limits.byAddress('auth', request.ip ?? '', response);
    next();
  });
  const form = express.urlencoded({ extended: false, limit: LOGOUT_TOKEN_LIMIT, parameterLimit: 10 });
  const only = (method: string) => () => {
    throw methodNotAllowed([method]);
  };
  router.get('/login', login(parts)).all('/login', only('GET'));
  router.get('/accept', refused(parts, acceptInvitation(parts.ports))).all('/accept', only('GET'));
  router.get('/callback', callback(parts)).all('/callback', only('GET'));
  router.post('/logout', logout(parts, new URL(parts.ports.publicUrl).origin)).all('/logout', only('POST'));
  router.post('/backchannel-logout', form, backchannel(parts)).all('/backchannel-logout', only('POST'));
  return router;
};
