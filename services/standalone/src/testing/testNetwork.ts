/**
 * The whole network in this process, for network suites: real adapters on a temporary folder, the gateway on a free port, calls over HTTP.
 *
 *   const network = await startTestNetwork();
 *   await network.seed(lines);                       // lines of an import (docs/import.md); answers ids by the lines' names
 *   const claire = await network.signIn('claire@host.example');   // an account and a bearer token
 *   const { status, body } = await claire.get('/feed');
 *   await network.settled();                         // every consumer has reached every head
 *   await network.close();
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@parvis/kit/ports/clock.ts';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { settled } from '@parvis/kit/testing/settled.ts';
import { testLogger } from '@parvis/kit/testing/testPorts.ts';
import { configOf, environmentSchema } from '../config.ts';
import type { ImportLine } from '../import/importFormat.ts';
import { importLines } from '../import/runImport.ts';
import { importTargets } from '../import/targets.ts';
import { createNetwork, type Network } from '../network.ts';
import { freePort } from './freePort.ts';

export const TEST_PASSWORD = 'correct horse battery';
export const TEST_DOMAIN = 'host.example';
export const TEST_NETWORK_KEY = new Uint8Array(32).fill(9);
const UNLIMITED = { perPrincipal: 1_000_000, perAddress: 1_000_000 };
export const TEST_RATE_LIMITS = { read: UNLIMITED, write: UNLIMITED, upload: UNLIMITED, auth: UNLIMITED, search: UNLIMITED };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: suites look at what they expect
  readonly body: any;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody's calls of the API; paths are those below /api/v1. */
export interface Caller {
  readonly token: string;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, headers?: Record<string, string>): Promise<Answer>;
}

export interface TestNetwork {
  readonly network: Network;
  readonly address: string;
  readonly dataFolder: string;
  /** A caller with this bearer token; empty: anonymous. */
  caller(token: string): Caller;
  /** Makes an account unless there is one, and signs in with it. The person must exist, or is provisioned by the address' domain. */
  signIn(email: string): Promise<Caller>;
  seed(lines: readonly ImportLine[]): Promise<void>;
  settled(): Promise<void>;
  /** Stops the network and starts it anew on the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const bodyOf = async (response: Response): Promise<unknown> => {
  const text = await response.text();
  return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
};

export const callerOf = (address: string, token: string): Caller => {
  const request: Caller['request'] = async (method, path, { body, headers = {} } = {}) => {
    const raw = body instanceof FormData || typeof body === 'string';
    const response = await fetch(`${address}/api/v1${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await bodyOf(response) };
  };
  const withBody =
    (method: string) =>
    (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
      request(method, path, { body, headers });
  return {
    token,
    request,
    get: (path) => request('GET', path),
    post: withBody('POST'),
    put: withBody('PUT'),
    patch: withBody('PATCH'),
    delete: (path, headers = {}) => request('DELETE', path, { headers }),
  };
};

export const passwordToken = async (address: string, email: string): Promise<string> => {
  const response = await fetch(`${address}/realms/parvis/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'parvis-cli',
      scope: 'openid',
      username: email,
      password: TEST_PASSWORD,
    }),
  });
  const answer = (await response.json()) as { access_token?: string; error?: string };
  if (!answer.access_token) throw new Error(`${email} could not sign in: ${response.status} ${answer.error}`);
  return answer.access_token;
};

export interface TestNetworkOptions {
  /** Kept by close() when given: for suites that look at what is left. */
  readonly dataFolder?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

export const startTestNetwork = async (options: TestNetworkOptions = {}): Promise<TestNetwork> => {
  const temporary = options.dataFolder === undefined ? await mkdtemp(join(tmpdir(), 'parvis-network-')) : undefined;
  const dataFolder = options.dataFolder ?? join(temporary as string, 'data');
  const port = options.port ?? (await freePort());
  const environment = environmentSchema.parse({
    PARVIS_PORT: String(port),
    PARVIS_STORE: `sqlite:${dataFolder}`,
    PARVIS_ORGANISATION: 'Host',
    PARVIS_DOMAINS: TEST_DOMAIN,
  });
  // Demo mode is what lets a caller sign in with a password and no browser; it listens on this machine only.
  const config = configOf(environment, { demo: true });
  const networkKey = TEST_NETWORK_KEY;
  const start = async (): Promise<Network> => {
    const gateway = { rateLimits: TEST_RATE_LIMITS, checkResponses: true };
    const made = await createNetwork({ config, networkKey, clock: options.clock ?? systemClock, logger: testLogger, gateway });
    await made.start({ listen: true });
    return made;
  };
  let network = await start();
  let passwordHash: string | undefined;
  const address = `http://localhost:${port}`;
  return {
    get network() {
      return network;
    },
    address,
    dataFolder,
    caller: (token) => callerOf(address, token),
    async signIn(email) {
      passwordHash ??= await network.oidc.hashPassword(TEST_PASSWORD);
      if (!(await network.oidc.findAccountByEmail(email))) await network.oidc.createAccount({ email, emailVerified: true, passwordHash });
      return callerOf(address, await passwordToken(address, email));
    },
    async seed(lines) {
      await importLines(
        importTargets(network),
        lines.map((line, index) => ({ number: index + 1, line })),
      );
    },
    settled: () => settled(Object.values(network.services), Object.values(network.stores.logs)),
    async restart() {
      await network.stop();
      network = await start();
    },
    async close() {
      await network.stop();
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    },
  };
};
