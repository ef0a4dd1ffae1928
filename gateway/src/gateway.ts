/** The HTTP edge of the network: REST, sign-in, sessions, live stream, plain pages. */

import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { createAuthenticate } from './auth/authenticate.ts';
import { createBrowserSessions } from './auth/browserSessions.ts';
import { createCookies } from './auth/cookies.ts';
import { createOidcClient } from './auth/oidcClient.ts';
import { createSignInOnce } from './auth/signInOnce.ts';
import { createApp } from './http/app.ts';
import { createMetrics } from './http/metrics.ts';
import type { Operation } from './http/operation.ts';
import { createRateLimits } from './http/rateLimits.ts';
import { createTokenMemory } from './http/tokenMemory.ts';
import {
  DRAIN_TIMEOUT_MS,
  HEADERS_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  MAX_HEADER_BYTES,
  REQUEST_TIMEOUT_MS,
  SESSION_SWEEP_MS,
} from './limits.ts';
import { createLiveConnections } from './live/connections.ts';
import type { GatewayPorts } from './ports.ts';
import { createOperations } from './routes/table.ts';

export interface Gateway {
  /** The Express application, for a server of the caller's. */
  readonly handler: Express;
  /** Every operation of the API, as data. */
  readonly operations: readonly Operation[];
  /** Listens; resolves with the port bound (0 picks a free one). */
  start(port: number): Promise<number>;
  /** Not ready first, then live streams end, requests under way finish (at most DRAIN_TIMEOUT_MS), connections close. */
  stop(): Promise<void>;
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

/** @throws Error naming PARVIS_PUBLIC_URL when the address would carry sessions in clear over a network */
const checkedUrl = (ports: GatewayPorts): URL => {
  const url = URL.parse(ports.publicUrl);
  const expected = 'PARVIS_PUBLIC_URL: expected an https address without a path, or http on localhost';
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search !== '') throw new Error(expected);
  const local = LOCAL.has(url.hostname);
  if (url.protocol === 'http:' && !local) throw new Error(`${expected}; plain http would carry sessions in clear`);
  if (ports.demo && !local) throw new Error('PARVIS_PUBLIC_URL: demo mode is for localhost only');
  return url;
};

const listen = (server: http.Server, port: number, host: string | undefined): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

const createServer = (ports: GatewayPorts, app: Express): http.Server => {
  const options = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS };
  const server = ports.tls ? https.createServer({ ...options, ...ports.tls }, app) : http.createServer(options, app);
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  return server;
};

const close = (server: http.Server): Promise<void> =>
  new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS);
    // A connection that becomes idle while we wait would otherwise be kept alive.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(force);
      clearInterval(sweep);
      resolve();
    });
  });

export const createGateway = (ports: GatewayPorts): Gateway => {
  const url = checkedUrl(ports);
  const live = createLiveConnections();
  const cookies = createCookies(url.protocol === 'https:');
  const oidc = createOidcClient(ports);
  const sessions = createBrowserSessions(ports, oidc, cookies);
  const operations = createOperations({ connections: live, browserSessions: sessions });
  let accepting = true;
  const app = createApp({
    ports,
    live,
    cookies,
    oidc,
    sessions,
    operations,
    authenticate: createAuthenticate(ports, sessions),
    signInOnce: createSignInOnce(),
    limits: createRateLimits(ports.rateLimits),
    tokens: createTokenMemory(() => ports.clock.now().getTime()),
    metrics: createMetrics(),
    publicOrigin: url.origin,
    accepting: () => accepting,
  });

  let server: http.Server | undefined;
  let cancelSweep: (() => void) | undefined;
  const sweepLater = (): void => {
    cancelSweep = ports.clock.after(SESSION_SWEEP_MS, () => {
      ports.sessions
        .sweep(ports.clock.now().getTime())
        .catch((error: unknown) => ports.logger.warn({ err: error }, 'ended sessions could not be swept'))
        .finally(() => accepting && sweepLater());
    });
  };

  return {
    handler: app,
    operations,
    async start(port) {
      server = createServer(ports, app);
      // The demo signs anyone in: it is never reachable from elsewhere.
      const host = ports.demo ? '127.0.0.1' : (ports.host ?? (LOCAL.has(url.hostname) ? '127.0.0.1' : undefined));
      const bound = await listen(server, port, host);
      sweepLater();
      return bound;
    },
    async stop() {
      accepting = false;
      cancelSweep?.();
      live.closeAll();
      if (server) await close(server);
    },
  };
};
