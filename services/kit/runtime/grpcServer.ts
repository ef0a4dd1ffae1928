/** Serves the bindings of a service over gRPC: credentials in, ParvisErrors out, health, and a drain at the end. */
import {
  ServerCredentials as credentials,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  type ServerCredentials,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { type CallScope, openCallScope, readUntilAborted, untilAborted } from './callContext.ts';
import { isParvisError, unavailable } from './errors.ts';
import { createHealth, healthDefinition } from './grpcHealth.ts';
import { MESSAGE_LIMIT_BYTES } from './grpcLimits.ts';
import { readCallMetadata, writeReplyMetadata } from './grpcMetadata.ts';
import { statusOf } from './grpcStatus.ts';
import type { CallContext, RpcBinding } from './rpc.ts';
import type { ServiceIdentity } from './serviceIdentity.ts';
import { withRemoteSpan } from './telemetry.ts';

/** How long running calls may go on after a stop began. */
export const DEFAULT_DRAIN_MS = 5_000;
/** A call without a deadline of its own gets this one (unary and uploads; answers that stream may stay open). */
const LONGEST_CALL_MS = 60_000;

export interface GrpcServerOptions {
  readonly bindings: readonly RpcBinding[];
  /** host:port; port 0 takes a free one. */
  readonly address: string;
  readonly identity: ServiceIdentity;
  /** Services that may call, from the `calls` of the service.json files. */
  readonly callers: readonly string[];
  readonly logger: Logger;
  /** Default: plain HTTP/2, for a mesh or a loopback. */
  readonly credentials?: ServerCredentials;
  readonly drainMs?: number;
  /** True: reports NOT_SERVING after the start until `ready()`, for a service that answers its peers before its views are level. */
  readonly waitsForReady?: boolean;
}

export interface GrpcServer {
  /** Binds, and reports SERVING unless it waits for `ready()`. @returns the port. */
  start(): Promise<number>;
  /** Reports SERVING; nothing once a stop began. */
  ready(): void;
  /** Reports NOT_SERVING while calls still go on: the first step of a stop. */
  notReady(): void;
  /** Not ready, drain, close. */
  stop(): Promise<void>;
}

type AnyCall = ServerUnaryCall<unknown, unknown> | ServerReadableStream<unknown, unknown> | ServerWritableStream<unknown, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: bindings of several services lie in one list
type AnyHandler = (request: any, context: CallContext) => any;

/** Everything the methods of one server share. */
interface Serving {
  readonly options: GrpcServerOptions;
  readonly callers: ReadonlySet<string>;
  readonly running: Set<CallScope>;
}

const deadlineOf = (call: AnyCall, streamsAnswer: boolean): number => {
  const deadline = call.getDeadline();
  const asked = deadline instanceof Date ? deadline.getTime() : deadline;
  return streamsAnswer ? asked : Math.min(asked, Date.now() + LONGEST_CALL_MS);
};

/** Runs a call in its scope; errors come out as the status to send. */
const runCall = async (
  serving: Serving,
  call: AnyCall,
  streamsAnswer: boolean,
  work: (scope: CallScope) => Promise<void>,
  fail: (error: unknown, context: CallContext | undefined) => void,
): Promise<void> => {
  const gone = new AbortController();
  (call as ServerUnaryCall<unknown, unknown>).on('cancelled', () => gone.abort());
  let scope: CallScope | undefined;
  try {
    const told = await readCallMetadata(call.metadata, serving.options.identity, serving.callers);
    const deadlineMs = deadlineOf(call, streamsAnswer);
    await withRemoteSpan(call.getPath(), told.traceparent, { 'rpc.system': 'grpc' }, async (traceparent) => {
      scope = openCallScope({ ...told, traceparent, deadlineMs, signal: gone.signal, reply: { stale: false } });
      serving.running.add(scope);
      await work(scope);
    });
  } catch (error) {
    if (!isParvisError(error)) serving.options.logger.error({ err: error, path: call.getPath() }, 'a call failed unexpectedly');
    fail(error, scope?.context);
  } finally {
    scope?.close();
    if (scope) serving.running.delete(scope);
  }
};

const answerOnce =
  (serving: Serving, handler: AnyHandler, requestOf: (call: AnyCall, scope: CallScope) => unknown) =>
  (call: AnyCall, callback: Parameters<handleUnaryCall<unknown, unknown>>[1]): void => {
    void runCall(
      serving,
      call,
      false,
      async (scope) => {
        const answering = (async (): Promise<unknown> => handler(requestOf(call, scope), scope.context))();
        const answer = await untilAborted(scope.signal, answering);
        callback(null, answer, writeReplyMetadata(scope.context.reply));
      },
      (error, context) => callback(statusOf(error, context && writeReplyMetadata(context.reply))),
    );
  };

/**
 * Requests until the caller's last one. HTTP/2 of Node ends a stream that was reset just like one that was completed, and
 * tells of the reset only later; half an upload must never pass for a whole one. Sending the headers makes grpc-js look
 * at the stream's state, and its word is heard one turn later.
 */
async function* requestsOf(call: ServerReadableStream<unknown, unknown>, scope: CallScope): AsyncGenerator<unknown, void> {
  yield* readUntilAborted(scope.signal, call);
  call.sendMetadata(new Metadata());
  await new Promise((resolve) => setImmediate(resolve));
  scope.signal.throwIfAborted();
}

/** Waits until the peer takes more: this is what slows a producer to its reader. */
const drained = (call: ServerWritableStream<unknown, unknown>): Promise<void> => new Promise((resolve) => call.once('drain', resolve));

const answerStream =
  (serving: Serving, handler: AnyHandler): handleServerStreamingCall<unknown, unknown> =>
  (call) => {
    void runCall(
      serving,
      call,
      true,
      async (scope) => {
        for await (const message of readUntilAborted(scope.signal, handler(call.request, scope.context))) {
          if (!call.write(message)) await untilAborted(scope.signal, drained(call));
        }
        call.end(writeReplyMetadata(scope.context.reply));
      },
      (error, context) => call.emit('error', statusOf(error, context && writeReplyMetadata(context.reply))),
    );
  };

const implementation = (serving: Serving, binding: RpcBinding): UntypedServiceImplementation =>
  Object.fromEntries(
    Object.entries(binding.definition).map(([name, method]) => {
      const handler = binding.handlers[name] as AnyHandler | undefined;
      if (!handler) throw new Error(`${method.path}: no handler`);
      if (method.requestStream && method.responseStream) throw new Error(`${method.path}: streams in both directions are not supported`);
      if (method.responseStream) return [name, answerStream(serving, handler)];
      const requestOf = (call: AnyCall, scope: CallScope): unknown =>
        method.requestStream
          ? requestsOf(call as ServerReadableStream<unknown, unknown>, scope)
          : (call as ServerUnaryCall<unknown, unknown>).request;
      return [name, answerOnce(serving, handler, requestOf) as handleClientStreamingCall<unknown, unknown>];
    }),
  );

const drain = async (server: Server, serving: Serving): Promise<void> => {
  const drainMs = serving.options.drainMs ?? DEFAULT_DRAIN_MS;
  const stuck = setTimeout(() => {
    const reason = unavailable('draining', 'this process stops; ask another one');
    for (const scope of serving.running) scope.cancel(reason);
    // The answers of what was just cancelled leave before the connections are cut.
    setImmediate(() => server.forceShutdown());
  }, drainMs);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  clearTimeout(stuck);
};

/** @throws at start when the address can't be bound. */
export const grpcServer = (options: GrpcServerOptions): GrpcServer => {
  const server = new Server({
    'grpc.max_receive_message_length': MESSAGE_LIMIT_BYTES,
    'grpc.max_send_message_length': MESSAGE_LIMIT_BYTES,
    'grpc.keepalive_time_ms': 30_000,
  });
  const health = createHealth();
  const serving: Serving = { options, callers: new Set(options.callers), running: new Set() };
  for (const binding of options.bindings) server.addService(binding.definition, implementation(serving, binding));
  server.addService(healthDefinition, health.handlers as UntypedServiceImplementation);
  let stopping: Promise<void> | undefined;
  return {
    async start() {
      const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync(options.address, options.credentials ?? credentials.createInsecure(), (error, bound) =>
          error ? reject(error) : resolve(bound),
        ),
      );
      if (!options.waitsForReady) health.set(true);
      return port;
    },
    ready() {
      if (!stopping) health.set(true);
    },
    notReady: () => health.set(false),
    stop() {
      stopping ??= (async () => {
        health.set(false);
        health.close();
        await drain(server, serving);
      })();
      return stopping;
    },
  };
};
