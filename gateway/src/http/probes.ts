/** /healthz, /readyz and /metrics: for machines, outside the API. */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { GetStatusResponse } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { callContext } from '@parvis/kit/runtime/callContext.ts';
import { type Request, type Response, Router } from 'express';
import { PROBE_TIMEOUT_MS } from '../limits.ts';
import type { GatewayPorts } from '../ports.ts';
import { routeNotFound } from '../problem.ts';
import type { Metrics, ViewGauge } from './metrics.ts';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A proxy on the same machine is a loopback peer too, but says for whom it asks. */
const mayScrape = (ports: GatewayPorts, request: Request): boolean => {
  if (ports.metricsToken === undefined) {
    return LOOPBACK.has(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined;
  }
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${ports.metricsToken}`));
};

/** @returns undefined when the service does not answer, whatever keeps it from it. */
const statusOf = async (client: GatewayPorts['clients']['status'][string]): Promise<GetStatusResponse | undefined> => {
  try {
    const context = callContext({ credential: { kind: 'service', service: 'gateway' }, timeoutMs: PROBE_TIMEOUT_MS });
    return await client.getStatus({}, context);
  } catch {
    return undefined;
  }
};

const viewGauges = async (ports: GatewayPorts): Promise<ViewGauge[]> => {
  const asked = Object.entries(ports.clients.status).map(async ([service, client]) => ({ service, status: await statusOf(client) }));
  return (await Promise.all(asked)).flatMap(({ service, status }) =>
    (status?.views ?? []).map(({ view, source, lag, parked }) => ({ service, view, source, lag: Number(lag), parked })),
  );
};

export interface ProbeParts {
  readonly ports: GatewayPorts;
  readonly metrics: Metrics;
  readonly liveStreams: () => number;
  /** False once stop() was asked: no new work is sent here. */
  readonly accepting: () => boolean;
}

export const createProbes = ({ ports, metrics, liveStreams, accepting }: ProbeParts): Router => {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/healthz', (_request: Request, response: Response) => {
    response.setHeader('Cache-Control', 'no-store');
    response.json({ ok: true });
  });
  router.get('/readyz', async (_request: Request, response: Response) => {
    const names = Object.keys(ports.clients.status);
    const ready = await Promise.all(Object.values(ports.clients.status).map(async (client) => (await statusOf(client))?.ready === true));
    const waitingFor = names.filter((_name, index) => !ready[index]);
    const ok = accepting() && waitingFor.length === 0;
    response.setHeader('Cache-Control', 'no-store');
    response.status(ok ? 200 : 503).json({ ready: ok, waitingFor });
  });
  router.get('/metrics', async (request: Request, response: Response) => {
    if (!mayScrape(ports, request)) throw routeNotFound();
    response.type('text/plain; version=0.0.4').send(metrics.text({ liveStreams: liveStreams(), views: await viewGauges(ports) }));
  });
  return router;
};
