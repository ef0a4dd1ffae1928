/** The live stream: ticks with ids, never text, as server-sent events. */
import type { LiveResponse } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { invalid, isParvisError, unavailable } from '@parvis/kit/runtime/errors.ts';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { BrowserSessions } from '../auth/browserSessions.ts';
import type { Principal } from '../auth/principal.ts';
import type { Call } from '../http/call.ts';
import { present } from '../http/commands.ts';
import { type Operation, rawOperation } from '../http/operation.ts';
import { LIVE_ADMISSION_MS, LIVE_HEARTBEAT_MS } from '../limits.ts';
import type { LiveConnections } from '../live/connections.ts';
import { frameOf, openStream, sendEvent } from '../live/sse.ts';
import { orNull, timeOrNull } from '../present/values.ts';

const lastEventId = z
  .string()
  .max(4_000)
  .regex(/^[\w.~-]*$/, 'an event id of an earlier live stream');

/** Absent parts are left out: a tick is small. */
const dataOf = (tick: LiveResponse): Record<string, string> => {
  const { groupId, postId, commentId, actorId, notificationId, reason } = tick;
  const parts = { groupId, postId, commentId, actorId, notificationId, reason, at: timeOrNull(tick.at) };
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, value]) => (orNull(value ?? '') === null ? [] : [[name, value as string]])),
  );
};

/** Between one and three seconds, so that all who lost a server do not come back at once. */
const retryMs = (): number => 1_000 + Math.floor(Math.random() * 2_000);

/** Heartbeats, and the end of the stream with its session. */
const beat = (response: Response, principal: Principal, sessions: BrowserSessions, end: () => void): (() => void) => {
  const onBeat = async (): Promise<void> => {
    try {
      if (principal.kind === 'session' && !(await sessions.holds(principal.sessionId))) return end();
      // Nothing is queued behind a full socket: its reader is being waited for elsewhere.
      if (!response.writableNeedDrain) response.write(': heartbeat\n\n');
    } catch {
      // The session store is away: closed, never open.
      end();
    }
  };
  const timer = setInterval(onBeat, LIVE_HEARTBEAT_MS);
  return () => clearInterval(timer);
};

/** @throws unavailable `live.not-admitted` when the answer takes longer */
const within = async <T>(limitMs: number, answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable('live.not-admitted', 'the live stream does not answer; try again in a moment')), limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};

const relay = async (call: Call, from: string, response: Response, signal: AbortSignal, expiresAtMs: number): Promise<void> => {
  const lifeMs = Math.max(0, expiresAtMs - Date.now());
  const context = { ...call.context(lifeMs), signal };
  const ticks = call.clients.notification.live({ lastEventId: from }, context)[Symbol.asyncIterator]();
  try {
    // The service's first tick says that it let the caller in: until then a refusal is a problem document, not a broken stream.
    let step = await within(LIVE_ADMISSION_MS, ticks.next());
    openStream(response, retryMs());
    for (; !step.done; step = await ticks.next()) {
      const frame = frameOf({ id: step.value.id, type: step.value.type, data: dataOf(step.value) });
      if (!(await sendEvent(response, frame))) return;
    }
  } finally {
    ticks.return?.().then(undefined, () => undefined);
  }
};

const respond = async (
  connections: LiveConnections,
  sessions: BrowserSessions,
  call: Call,
  from: string,
  response: Response,
): Promise<void> => {
  const principal = present(call.principal, 'a principal');
  const ended = new AbortController();
  const sessionId = principal.kind === 'session' ? principal.sessionId : undefined;
  const forget = connections.add({ principalKey: principal.key, sessionId, close: () => ended.abort() });
  const stopBeat = beat(response, principal, sessions, () => ended.abort());
  response.once('close', () => ended.abort());
  // A full socket would hold the end back until its reader reads.
  ended.signal.addEventListener('abort', () => response.writableNeedDrain && response.destroy());
  try {
    await relay(call, from, response, ended.signal, principal.expiresAtMs);
  } catch (error) {
    if (!response.headersSent && !ended.signal.aborted) throw error;
    // Under way, an error only ends the stream: the client comes back and hears the reason then.
    if (!isParvisError(error)) call.ports.logger.error({ err: error, traceId: call.traceId }, 'a live stream failed');
  } finally {
    stopBeat();
    forget();
    if (response.writableLength > 0 && ended.signal.aborted) response.destroy();
    // A refusal is on its way to the one place that answers refusals.
    else if (response.headersSent || ended.signal.aborted) response.end();
  }
};

export const live = (connections: LiveConnections, sessions: BrowserSessions): readonly Operation[] => [
  rawOperation({
    operationId: 'live',
    method: 'GET',
    path: '/live',
    summary: 'What happens, as it happens: server-sent events with ids only; resumes from Last-Event-ID',
    tag: 'live',
    auth: 'person',
    rateClass: 'read',
    query: z.strictObject({ lastEventId: lastEventId.default('') }),
    responseType: 'text/event-stream',
    async respond(call, { query }, request: Request, response) {
      const header = request.headers['last-event-id'];
      const from = typeof header === 'string' ? header : query.lastEventId;
      if (!lastEventId.safeParse(from).success) throw invalid('Last-Event-ID', 'an event id of an earlier live stream');
      if (request.method === 'HEAD') {
        response.status(200).type('text/event-stream').end();
        return;
      }
      await respond(connections, sessions, call, from, response);
    },
  }),
];
