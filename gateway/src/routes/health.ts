/** How the system is doing, for administrators: lag and parked threads of every view. */
import { forbidden, invalid, isParvisError } from '@parvis/kit/runtime/errors.ts';
import { z } from 'zod';
import type { Call } from '../http/call.ts';
import { type Operation, operation } from '../http/operation.ts';
import { PROBE_TIMEOUT_MS } from '../limits.ts';
import { personRoles } from '../present/enums.ts';

const ViewHealth = z.strictObject({
  view: z.string(),
  source: z.string(),
  lag: z.number().int().describe('Events not yet applied.'),
  parked: z.number().int(),
  state: z.string(),
  reason: z.string(),
});
const Health = z
  .strictObject({
    ready: z.boolean(),
    services: z.array(z.strictObject({ service: z.string(), ready: z.boolean(), reachable: z.boolean(), views: z.array(ViewHealth) })),
    liveStreams: z.number().int().describe('Open in the process that answers.'),
  })
  .meta({ id: 'Health' });

const described = { tag: 'health', auth: 'person' } as const;

/** The status services know services, not people: who may ask is decided here, by identity's facts. */
const onlyAdministrators = async (call: Call): Promise<void> => {
  const { person } = await call.clients.identity.getMe({}, call.context());
  if (!person?.roles.some((role) => personRoles.word(role) === 'administrator')) {
    throw forbidden('administrators-only', 'this is for administrators of the network');
  }
};

const healthOf = async (call: Call, service: string): Promise<z.output<typeof Health>['services'][number]> => {
  try {
    const status = await call.clients.status[service]?.getStatus({}, call.ownContext(PROBE_TIMEOUT_MS));
    const views = (status?.views ?? []).map(({ view, source, lag, parked, state, reason }) => ({
      view,
      source,
      lag: Number(lag),
      parked,
      state,
      reason,
    }));
    return { service, ready: status?.ready ?? false, reachable: true, views };
  } catch (error) {
    if (!isParvisError(error)) throw error;
    return { service, ready: false, reachable: false, views: [] };
  }
};

export const health = (liveStreams: () => number): readonly Operation[] => [
  operation({
    ...described,
    operationId: 'getHealth',
    method: 'GET',
    path: '/health',
    summary: 'Administrators: readiness, lag and parked threads of every service',
    rateClass: 'read',
    response: Health,
    async handler(call) {
      await onlyAdministrators(call);
      const services = await Promise.all(Object.keys(call.clients.status).map((service) => healthOf(call, service)));
      return { body: { ready: services.every(({ ready }) => ready), services, liveStreams: liveStreams() } };
    },
  }),
  operation({
    ...described,
    operationId: 'releaseParked',
    method: 'POST',
    path: '/health/parked/release',
    summary: 'Administrators: try what is parked again',
    rateClass: 'write',
    body: z.strictObject({
      service: z.string().max(40),
      view: z.string().min(1).max(100),
      thread: z
        .string()
        .max(300)
        .regex(/^[\w/-]*$/, 'a thread, e.g. group/G/post/P')
        .default(''),
    }),
    response: z.strictObject({ released: z.number().int() }).meta({ id: 'Released' }),
    async handler(call, { body: { service, view, thread } }) {
      await onlyAdministrators(call);
      const client = Object.hasOwn(call.clients.status, service) ? call.clients.status[service] : undefined;
      if (!client) throw invalid('service', `one of ${Object.keys(call.clients.status).join(', ')}`);
      const { released } = await client.releaseParked({ view, thread }, call.ownContext());
      return { body: { released } };
    },
  }),
];
