/** Calls over gRPC behind the generated client interface: `rpcContract.ts` holds it to what `directClient` does. */

import type { ClientReadableStream, ClientUnaryCall, ClientWritableStream, Metadata } from '@grpc/grpc-js';
import { Client as Channel, type ChannelCredentials, credentials, type ServiceError } from '@grpc/grpc-js';
import { abandon, type CallScope, callCancelled, openCallScope, untilAborted } from './callContext.ts';
import { MESSAGE_LIMIT_BYTES } from './grpcLimits.ts';
import { readReplyMetadata, writeCallMetadata } from './grpcMetadata.ts';
import { errorOfStatus } from './grpcStatus.ts';
import type { CallContext, Client, ServiceDefinition } from './rpc.ts';
import type { ServiceIdentity } from './serviceIdentity.ts';

export interface GrpcClientOptions {
  /** Own identity; its statement travels with every call. */
  readonly identity: ServiceIdentity;
  /** Name of the service that is called. */
  readonly service: string;
  /** Default: plain HTTP/2, for a mesh or a loopback. */
  readonly credentials?: ChannelCredentials;
}

/** A channel to one service; clients of several definitions share it. */
export interface GrpcChannel {
  client<D extends ServiceDefinition>(definition: D): Client<D>;
  close(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: one loop wraps methods of every message type; Client<D> types them again
type AnyCallable = (request: any, context: CallContext) => any;
type Method = ServiceDefinition[string];

interface Connection {
  readonly channel: Channel;
  readonly options: GrpcClientOptions;
}

const deadlineOption = (context: CallContext) => (Number.isFinite(context.deadlineMs) ? { deadline: context.deadlineMs } : {});

type SingleAnswer = (error: ServiceError | null, value?: unknown) => void;
type AnsweringCall = ClientUnaryCall | ClientWritableStream<unknown>;

/** Starts a call with a single answer and settles with it; the caller's signal or deadline cancels the call. */
const singleAnswer = async (scope: CallScope, path: string, start: (answer: SingleAnswer) => AnsweringCall): Promise<unknown> => {
  let call: AnsweringCall | undefined;
  const answered = new Promise<unknown>((resolve, reject) => {
    call = start((error, value) => (error ? reject(errorOfStatus(error, path)) : resolve(value)));
    call.on('metadata', (metadata: Metadata) => readReplyMetadata(metadata, scope.context.reply));
    call.on('status', ({ metadata }: { metadata: Metadata }) => readReplyMetadata(metadata, scope.context.reply));
  });
  try {
    return await untilAborted(scope.signal, answered);
  } finally {
    if (scope.signal.aborted) call?.cancel();
  }
};

const unary =
  ({ channel, options }: Connection, method: Method): AnyCallable =>
  async (request, parent) => {
    const scope = openCallScope(parent);
    try {
      const metadata = await writeCallMetadata(parent, options.identity, options.service);
      const { path, requestSerialize, responseDeserialize } = method;
      return await singleAnswer(scope, path, (answer) =>
        channel.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, deadlineOption(parent), answer),
      );
    } finally {
      scope.close();
    }
  };

/** Sends requests as fast as the peer takes them; returns early when the call has ended. */
const pump = async (call: ClientWritableStream<unknown>, requests: AsyncIterator<unknown>, ended: AbortSignal): Promise<void> => {
  for (;;) {
    const step = await untilAborted(ended, requests.next());
    if (step.done) break;
    if (!call.write(step.value)) await untilAborted(ended, new Promise<void>((resolve) => call.once('drain', resolve)));
  }
  call.end();
};

const clientStreaming =
  ({ channel, options }: Connection, method: Method): AnyCallable =>
  async (requests: AsyncIterable<unknown>, parent) => {
    const scope = openCallScope(parent);
    const answered = new AbortController();
    try {
      const metadata = await writeCallMetadata(parent, options.identity, options.service);
      const { path, requestSerialize, responseDeserialize } = method;
      const iterator = requests[Symbol.asyncIterator]();
      let failed: { error: unknown } | undefined;
      try {
        return await singleAnswer(scope, path, (answer) => {
          const call = channel.makeClientStreamRequest(
            path,
            requestSerialize,
            responseDeserialize,
            metadata,
            deadlineOption(parent),
            answer,
          );
          pump(call, iterator, answered.signal).catch((error: unknown) => {
            // An ended call needs no more requests; anything else is the source's own failure and goes to the caller.
            if (!answered.signal.aborted) failed = { error };
            call.cancel();
          });
          return call;
        });
      } catch (error) {
        throw failed ? failed.error : error;
      } finally {
        answered.abort(callCancelled());
        abandon(iterator);
      }
    } finally {
      scope.close();
    }
  };

async function* readAnswers(call: ClientReadableStream<unknown>, path: string): AsyncGenerator<unknown, void> {
  try {
    for await (const message of call) yield message;
  } catch (error) {
    throw errorOfStatus(error as ServiceError, path);
  }
}

async function* streamed(
  { channel, options }: Connection,
  method: Method,
  request: unknown,
  parent: CallContext,
): AsyncGenerator<unknown, void> {
  const scope = openCallScope(parent);
  let call: ClientReadableStream<unknown> | undefined;
  try {
    const metadata = await writeCallMetadata(parent, options.identity, options.service);
    const { path, requestSerialize, responseDeserialize } = method;
    call = channel.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata, deadlineOption(parent));
    call.on('metadata', (told: Metadata) => readReplyMetadata(told, parent.reply));
    call.on('status', (told: { metadata: Metadata }) => readReplyMetadata(told.metadata, parent.reply));
    const answers = readAnswers(call, path);
    for (;;) {
      const step = await untilAborted(scope.signal, answers.next());
      if (step.done) return;
      yield step.value;
    }
  } finally {
    call?.cancel();
    scope.close();
  }
}

const wrap = (connection: Connection, method: Method): AnyCallable => {
  if (method.requestStream && method.responseStream) throw new Error(`${method.path}: streams in both directions are not supported`);
  if (method.requestStream) return clientStreaming(connection, method);
  if (method.responseStream) return (request, parent) => streamed(connection, method, request, parent);
  return unary(connection, method);
};

/**
 * Opens a channel. It connects on the first call, reconnects with backoff, and spreads calls over every address the
 * name resolves to. A call while the service is away fails at once with `service-unavailable`.
 * @param address host:port, or dns:///name:port for a headless service.
 */
export const openGrpcChannel = (address: string, options: GrpcClientOptions): GrpcChannel => {
  const channel = new Channel(address, options.credentials ?? credentials.createInsecure(), {
    'grpc.max_receive_message_length': MESSAGE_LIMIT_BYTES,
    'grpc.max_send_message_length': MESSAGE_LIMIT_BYTES,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.max_reconnect_backoff_ms': 5_000,
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  });
  const connection = { channel, options };
  return {
    client: <D extends ServiceDefinition>(definition: D) =>
      Object.fromEntries(Object.entries(definition).map(([name, method]) => [name, wrap(connection, method)])) as Client<D>,
    close: () => channel.close(),
  };
};

/** One definition over a channel of its own. */
export const grpcClient = <D extends ServiceDefinition>(
  definition: D,
  address: string,
  options: GrpcClientOptions,
): { client: Client<D>; close(): void } => {
  const channel = openGrpcChannel(address, options);
  return { client: channel.client(definition), close: channel.close };
};
