/** Sessions of browsers: an opaque cookie here, tokens sealed in the store, refreshed before they end. */

import { createHash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Session } from '@parvis/kit/ports/sessions.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { cookiesOf } from '../http/headers.ts';
import { REFRESH_AHEAD_MS, SESSION_ABSOLUTE_MS, SESSION_IDLE_MS, SESSION_TOUCH_MS, USER_AGENT_LIMIT } from '../limits.ts';
import type { GatewayPorts } from '../ports.ts';
import type { Cookies } from './cookies.ts';
import type { OidcClient, ProviderTokens, SignedIn } from './oidcClient.ts';
import { principalKey, type SessionPrincipal } from './principal.ts';

const TOKENS = 'session-tokens';
const SECRET = /^[\w-]{43}$/;

export interface OpenSession {
  readonly session: Session;
  readonly tokens: ProviderTokens;
}

export interface BrowserSessions {
  /** @returns undefined for no session, or one that ended. @throws unavailable when tokens can't be refreshed now */
  principalOf(headers: IncomingHttpHeaders): Promise<SessionPrincipal | undefined>;
  /** Begins a session under a new secret. @returns the secret, for the cookie */
  begin(signedIn: SignedIn, personId: string, userAgent: string): Promise<string>;
  /** Ends the session of the cookie. @returns what it was, for the logout at the provider */
  end(headers: IncomingHttpHeaders): Promise<OpenSession | undefined>;
  /** False once the session was ended or grew too old: asked by streams that stay open. */
  holds(sessionId: string): Promise<boolean>;
}

/** The store holds only this: who steals it opens no session. */
export const sessionIdOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const isOver = (session: Session, nowMs: number): boolean =>
  session.expiresAtMs <= nowMs || session.lastSeenAtMs + SESSION_IDLE_MS <= nowMs;

export const createBrowserSessions = (ports: GatewayPorts, oidc: OidcClient, cookies: Cookies): BrowserSessions => {
  const { sessions, sealer, clock, logger } = ports;
  const nowMs = (): number => clock.now().getTime();
  const refreshing = new Map<string, Promise<OpenSession | undefined>>();
  const open = (session: Session): OpenSession => ({ session, tokens: sealer.open<ProviderTokens>(TOKENS, session.sealedTokens) });

  const read = async (headers: IncomingHttpHeaders): Promise<OpenSession | undefined> => {
    const secret = cookiesOf(headers).get(cookies.session);
    if (secret === undefined || !SECRET.test(secret)) return undefined;
    const session = await sessions.get(sessionIdOf(secret));
    if (!session) return undefined;
    if (!isOver(session, nowMs())) return open(session);
    await sessions.end(session.id);
    return undefined;
  };

  /** Another replica may have used the refresh token first: then its tokens are in the store. */
  const afterRefusal = async ({ session }: OpenSession): Promise<OpenSession | undefined> => {
    const now = await sessions.get(session.id);
    if (now && now.sealedTokens !== session.sealedTokens) return open(now);
    await sessions.end(session.id);
    logger.info('a session ended because the provider refused to refresh it');
    return undefined;
  };

  const refresh = async (current: OpenSession): Promise<OpenSession | undefined> => {
    try {
      const tokens = await oidc.refresh(current.tokens, current.session.subject);
      const session = { ...current.session, sealedTokens: sealer.seal(TOKENS, tokens), lastSeenAtMs: nowMs() };
      return (await sessions.update(session)) ? { session, tokens } : undefined;
    } catch (error) {
      if (isParvisError(error) && error.kind === 'unauthenticated') return afterRefusal(current);
      if (current.tokens.accessExpiresAtMs > nowMs()) return current;
      throw error;
    }
  };

  /** One refresh per session at a time: a refresh token used twice looks stolen. */
  const refreshOnce = (current: OpenSession): Promise<OpenSession | undefined> => {
    const { id } = current.session;
    const running = refreshing.get(id);
    if (running) return running;
    const started = refresh(current).finally(() => refreshing.delete(id));
    refreshing.set(id, started);
    return started;
  };

  const touch = async (current: OpenSession): Promise<void> => {
    if (nowMs() - current.session.lastSeenAtMs < SESSION_TOUCH_MS) return;
    await sessions.update({ ...current.session, lastSeenAtMs: nowMs() });
  };

  return {
    async principalOf(headers) {
      const found = await read(headers);
      if (!found) return undefined;
      const ending = found.tokens.accessExpiresAtMs - nowMs() < REFRESH_AHEAD_MS;
      const current = ending ? await refreshOnce(found) : found;
      if (!current) return undefined;
      await touch(current);
      const { session, tokens } = current;
      const { id: sessionId, personId } = session;
      const key = principalKey(session.issuer, session.subject);
      return { kind: 'session', key, accessToken: tokens.accessToken, expiresAtMs: tokens.accessExpiresAtMs, sessionId, personId };
    },
    async begin(signedIn, personId, userAgent) {
      const secret = randomBytes(32).toString('base64url');
      const { issuer, subject, providerSessionId } = signedIn;
      const createdAtMs = nowMs();
      await sessions.create({
        id: sessionIdOf(secret),
        issuer,
        subject,
        providerSessionId,
        sealedTokens: sealer.seal(TOKENS, signedIn.tokens),
        createdAtMs,
        lastSeenAtMs: createdAtMs,
        expiresAtMs: createdAtMs + SESSION_ABSOLUTE_MS,
        userAgent: userAgent.slice(0, USER_AGENT_LIMIT),
        personId,
      });
      return secret;
    },
    async end(headers) {
      const found = await read(headers);
      if (found) await sessions.end(found.session.id);
      return found;
    },
    async holds(sessionId) {
      const session = await sessions.get(sessionId);
      return session !== undefined && !isOver(session, nowMs());
    },
  };
};
