/** The plain pages: home, an invitation, and in demo mode who there is and which mails went out. Everything is a file or escaped text. */

import { fileURLToPath } from 'node:url';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { GatewayPorts } from '../ports.ts';
import { createDemoPages } from './demoPages.ts';

const PUBLIC_FOLDER = fileURLToPath(new URL('../../public/', import.meta.url));

export const createPages = (ports: GatewayPorts): Router => {
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
  router.get('/', page('index.html'));
  router.get('/invitations/:secret', page('invitation.html'));
  router.get('/unsubscribe', page('unsubscribe.html'));
  router.use('/assets', express.static(PUBLIC_FOLDER, { index: false, redirect: false, dotfiles: 'ignore', cacheControl: false }));
  if (ports.demo) router.use('/demo', createDemoPages(ports.demo));
  return router;
};
