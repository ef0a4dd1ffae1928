/** The browsers I am signed in with. */
import { notFound } from '@parvis/kit/runtime/errors.ts';
import { z } from 'zod';
import type { Call } from '../http/call.ts';
import { present } from '../http/commands.ts';
import { nothing, type Operation, operation } from '../http/operation.ts';
import type { LiveConnections } from '../live/connections.ts';
import * as common from '../schemas/common.ts';

const Device = z
  .strictObject({
    id: z.string(),
    userAgent: z.string(),
    createdAt: common.utcTime,
    lastSeenAt: common.utcTime,
    expiresAt: common.utcTime,
    current: z.boolean(),
  })
  .meta({ id: 'Session' });

const described = { tag: 'sessions', auth: 'person' } as const;

/** The person as identity says: a suspended one is refused here as everywhere. */
const me = async (call: Call): Promise<string> => {
  const { person } = await call.clients.identity.getMe({}, call.context());
  return present(person?.card, 'the person').id;
};

const iso = (timeMs: number): string => new Date(timeMs).toISOString();

export const sessions = (live: LiveConnections): readonly Operation[] => [
  operation({
    ...described,
    operationId: 'listSessions',
    method: 'GET',
    path: '/me/sessions',
    summary: 'The browsers I am signed in with',
    rateClass: 'read',
    response: z.strictObject({ items: z.array(Device) }).meta({ id: 'Sessions' }),
    async handler(call) {
      const found = await call.ports.sessions.listByPerson(await me(call));
      const current = call.principal?.kind === 'session' ? call.principal.sessionId : '';
      const items = found.map(({ id, userAgent, createdAtMs, lastSeenAtMs, expiresAtMs }) => ({
        id,
        userAgent,
        createdAt: iso(createdAtMs),
        lastSeenAt: iso(lastSeenAtMs),
        expiresAt: iso(expiresAtMs),
        current: id === current,
      }));
      return { body: { items } };
    },
  }),
  operation({
    ...described,
    operationId: 'endSession',
    method: 'DELETE',
    path: '/me/sessions/{sessionId}',
    summary: 'Sign a browser out',
    rateClass: 'write',
    params: z.strictObject({ sessionId: common.sessionId }),
    async handler(call, { params: { sessionId } }) {
      const session = await call.ports.sessions.get(sessionId);
      if (session?.personId !== (await me(call))) throw notFound('the session');
      await call.ports.sessions.end(sessionId);
      live.closeSession(sessionId);
      return nothing;
    },
  }),
];
