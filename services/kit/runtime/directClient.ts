/** Calls within one process, behind the same interface as gRPC: `rpcContract.ts` runs on both. */
import { callCancelled, openCallScope, readUntilAborted, untilAborted } from './callContext.ts';
import type { CallContext, Client, Handlers, ServiceDefinition } from './rpc.ts';
import { withRemoteSpan } from './telemetry.ts';

// biome-ignore lint/suspicious/noExplicitAny: one loop wraps methods of every message type; Client<D> types them again
type AnyHandler = (request: any, context: CallContext) => any;

/** Handlers may throw before their first await: that too is a rejection. */
const promised = async (path: string, handler: AnyHandler, request: unknown, context: CallContext): Promise<unknown> =>
  withRemoteSpan(path, context.traceparent, { 'rpc.system': 'direct' }, async (traceparent) =>
    handler(request, { ...context, traceparent }),
  );

const unary =
  (path: string, handler: AnyHandler): AnyHandler =>
  async (request: unknown, parent) => {
    const scope = openCallScope(parent);
    try {
      return await untilAborted(scope.signal, promised(path, handler, request, scope.context));
    } finally {
      scope.close();
    }
  };

const clientStreaming =
  (path: string, handler: AnyHandler): AnyHandler =>
  async (requests: AsyncIterable<unknown>, parent) => {
    const scope = openCallScope(parent);
    const readable = readUntilAborted(scope.signal, requests);
    try {
      return await untilAborted(scope.signal, promised(path, handler, readable, scope.context));
    } finally {
      scope.close();
      // An answer before the last request: the caller's source is told that nobody reads on.
      readable.return().catch(() => undefined);
    }
  };

async function* streamed(handler: AnyHandler, request: unknown, parent: CallContext): AsyncGenerator<unknown, void> {
  const scope = openCallScope(parent);
  try {
    yield* readUntilAborted(scope.signal, handler(request, scope.context), () => scope.cancel(callCancelled()));
  } finally {
    scope.close();
  }
}

const serverStreaming =
  (handler: AnyHandler): AnyHandler =>
  (request, parent) =>
    streamed(handler, request, parent);

const wrap = (path: string, requestStream: boolean, responseStream: boolean, handler: AnyHandler): AnyHandler => {
  if (requestStream && responseStream) throw new Error(`${path}: streams in both directions are not supported`);
  if (requestStream) return clientStreaming(path, handler);
  return responseStream ? serverStreaming(handler) : unary(path, handler);
};

/**
 * A client whose calls are function calls. Deadlines and cancellation work as over gRPC: the caller is answered at its
 * deadline and the handler's `signal` aborts. Errors pass as they were thrown.
 *
 * Requests and answers are handed over, not copied: who made one gives it away and neither side changes it afterwards.
 * Streams are pulled, so a slow reader slows its producer, one message at a time.
 */
export const directClient = <D extends ServiceDefinition>(definition: D, handlers: Handlers<D>): Client<D> => {
  const methods = Object.entries(definition).map(([name, method]) => [
    name,
    wrap(method.path, method.requestStream, method.responseStream, handlers[name] as AnyHandler),
  ]);
  return Object.fromEntries(methods) as Client<D>;
};
