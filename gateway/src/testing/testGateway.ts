/** A gateway on a free port over fake services. */
import type { VerifiedToken } from '@parvis/kit/ports/tokenVerifier.ts';
import { unauthenticated } from '@parvis/kit/runtime/errors.ts';
import { createLogger } from '@parvis/kit/runtime/logger.ts';
import { createSealer } from '@parvis/kit/runtime/sealer.ts';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import type { GatewayPorts } from '../ports.ts';
import { createFakeServices, type FakeServices } from './fakeServices.ts';
import { createMemorySessions } from './memorySessions.ts';

export const ISSUER = 'https://id.example/realms/parvis';

/** `token-anna` is anna's; `expired-anna` is refused, as is everything else. */
export const fakeVerified = (token: string): VerifiedToken => {
  const [kind, subject] = token.split('-');
  if (kind !== 'token' || subject === undefined) throw unauthenticated('token.invalid', 'the token does not hold');
  return {
    issuer: ISSUER,
    subject,
    authorisedParty: 'test',
    scopes: [],
    expiresAt: new Date(Date.now() + 3_600_000),
    client: false,
    email: `${subject}@host.example`,
    emailVerified: true,
    providerRoles: [],
  };
};

export interface TestGateway {
  readonly gateway: Gateway;
  readonly services: FakeServices;
  readonly sessions: ReturnType<typeof createMemorySessions>;
  readonly ports: GatewayPorts;
  /** Address of the server, e.g. http://127.0.0.1:40123. */
  readonly url: string;
  /** A request with anna's token unless the headers say otherwise. Redirects are not followed. */
  ask(method: string, path: string, options?: { body?: unknown; headers?: Record<string, string>; anonymous?: boolean }): Promise<Response>;
  stop(): Promise<void>;
}

/** Ports over fake services; answers are checked against their schemas. */
export const testPorts = (overrides: Partial<GatewayPorts> = {}): GatewayPorts => ({
  clients: createFakeServices().clients,
  verifier: { verify: async (token) => fakeVerified(token), close: async () => undefined },
  sessions: createMemorySessions(),
  sealer: createSealer(new Uint8Array(32)),
  clock: systemClock,
  logger: createLogger({ level: 'silent', name: 'gateway' }),
  publicUrl: 'http://localhost:8080',
  oidc: { issuer: ISSUER, clientId: 'parvis-web' },
  trustedProxies: [],
  checkResponses: true,
  ...overrides,
});

export const startTestGateway = async (overrides: Partial<GatewayPorts> = {}): Promise<TestGateway> => {
  const services = createFakeServices();
  const sessions = createMemorySessions();
  const ports = testPorts({ clients: services.clients, sessions, ...overrides });
  const gateway = createGateway(ports);
  const port = await gateway.start(0);
  const url = `http://127.0.0.1:${port}`;
  return {
    gateway,
    services,
    sessions,
    ports,
    url,
    stop: () => gateway.stop(),
    ask: (method, path, { body, headers = {}, anonymous = false } = {}) =>
      fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(anonymous ? {} : { authorization: 'Bearer token-anna' }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  };
};
