/** The embedded network on a data folder, in this process, with callers who hold tokens of its own identity provider. */
import { createPrivateKey, sign } from 'node:crypto';
import { join } from 'node:path';
import { PostServiceService } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { SearchServiceService } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import { openSigningKeys } from '@parvis/kit/adapters/embeddedOidc/signingKeys.ts';
import { createSqliteStateStore } from '@parvis/kit/adapters/sqlite/state.ts';
import { callContext } from '@parvis/kit/runtime/callContext.ts';
import { createLogger } from '@parvis/kit/runtime/logger.ts';
import type { CallContext, Client } from '@parvis/kit/runtime/rpc.ts';
import { createSealer } from '@parvis/kit/runtime/sealer.ts';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { clientOf } from '@parvis/standalone/src/clients.ts';
import { configOf, environmentSchema } from '@parvis/standalone/src/config.ts';
import { createNetwork, type Network } from '@parvis/standalone/src/network.ts';
import { personId } from './data/cast.ts';

export const NETWORK_KEY = new Uint8Array(32).fill(5);
/** What accounts are linked to; the port that is listened on is another matter. */
const PUBLIC_URL = 'http://localhost:8080';
export const ISSUER = `${PUBLIC_URL}/realms/parvis`;
const TOKEN_LIFE_S = 6 * 3600;
const UNLIMITED = { perPrincipal: 10_000_000, perAddress: 10_000_000 };

export interface BenchNetwork {
  readonly network: Network;
  readonly posts: Client<typeof PostServiceService>;
  readonly search: Client<typeof SearchServiceService>;
  /** Access token of a person, by number. */
  tokenOf(nth: number): string;
  /** A context for one call of the person. */
  as(nth: number, options?: { tokens?: readonly string[]; timeoutMs?: number }): CallContext;
  /** Resolves when the services' consumers have passed the heads their sources have now. */
  level(): Promise<void>;
  stop(): Promise<void>;
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs as the provider does: 5,000 sign-ins by password would take longer than everything that is measured. */
const tokenSigner = async (folder: string): Promise<(subject: string) => string> => {
  const state = createSqliteStateStore({ folder: join(folder, 'accounts') });
  const [jwk] = (await openSigningKeys(state, createSealer(NETWORK_KEY), systemClock)).private();
  await state.close();
  if (jwk === undefined) throw new Error('the provider has no signing key');
  const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  return (subject) => {
    const nowS = Math.floor(Date.now() / 1000);
    const claims = { iss: ISSUER, sub: subject, aud: 'parvis-api', azp: 'parvis-cli', iat: nowS, exp: nowS + TOKEN_LIFE_S };
    const signed = `${encoded({ alg: jwk.alg, kid: jwk.kid, typ: 'at+jwt' })}.${encoded({ ...claims, scope: 'openid' })}`;
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
};

const benchConfig = (folder: string) =>
  configOf(
    environmentSchema.parse({
      PARVIS_PUBLIC_URL: PUBLIC_URL,
      PARVIS_PORT: '0',
      PARVIS_STORE: `sqlite:${folder}`,
      PARVIS_ORGANISATION: 'Bench',
      PARVIS_DOMAINS: 'bench.example',
    }),
    { demo: false },
  );

/** Opens the stores; nothing is started yet, so that each service's start can be measured on its own. */
export const openBenchNetwork = async (folder: string): Promise<BenchNetwork> => {
  const sign = await tokenSigner(folder);
  const network = await createNetwork({
    config: benchConfig(folder),
    networkKey: NETWORK_KEY,
    clock: systemClock,
    logger: createLogger({ level: 'error', name: 'bench' }),
    gateway: { rateLimits: { read: UNLIMITED, write: UNLIMITED, upload: UNLIMITED, auth: UNLIMITED, search: UNLIMITED } },
  });
  const tokens = new Map<number, string>();
  const tokenOf = (nth: number): string => {
    const known = tokens.get(nth) ?? sign(personId(nth));
    tokens.set(nth, known);
    return known;
  };
  return {
    network,
    posts: clientOf(network.services.post, PostServiceService),
    search: clientOf(network.services.search, SearchServiceService),
    tokenOf,
    as: (nth, options = {}) => callContext({ credential: { kind: 'bearer', token: tokenOf(nth) }, timeoutMs: 60_000, ...options }),
    async level() {
      const services = Object.values(network.services);
      while ((await Promise.all(services.map((service) => service.level()))).includes(false)) {
        // level() itself waits a while for who lags.
      }
    },
    stop: () => network.stop(),
  };
};

/** Starts everything, as `parvis start` does. @returns the port of the gateway when it listens */
export const startAll = (bench: BenchNetwork, options: { listen: boolean } = { listen: false }): Promise<number | undefined> =>
  bench.network.start(options);
