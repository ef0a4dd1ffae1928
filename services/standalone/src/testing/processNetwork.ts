/**
 * The network as six processes on this machine, each by its own main.ts: gRPC on loopback ports, one data folder, nothing in common but the
 * network key. The folder is made by the network in one process, with people and accounts in it: both shapes share it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webClientSecret } from '@parvis/kit/adapters/embeddedOidc/configuration.ts';
import { createSealer } from '@parvis/kit/runtime/sealer.ts';
import { until } from '@parvis/kit/testing/eventually.ts';
import { formAction, openTestBrowser, pkce } from '@parvis/kit/testing/oidc/browser.ts';
import type { ImportLine } from '../import/importFormat.ts';
import { type Caller, startTestNetwork, TEST_DOMAIN, TEST_NETWORK_KEY, TEST_PASSWORD } from './testNetwork.ts';

export const PROCESSES = ['identity', 'group', 'post', 'search', 'notification', 'gateway'] as const;
export type ProcessName = (typeof PROCESSES)[number];

const ROOT = join(import.meta.dirname, '../../../..');
/** The pinned Node, whatever runs the suite. */
const NODE = join(ROOT, 'node_modules/.bin/node');
/** Six starts at once on a busy machine. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 25_000;
/** Lines of a process's log that are kept to explain a failure. */
const LOG_LINES = 40;

interface Running {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<unknown>;
}

export interface ProcessNetwork {
  readonly address: string;
  readonly dataFolder: string;
  /** gRPC port of each process; the gateway's is the one it serves accounts on. */
  readonly ports: Readonly<Record<ProcessName, number>>;
  /** Signs in as a browser does: password form, code, PKCE. @throws when the account may not */
  signIn(email: string): Promise<Caller>;
  /** Ends the process at once, as a power cut would. */
  kill(name: ProcessName): Promise<void>;
  /** Ends it politely. @returns its exit code */
  terminate(name: ProcessName): { readonly ended: Promise<number | null> };
  start(name: ProcessName): void;
  /** Resolves when every service says that its views are level. */
  ready(limitMs?: number): Promise<void>;
  /** The last lines of each log, for a failure's message. */
  logs(): string;
  close(): Promise<void>;
}

const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
};

const environmentOf = (address: string, dataFolder: string, ports: Readonly<Record<ProcessName, number>>, own: ProcessName) => ({
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/parvis/compile'),
  PARVIS_PUBLIC_URL: address,
  PARVIS_STORE: `sqlite:${dataFolder}`,
  PARVIS_BUS: 'log:',
  PARVIS_NETWORK_KEY: Buffer.from(TEST_NETWORK_KEY).toString('base64'),
  PARVIS_DOMAINS: TEST_DOMAIN,
  PARVIS_ORGANISATION: 'Host',
  PARVIS_LOG_LEVEL: 'warn',
  PARVIS_PORT: own === 'gateway' ? new URL(address).port : String(ports[own]),
  ...(own === 'gateway' ? { PARVIS_INTERNAL_PORT: String(ports.gateway) } : {}),
  ...Object.fromEntries(PROCESSES.map((name) => [`PARVIS_${name.toUpperCase()}_ADDRESS`, `127.0.0.1:${ports[name]}`])),
});

const launch = (name: ProcessName, env: NodeJS.ProcessEnv): Running => {
  const main = join(ROOT, name === 'gateway' ? 'gateway' : `services/${name}`, 'src/main.ts');
  const child = spawn(NODE, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter(Boolean));
      lines.splice(0, Math.max(0, lines.length - LOG_LINES));
    });
  }
  return { child, lines, ended: once(child, 'exit') };
};

const codeSignIn = async (address: string, email: string): Promise<string> => {
  const realm = `${address}/realms/parvis/protocol/openid-connect`;
  const callback = `${address}/auth/callback`;
  const isCallback = (target: string): boolean => target.startsWith(callback);
  const browser = openTestBrowser(address);
  const { verifier, challenge } = pkce();
  const asked = new URLSearchParams({
    client_id: 'parvis-web',
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid profile email',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  const page = await browser.follow(await browser.get(`${realm}/auth?${asked}`), isCallback);
  const action = formAction(await page.response.text());
  const back = await browser.follow(await browser.post(action, { email, password: TEST_PASSWORD }), isCallback);
  const code = new URL(back.address).searchParams.get('code');
  if (code === null) throw new Error(`${email} could not sign in`);
  const secret = webClientSecret(createSealer(TEST_NETWORK_KEY));
  const response = await fetch(`${realm}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`parvis-web:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: callback, code_verifier: verifier }),
  });
  const tokens = (await response.json()) as { access_token?: string };
  if (tokens.access_token === undefined) throw new Error(`${email} got no token: ${response.status}`);
  return tokens.access_token;
};

/** @param lines what the folder holds at first, as lines of an import @param emails accounts, all with the tests' password */
export const startProcessNetwork = async (lines: readonly ImportLine[], emails: readonly string[]): Promise<ProcessNetwork> => {
  const temporary = await mkdtemp(join(tmpdir(), 'parvis-processes-'));
  const dataFolder = join(temporary, 'data');
  const whole = await startTestNetwork({ dataFolder });
  const { address } = whole;
  await whole.seed(lines);
  const passwordHash = await whole.network.oidc.hashPassword(TEST_PASSWORD);
  for (const email of emails) await whole.network.oidc.createAccount({ email, emailVerified: true, passwordHash });
  await whole.close();
  const free = await freePorts(PROCESSES.length);
  const ports = Object.fromEntries(PROCESSES.map((name, index) => [name, free[index]])) as Record<ProcessName, number>;
  const running = new Map<ProcessName, Running>();
  const start = (name: ProcessName): void => {
    running.set(name, launch(name, environmentOf(address, dataFolder, ports, name)));
  };
  const logs = (): string => [...running].map(([name, { lines: told }]) => `--- ${name}\n${told.join('\n')}`).join('\n');
  const isReady = async (): Promise<boolean> => {
    const gone = [...running].find(([, { child }]) => child.exitCode !== null);
    if (gone) throw new Error(`${gone[0]} ended with ${gone[1].child.exitCode}\n${logs()}`);
    const answered = await fetch(`${address}/readyz`).catch(() => undefined);
    return answered?.status === 200;
  };
  const end = async (name: ProcessName, signal: NodeJS.Signals): Promise<number | null> => {
    const found = running.get(name);
    if (!found) return null;
    running.delete(name);
    found.child.kill(signal);
    const forced = setTimeout(() => found.child.kill('SIGKILL'), STOP_LIMIT_MS);
    await found.ended;
    clearTimeout(forced);
    return found.child.exitCode;
  };
  for (const name of PROCESSES) start(name);
  const network: ProcessNetwork = {
    address,
    dataFolder,
    ports,
    signIn: async (email) => whole.caller(await codeSignIn(address, email)),
    kill: async (name) => void (await end(name, 'SIGKILL')),
    terminate: (name) => ({ ended: end(name, 'SIGTERM') }),
    start,
    async ready(limitMs = START_LIMIT_MS) {
      await until(isReady, 'every service is level', limitMs).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}\n${logs()}`);
      });
    },
    logs,
    async close() {
      await Promise.all([...running.keys()].map((name) => end(name, 'SIGTERM')));
      await rm(temporary, { recursive: true, force: true });
    },
  };
  try {
    await network.ready();
    return network;
  } catch (error) {
    await network.close();
    throw error;
  }
};
