import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ParvisError } from './errors.ts';
import { continueTrace, currentTraceparent, startTelemetry, type Telemetry, tracesAsked, withRemoteSpan, withSpan } from './telemetry.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;

interface ExportedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly attributes?: readonly unknown[];
}

describe('whether traces are asked for', () => {
  it.each([
    [{}, false],
    [{ OTEL_SERVICE_NAME: 'x' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, false],
    [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, false],
  ])('%j: %s', (env, asked) => expect(tracesAsked(env)).toBe(asked));
});

describe('without traces', () => {
  it('work runs as it is', async () => {
    const telemetry = await startTelemetry('post', {});
    const promise = Promise.resolve(3);
    expect(withSpan('work', {}, () => promise)).toBe(promise);
    expect(currentTraceparent()).toBe('');
    expect(continueTrace(TRACEPARENT, () => currentTraceparent())).toBe('');
    expect(await withRemoteSpan('work', TRACEPARENT, {}, async (traceparent) => traceparent)).toBe(TRACEPARENT);
    await expect(withSpan('work', {}, async () => Promise.reject(new Error('as it is')))).rejects.toThrow('as it is');
    await telemetry.stop();
  });
});

describe('with traces', () => {
  let telemetry: Telemetry | undefined;
  const saved = { ...process.env };
  afterEach(async () => {
    await telemetry?.stop();
    for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
    Object.assign(process.env, saved);
  });

  it('spans reach the collector as one trace, and hold no text of errors', async () => {
    const bodies: string[] = [];
    const collector = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(body);
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
    telemetry = await startTelemetry('post');

    const inner = await withRemoteSpan('consume', TRACEPARENT, { lane: 3 }, async (traceparent) => {
      expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
      expect(traceparent).not.toContain(PARENT);
      const failing = withSpan('append', { service: 'post' }, async () => {
        throw new ParvisError('conflict', 'testing.rule', 'what Alice wrote');
      });
      await expect(failing).rejects.toThrow('what Alice wrote');
      return traceparent;
    });
    expect(await withRemoteSpan('malformed', 'not a trace', {}, async (traceparent) => traceparent)).not.toContain(TRACE);
    expect(currentTraceparent()).toBe('');
    await telemetry.stop();
    telemetry = undefined;
    collector.closeAllConnections();
    collector.close();

    const exported = bodies
      .flatMap((body) => JSON.parse(body).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans) as ExportedSpan[];
    const [consume, append] = ['consume', 'append'].map((name) => exported.find((span) => span.name === name));
    expect(consume).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
    expect(append).toMatchObject({ traceId: TRACE, parentSpanId: consume?.spanId, status: { code: 2 } });
    expect(inner).toContain(consume?.spanId ?? 'missing');
    expect(bodies.join('')).toContain('parvis-post');
    expect(bodies.join('')).toContain('testing.rule');
    expect(bodies.join('')).not.toContain('Alice');
  });
});
