/** Mounts the table of operations: every request to /api/v1 goes through the same steps, in the same order. */

import { ParvisError, unauthenticated } from '@parvis/kit/runtime/errors.ts';
import { currentTraceparent, withRemoteSpan } from '@parvis/kit/runtime/telemetry.ts';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import type { Authenticate } from '../auth/authenticate.ts';
import { checkCsrf } from '../auth/csrf.ts';
import type { Principal } from '../auth/principal.ts';
import type { SignInOnce } from '../auth/signInOnce.ts';
import { JSON_BODY_LIMIT_BYTES } from '../limits.ts';
import type { GatewayPorts } from '../ports.ts';
import { invalidInput, methodNotAllowed, routeNotFound } from '../problem.ts';
import { type Call, createCall } from './call.ts';
import {
  expectedVersionOf,
  idempotencyKeyOf,
  isFresh,
  refusePrecondition,
  representationTag,
  tokensOf,
  traceOf,
  versionTag,
} from './headers.ts';
import { type Answer, isRaw, type JsonOperation, NO_INPUT, type Operation } from './operation.ts';
import type { RateLimits } from './rateLimits.ts';
import type { TokenMemory } from './tokenMemory.ts';

export interface RouterParts {
  readonly ports: GatewayPorts;
  readonly authenticate: Authenticate;
  readonly signInOnce: SignInOnce;
  readonly limits: RateLimits;
  readonly tokens: TokenMemory;
  readonly publicOrigin: string;
}

const parse = (part: string, schema: z.ZodType, value: unknown): unknown => {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidInput(part, result.error);
  return result.data;
};

/** Query by name; a name that comes twice is a list, which only list parameters take. */
const queryOf = (request: Request): Record<string, unknown> => {
  const parameters = new URLSearchParams(request.url.split('?')[1] ?? '');
  const names = [...new Set(parameters.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
};

const hasBody = (request: Request): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;

const json = express.json({ limit: JSON_BODY_LIMIT_BYTES, strict: true, type: () => true });

const readJson = (request: Request, response: Response): Promise<unknown> =>
  new Promise((resolve, reject) => {
    json(request, response, (error: unknown) => (error ? reject(error) : resolve(request.body)));
  });

/** JSON is UTF-8 (RFC 8259); other encodings have hidden attacks before. */
const isUtf8 = (request: Request): boolean => {
  const charset = /charset="?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
  return charset === undefined || charset.toLowerCase() === 'utf-8';
};

/** @throws unsupported-type, too-large, invalid */
const bodyOf = async (operation: JsonOperation, request: Request, response: Response): Promise<unknown> => {
  if (!hasBody(request)) return parse('body', operation.body ?? NO_INPUT, {});
  if (!operation.body) throw invalidInput('body', emptyBody(request));
  if (!request.is(['application/json', 'application/merge-patch+json']) || !isUtf8(request)) {
    throw new ParvisError('unsupported-type', 'unsupported-type', 'send the body as application/json in UTF-8');
  }
  return parse('body', operation.body, await readJson(request, response));
};

/** The error of a body where none belongs. */
const emptyBody = (request: Request): z.ZodError => {
  request.resume();
  const result = NO_INPUT.safeParse({ body: true });
  if (result.success) throw new Error('a schema without fields took a field');
  return result.error;
};

/** The running span instead of what the caller sent, when traces are on. */
const withSpanOf = (headers: Request['headers']): Request['headers'] => {
  const traceparent = currentTraceparent();
  return traceparent === '' ? headers : { traceparent };
};

const startCall = async (parts: RouterParts, operation: Operation, request: Request, response: Response): Promise<Call> => {
  const address = request.ip ?? '';
  await parts.limits.byAddress(operation.rateClass, address, response);
  // What everybody may have does not depend on who asks: a token that does not hold is no reason to refuse it.
  const principal: Principal | undefined = operation.auth === 'public' ? undefined : await parts.authenticate(request.headers);
  if (!principal && operation.auth === 'person') throw unauthenticated('sign-in.required', 'sign in, or send a bearer token');
  if (principal) await parts.limits.byPrincipal(operation.rateClass, principal.key, response);
  if (principal?.kind === 'session') checkCsrf(operation.method, request.headers, parts.publicOrigin);
  const key = idempotencyKeyOf(request.headers);
  if (!operation.ifMatch) refusePrecondition(request.headers);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return createCall({
    ports: parts.ports,
    principal,
    ...traceOf(withSpanOf(request.headers)),
    traceId: response.locals.traceId as string,
    tokens: parts.tokens.together(principal?.key, tokensOf(request.headers)),
    idempotencyKey: operation.idempotent ? key : '',
    expectedVersion: operation.ifMatch ? expectedVersionOf(request.headers) : undefined,
    signal: gone.signal,
    ...(operation.timeoutMs === undefined ? {} : { timeoutMs: operation.timeoutMs }),
  });
};

/** Read-your-writes, staleness and repeats travel in headers, of answers and of refusals alike. */
const setCallHeaders = (parts: RouterParts, call: Call, response: Response): void => {
  if (call.principal) parts.tokens.remember(call.principal.key, call.written);
  if (response.headersSent) return;
  if (call.written.length > 0) response.setHeader('parvis-token', call.written.join(', '));
  if (call.stale()) response.setHeader('parvis-stale', '1');
  if (call.repeated.value) response.setHeader('idempotency-replayed', 'true');
};

const send = (parts: RouterParts, operation: JsonOperation, answer: Answer<unknown>, request: Request, response: Response): void => {
  if (answer.location !== undefined) response.setHeader('Location', `/api/v1${answer.location}`);
  if (!operation.response) {
    response.status(204).end();
    return;
  }
  // Whatever a handler built, only declared fields leave.
  const body = JSON.stringify(parts.ports.checkResponses ? operation.response.parse(answer.body) : answer.body);
  if (answer.version !== undefined) {
    const tag = operation.method === 'GET' ? representationTag(answer.version, body) : versionTag(answer.version);
    response.setHeader('ETag', tag);
    if (operation.method === 'GET' && isFresh(request.headers, tag)) {
      response.status(304).end();
      return;
    }
  }
  response
    .status(operation.status ?? 200)
    .type('application/json')
    .send(body);
};

const run = async (parts: RouterParts, operation: Operation, request: Request, response: Response): Promise<void> => {
  const call = await startCall(parts, operation, request, response);
  try {
    const params = parse('params', operation.params ?? NO_INPUT, request.params);
    const query = parse('query', operation.query ?? NO_INPUT, queryOf(request));
    if (isRaw(operation)) {
      if (operation.requestType === undefined && hasBody(request)) throw invalidInput('body', emptyBody(request));
      // A stream can't be asked twice: the account is linked before it begins.
      await parts.signInOnce.before(call);
      const input = { params, query, body: undefined } as Parameters<typeof operation.respond>[1];
      setCallHeaders(parts, call, response);
      await operation.respond(call, input, request, response);
      return;
    }
    const input = { params, query, body: await bodyOf(operation, request, response) };
    const answer = await parts.signInOnce.around(call, () => operation.handler(call, input));
    setCallHeaders(parts, call, response);
    send(parts, operation, answer, request, response);
  } catch (error) {
    setCallHeaders(parts, call, response);
    throw error;
  }
};

const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

/** Fixed segments before parameters: `members/me` is not a person called me. */
const bySpecificity = (one: string, other: string): number => {
  const [ones, others] = [one.split('/'), other.split('/')];
  for (let index = 0; index < Math.min(ones.length, others.length); index += 1) {
    const difference = Number(ones[index]?.startsWith('{')) - Number(others[index]?.startsWith('{'));
    if (difference !== 0) return difference;
  }
  return 0;
};

/** The caller learns the id under which a collector shows the request. */
const tellTrace = (response: Response): void => {
  const [, traceId] = currentTraceparent().split('-');
  if (traceId === undefined) return;
  response.locals.traceId = traceId;
  response.setHeader('parvis-trace', traceId);
};

const mount = (router: Router, parts: RouterParts, path: string, operations: readonly Operation[]): void => {
  const route = router.route(expressPath(path));
  for (const operation of operations) {
    const handle = (request: Request, response: Response): Promise<void> => {
      response.locals.operationId = operation.operationId;
      const { traceparent } = request.headers;
      const attributes = { 'http.request.method': operation.method, 'http.route': `/api/v1${operation.path}` };
      return withRemoteSpan(operation.operationId, typeof traceparent === 'string' ? traceparent : '', attributes, () => {
        tellTrace(response);
        return run(parts, operation, request, response);
      });
    };
    const register = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;
    route[register[operation.method]](handle);
  }
  const methods: string[] = operations.map(({ method }) => method);
  const allow = [...(methods.includes('GET') ? ['HEAD'] : []), ...methods, 'OPTIONS'].sort();
  route.all((request: Request, response: Response) => {
    if (request.method !== 'OPTIONS') throw methodNotAllowed(allow);
    response.setHeader('Allow', allow.join(', '));
    response.status(204).end();
  });
};

/** @returns the router of /api/v1. Unknown addresses and methods are problems too. */
export const createApiRouter = (parts: RouterParts, operations: readonly Operation[]): Router => {
  const router = Router({ caseSensitive: true, strict: true });
  router.use((_request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Cache-Control', 'no-store');
    response.vary('Authorization').vary('Cookie').vary('Origin');
    next();
  });
  const paths = [...new Set(operations.map(({ path }) => path))].sort(bySpecificity);
  for (const path of paths) {
    mount(
      router,
      parts,
      path,
      operations.filter((operation) => operation.path === path),
    );
  }
  router.use(() => {
    throw routeNotFound();
  });
  return router;
};
