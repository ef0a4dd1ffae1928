/** The Express application: probes, provider, sign-in, API and pages, in this order, and one place for every error. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { type AuthParts, createAuthRoutes } from '../auth/authRoutes.ts';
import { createPages } from '../pages/pages.ts';
import { HttpProblem, problemOf, routeNotFound, sendProblem } from '../problem.ts';
import { traceOf } from './headers.ts';
import type { Metrics } from './metrics.ts';
import type { Operation } from './operation.ts';
import { createProbes } from './probes.ts';
import { createApiRouter, type RouterParts } from './router.ts';
import { securityHeaders } from './securityHeaders.ts';

export interface AppParts extends RouterParts, AuthParts {
  readonly operations: readonly Operation[];
  readonly metrics: Metrics;
  readonly accepting: () => boolean;
}

/** Trace id first, then a line in the log and a count when the answer is out. Never addresses: they may hold secrets. */
const observe =
  ({ ports, metrics }: AppParts) =>
  (request: Request, response: Response, next: NextFunction): void => {
    const startedMs = performance.now();
    const { traceId } = traceOf(request.headers);
    response.locals.traceId = traceId;
    response.setHeader('parvis-trace', traceId);
    response.once('close', () => {
      const operation = (response.locals.operationId as string | undefined) ?? 'other';
      const durationMs = performance.now() - startedMs;
      metrics.observe(operation, response.statusCode, durationMs);
      ports.logger.debug({ operation, method: request.method, status: response.statusCode, durationMs: Math.round(durationMs), traceId });
    });
    next();
  };

const DEMO_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Demo mode has pages without sign-in: a foreign name that resolves to this machine must not read them. */
const onlyLocalHost =
  (publicHost: string) =>
  (request: Request, _response: Response, next: NextFunction): void => {
    const host = request.headers.host ?? '';
    if (host !== publicHost && !DEMO_HOSTS.has(host.replace(/:\d+$/, ''))) {
      throw new HttpProblem(421, 'misdirected', 'Not this host', 'demo mode answers under its own address only');
    }
    next();
  };

/** The provider sets its own headers and reads its own bodies; attempts to sign in are counted here. */
const provider =
  ({ ports, limits }: AppParts) =>
  async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const { mount } = ports.oidc;
    if (!mount || !/^\/realms(\/|$)/.test(request.path)) return next();
    if (request.method === 'POST') await limits.byAddress('auth', request.ip ?? '', response);
    mount(request, response);
  };

const errors =
  ({ ports }: AppParts) =>
  // Express knows an error handler by its four parameters.
  (error: unknown, _request: Request, response: Response, _next: NextFunction): void => {
    const traceId = (response.locals.traceId as string | undefined) ?? '';
    if (response.destroyed) return;
    const problem = problemOf(error, traceId);
    if (problem.status === 500) {
      ports.logger.error({ err: error, traceId, operation: response.locals.operationId as string | undefined }, 'a request failed');
    }
    sendProblem(response, problem, error instanceof HttpProblem ? error.headers : {});
  };

export const createApp = (parts: AppParts): Express => {
  const { ports } = parts;
  const url = new URL(ports.publicUrl);
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('case sensitive routing', true);
  app.set('query parser', 'simple');
  app.set('trust proxy', ports.trustedProxies.length === 0 ? false : [...ports.trustedProxies]);
  app.use(observe(parts));
  app.use(createProbes({ ports, metrics: parts.metrics, liveStreams: () => parts.live.size(), accepting: parts.accepting }));
  if (ports.demo) app.use(onlyLocalHost(url.host));
  app.use(provider(parts));
  app.use(securityHeaders(url.protocol === 'https:'));
  app.use('/auth', createAuthRoutes(parts));
  app.use('/api/v1', createApiRouter(parts, parts.operations));
  app.use(createPages(parts));
  app.use(() => {
    throw routeNotFound();
  });
  app.use(errors(parts));
  return app;
};
