/**
 * One interface for calls between services, generated from the protos: a service implements `Handlers<D>`, a caller
 * holds `Client<D>`, and whether the two meet in one process (`directClient`) or over gRPC (`grpcClient.ts`) is the
 * launcher's choice. D is ts-proto's service definition, e.g. `typeof GroupServiceService`.
 */

/** Who is asking. The token or the service identity is checked again by every service. */
export type Credential =
  | { readonly kind: 'anonymous' }
  /** An access token of a person or an integrator's client. */
  | { readonly kind: 'bearer'; readonly token: string }
  /** Another service of this network, by name; over gRPC it travels as a signed statement (serviceIdentity.ts). */
  | { readonly kind: 'service'; readonly service: string };

export interface CallContext {
  readonly credential: Credential;
  /** Milliseconds since the epoch; a call without an answer by then fails with `deadline-exceeded`. */
  readonly deadlineMs: number;
  /** Sealed read-your-writes tokens: the answer waits until the views have passed them (at most 1 s). */
  readonly tokens: readonly string[];
  /** W3C trace context; empty when there is none. */
  readonly traceparent: string;
  /** Aborted when the caller went away or the deadline passed. */
  readonly signal: AbortSignal;
  /** What the handler tells beside its answer. */
  readonly reply: CallReply;
}

export interface CallReply {
  /** A token was not reached in time: the answer may be older than the caller's last write. */
  stale: boolean;
}

interface AnyMethod {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the generated definitions type each message
  readonly requestSerialize: (value: any) => Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: the generated definitions type each message
  readonly requestDeserialize: (value: Buffer) => any;
  // biome-ignore lint/suspicious/noExplicitAny: the generated definitions type each message
  readonly responseSerialize: (value: any) => Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: the generated definitions type each message
  readonly responseDeserialize: (value: Buffer) => any;
}

export type ServiceDefinition = Readonly<Record<string, AnyMethod>>;

type RequestOf<M extends AnyMethod> = ReturnType<M['requestDeserialize']>;
type ResponseOf<M extends AnyMethod> = ReturnType<M['responseDeserialize']>;

export type Handler<M extends AnyMethod> = (
  request: M['requestStream'] extends true ? AsyncIterable<RequestOf<M>> : RequestOf<M>,
  context: CallContext,
) => M['responseStream'] extends true ? AsyncIterable<ResponseOf<M>> : Promise<ResponseOf<M>>;

export type Handlers<D extends ServiceDefinition> = { readonly [K in keyof D]: Handler<D[K]> };
export type Client<D extends ServiceDefinition> = Handlers<D>;

/** A definition with the handlers that serve it: what a service hands to its launcher. */
export interface RpcBinding {
  readonly definition: ServiceDefinition;
  // biome-ignore lint/suspicious/noExplicitAny: bindings of several services lie in one list
  readonly handlers: Handlers<any>;
}

export const bind = <D extends ServiceDefinition>(definition: D, handlers: Handlers<D>): RpcBinding => ({
  definition,
  handlers,
});
