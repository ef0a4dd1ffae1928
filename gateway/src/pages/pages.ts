/** The plain pages: home, an invitation, and in demo mode who there is and which mails went out. Everything is a file or escaped text. */

import { fileURLToPath } from 'node:url';
import { callContext } from '@parvis/kit/runtime/callContext.ts';
import { invalid, isParvisError } from '@parvis/kit/runtime/errors.ts';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { BrowserSessions } from '../auth/browserSessions.ts';
import type { RateLimits } from '../http/rateLimits.ts';
import { TOKEN_LIMIT } from '../limits.ts';
import type { GatewayPorts } from '../ports.ts';
import { createDemoPages } from './demoPages.ts';

export interface PagesParts {
  readonly ports: GatewayPorts;
  readonly limits: RateLimits;
  readonly sessions: BrowserSessions;
}

const PUBLIC_FOLDER = fileURLToPath(new URL('../../public/', import.meta.url));

/** RFC 8058: mail programs post to the link itself; its sealed token is the credential, the body says nothing more. */
const oneClickUnsubscribe = (ports: GatewayPorts, limits: RateLimits) => async (request: Request, response: Response) => {
  response.setHeader('Cache-Control', 'no-store');
  await limits.byAddress('auth', request.ip ?? '', response);
  const { token } = request.query;
  if (typeof token !== 'string' || token === '' || token.length > TOKEN_LIMIT) throw invalid('token', 'the token of a mail');
  await ports.clients.notification.unsubscribe({ token }, callContext());
  response.status(200).type('text/plain').send('unsubscribed\n');
};

/** Whether this browser is signed in: the page asks here first, where no is an answer and not an error. */
const signedIn = (sessions: BrowserSessions, limits: RateLimits) => async (request: Request, response: Response) => {
  response.setHeader('Cache-Control', 'no-store');
  await limits.byAddress('read', request.ip ?? '', response);
  const principal = await sessions.principalOf(request.headers).catch((error: unknown) => {
    if (isParvisError(error) && error.kind === 'unauthenticated') return undefined;
    throw error;
  });
  response.json({ signedIn: principal !== undefined });
};

export const createPages = ({ ports, limits, sessions }: PagesParts): Router => {
  const router = Router({ caseSensitive: true, strict: true });
  router.use((_request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Cache-Control', 'no-cache');
    next();
  });
  const page = (file: string) => (_request: Request, response: Response, next: NextFunction) => {
    // Who follows an invitation must not leave its secret in a shared cache.
    response.setHeader('Cache-Control', 'no-store');
    response.sendFile(file, { root: PUBLIC_FOLDER, cacheControl: false }, (error) => error && next(error));
  };
  // Addresses that mails lead to; the page finds out what is meant.
  for (const path of ['/', '/posts/:id', '/groups/:id', '/notifications']) router.get(path, page('index.html'));
  // Pages of the identity provider and plain texts name no icon: browsers look for it here.
  router.get('/favicon.ico', page('favicon.svg'));
  router.get('/session', signedIn(sessions, limits));
  router.get('/invitations/:secret', page('invitation.html'));
  router.get('/unsubscribe', page('unsubscribe.html'));
  router.post('/unsubscribe', oneClickUnsubscribe(ports, limits));
  router.use('/assets', express.static(PUBLIC_FOLDER, { index: false, redirect: false, dotfiles: 'ignore', cacheControl: false }));
  if (ports.demo) router.use('/demo', createDemoPages(ports.demo, new URL(ports.publicUrl).origin));
  return router;
};
