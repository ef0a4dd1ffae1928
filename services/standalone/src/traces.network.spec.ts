/** One trace from the request to the rows, when the environment says where traces go; nothing of OpenTelemetry otherwise. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTelemetry, type Telemetry } from '@parvis/kit/runtime/telemetry.ts';
import { startTestNetwork, type TestNetwork } from './testing/testNetwork.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

interface ExportedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

const bodies: string[] = [];
const collector = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  bodies.push(body);
  response.setHeader('content-type', 'application/json').end('{}');
});
const exported = (): ExportedSpan[] =>
  bodies
    .flatMap((body) => JSON.parse(body).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans);

let network: TestNetwork;
let telemetry: Telemetry;

beforeAll(async () => {
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  process.env.OTEL_EXPORTER_OTLP_PROTOCOL = 'http/json';
  telemetry = await startTelemetry('standalone');
  network = await startTestNetwork();
}, 60_000);

afterAll(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  delete process.env.OTEL_EXPORTER_OTLP_PROTOCOL;
  await network?.close();
  collector.closeAllConnections();
  collector.close();
});

describe('traces', () => {
  it('lead from the request over command and append to the projections, and hold no text', async () => {
    const claire = await network.signIn('claire@host.example');
    // The first call links the account, and is made twice.
    await claire.get('/me');
    const name = 'A name that nobody else reads';
    const answer = await claire.post('/groups', { name, privacy: 'restricted' }, { traceparent: `00-${TRACE}-${PARENT}-01` });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('parvis-trace')).toBe(TRACE);
    const own = await claire.get('/groups');
    await network.settled();
    await telemetry.stop();
    const mine = exported().filter(({ traceId }) => traceId === TRACE);
    const named = (wanted: string): ExportedSpan => {
      const found = mine.find((span) => span.name === wanted);
      if (found === undefined) throw new Error(`no span ${wanted} among ${mine.map((span) => span.name).join(', ')}`);
      return found;
    };
    const [request, call, command, append] = ['createGroup', '/parvis.group.v1.GroupService/Execute', 'command', 'append'].map(named);
    expect(request?.parentSpanId).toBe(PARENT);
    expect(call?.parentSpanId).toBe(request?.spanId);
    expect(command?.parentSpanId).toBe(call?.spanId);
    expect(append?.parentSpanId).toBe(command?.spanId);
    const projected = mine.filter((span) => span.name.startsWith('project '));
    // Access facts are followed by every service, the group's own views by one.
    expect(projected.length).toBeGreaterThanOrEqual(5);
    expect(projected.every((span) => span.parentSpanId === append?.spanId)).toBe(true);
    const traceOfOwn = own.headers.get('parvis-trace');
    expect(exported().some((span) => span.traceId === traceOfOwn && span.name === 'listGroups')).toBe(true);
    expect(bodies.join('')).not.toContain(name);
    expect(bodies.join('')).not.toContain('claire');
  }, 60_000);

  it('are not even loaded when nobody asks for them', async () => {
    const script = `
      const { startTelemetry } = await import('@parvis/kit/runtime/telemetry.ts');
      await startTelemetry('standalone');
      await import('@parvis/standalone/src/network.ts');
    `;
    const probe = `
      import { registerHooks } from 'node:module';
      const seen = [];
      registerHooks({ load: (url, context, next) => { if (url.includes('@opentelemetry')) seen.push(url); return next(url, context); } });
      process.on('exit', () => console.log('loaded ' + seen.length));
    `;
    const node = join(ROOT, 'node_modules/.bin/node');
    const asData = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
    const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/parvis/compile') };
    const run = (more: NodeJS.ProcessEnv): Promise<{ stdout: string }> =>
      promisify(execFile)(node, ['--import', asData(probe), '--input-type=module', '-e', script], {
        cwd: import.meta.dirname,
        env: { ...env, ...more },
      });
    expect((await run({})).stdout).toContain('loaded 0');
    const asked = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect(Number(/loaded (\d+)/.exec(asked.stdout)?.[1])).toBeGreaterThan(0);
  }, 60_000);
});
