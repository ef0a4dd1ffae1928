/**
 * grpc.health.v1, the protocol that probes and load balancers know. Its two messages are one field each, so they are
 * written here by hand; probes need no identity and learn nothing but a status.
 */
import type { ServerUnaryCall, ServerWritableStream, ServiceDefinition, sendUnaryData } from '@grpc/grpc-js';

const SERVING = 1;
const NOT_SERVING = 2;

/** HealthCheckResponse { ServingStatus status = 1 } */
const response = (serving: boolean): Buffer => Buffer.from([0x08, serving ? SERVING : NOT_SERVING]);

/** grpc-js takes a null for a request that never came, so this is an object. */
type HealthRequest = Readonly<Record<string, never>>;

const method = (name: string, responseStream: boolean) => ({
  path: `/grpc.health.v1.Health/${name}`,
  requestStream: false,
  responseStream,
  // The request names a service; the process answers for all of its services at once.
  requestSerialize: (): Buffer => Buffer.alloc(0),
  requestDeserialize: (): HealthRequest => ({}),
  responseSerialize: response,
  responseDeserialize: (bytes: Buffer): boolean => bytes[1] === SERVING,
});

export const healthDefinition = { check: method('Check', false), watch: method('Watch', true) } satisfies ServiceDefinition;

/** Most probes that watch at once; a further one is answered once and closed. */
const WATCHER_LIMIT = 100;

export interface Health {
  readonly handlers: Record<string, (call: never, callback: never) => void>;
  serving(): boolean;
  set(serving: boolean): void;
  /** Ends the watches, so that a drain does not wait for them. */
  close(): void;
}

/** Not serving until told. */
export const createHealth = (): Health => {
  let serving = false;
  const watchers = new Set<ServerWritableStream<HealthRequest, boolean>>();
  const check = (_call: ServerUnaryCall<HealthRequest, boolean>, callback: sendUnaryData<boolean>): void => callback(null, serving);
  const watch = (call: ServerWritableStream<HealthRequest, boolean>): void => {
    call.write(serving);
    if (watchers.size >= WATCHER_LIMIT) {
      call.end();
      return;
    }
    watchers.add(call);
    call.on('cancelled', () => watchers.delete(call));
  };
  return {
    handlers: { check, watch },
    serving: () => serving,
    set(next) {
      if (next === serving) return;
      serving = next;
      for (const watcher of watchers) watcher.write(serving);
    },
    close() {
      for (const watcher of watchers) watcher.end();
      watchers.clear();
    },
  };
};
