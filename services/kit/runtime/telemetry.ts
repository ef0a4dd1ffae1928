/**
 * OpenTelemetry traces, off unless OTEL_* asks for them. While they are off nothing of the SDK is loaded and `withSpan` is a
 * function call. Span names and attributes hold operations, services and ids of streams, never personal text.
 */
import type * as OpenTelemetry from '@opentelemetry/api';
import type { Span, TextMapGetter, TextMapSetter } from '@opentelemetry/api';

type Api = typeof OpenTelemetry;
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Present while traces are on. */
let api: Api | undefined;

const TRACER = 'parvis';
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

type Carrier = { traceparent?: string };
const getter: TextMapGetter<Carrier> = {
  keys: () => ['traceparent'],
  get: (carrier, key) => (key === 'traceparent' ? carrier.traceparent : undefined),
};
const setter: TextMapSetter<Carrier> = {
  set(carrier, key, value) {
    // Only the trace itself travels on: baggage and vendors' state would end in the event log.
    if (key === 'traceparent') carrier.traceparent = value;
  },
};

/** True when the environment says where traces go. */
export const tracesAsked = (env: Readonly<Record<string, string | undefined>>): boolean => {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return false;
  return [env.OTEL_TRACES_EXPORTER, env.OTEL_EXPORTER_OTLP_ENDPOINT, env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT].some((value) => value);
};

export interface Telemetry {
  /** Sends what is left; bounded by the SDK's own timeouts. */
  stop(): Promise<void>;
}

/** Starts traces when the environment asks for them; the SDK reads the rest of OTEL_* itself. Call it once per process. */
export const startTelemetry = async (
  service: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Telemetry> => {
  if (!tracesAsked(env)) return { stop: async () => undefined };
  const [loaded, { NodeSDK }] = await Promise.all([import('@opentelemetry/api'), import('@opentelemetry/sdk-node')]);
  // Metrics are told at /metrics and logs on stdout: one road each.
  const sdk = new NodeSDK({
    serviceName: env.OTEL_SERVICE_NAME ?? `parvis-${service}`,
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  api = loaded;
  return {
    async stop() {
      api = undefined;
      await sdk.shutdown();
    },
  };
};

/** W3C trace context of the running span; empty when there is none. */
export const currentTraceparent = (): string => {
  if (!api) return '';
  const carrier: Carrier = {};
  api.propagation.inject(api.context.active(), carrier, setter);
  return carrier.traceparent ?? '';
};

/** Runs the function as a continuation of a trace that came from elsewhere. Anything malformed starts a new one. */
export const continueTrace = <T>(traceparent: string, work: () => T): T => {
  if (!api || !TRACEPARENT.test(traceparent)) return work();
  return api.context.with(api.propagation.extract(api.context.active(), { traceparent }, getter), work);
};

const failed = (loaded: Api, span: Span, error: unknown): void => {
  // The error's own text may hold what a person wrote: its kind is enough here, the log has the rest.
  span.setStatus({ code: loaded.SpanStatusCode.ERROR });
  span.setAttribute('error.type', error instanceof Error ? ((error as { code?: string }).code ?? error.name) : 'unknown');
};

/** Runs the function in a span; without traces, just runs it. */
export const withSpan = <T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> => {
  const loaded = api;
  if (!loaded) return work();
  return loaded.trace.getTracer(TRACER).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      failed(loaded, span, error);
      throw error;
    } finally {
      span.end();
    }
  });
};

/** A span that continues a given trace and tells its own place in it to the work: for calls and consumers. */
export const withRemoteSpan = <T>(
  name: string,
  traceparent: string,
  attributes: SpanAttributes,
  work: (traceparent: string) => Promise<T>,
): Promise<T> => {
  if (!api) return work(traceparent);
  return continueTrace(traceparent, () => withSpan(name, attributes, () => work(currentTraceparent())));
};

/** A batch may hold thousands of requests' events; the first ones stand for the rest. */
const CONSUMER_SPANS = 50;

/** Runs the work on a batch in a span of each trace that its records continue. */
export const withConsumerSpans = async <T>(
  name: string,
  attributes: SpanAttributes,
  records: readonly { readonly traceparent: string }[],
  work: () => Promise<T>,
): Promise<T> => {
  const loaded = api;
  if (!loaded) return work();
  const traces = [...new Set(records.map((record) => record.traceparent))].filter((trace) => TRACEPARENT.test(trace));
  const tracer = loaded.trace.getTracer(TRACER);
  const spans = traces
    .slice(0, CONSUMER_SPANS)
    .map((traceparent) => tracer.startSpan(name, { attributes }, loaded.propagation.extract(loaded.ROOT_CONTEXT, { traceparent }, getter)));
  try {
    return await work();
  } catch (error) {
    for (const span of spans) failed(loaded, span, error);
    throw error;
  } finally {
    for (const span of spans) span.end();
  }
};
