/** The embedded shape: every service, the gateway and sign-in in one process, on one folder of data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGateway, type Gateway } from '@parvis/gateway/src/gateway.ts';
import type { GatewayPorts } from '@parvis/gateway/src/ports.ts';
import { accountsOf } from '@parvis/gateway/src/processPorts.ts';
import { createGroupService, type GroupService } from '@parvis/group/src/service.ts';
import { createIdentityService, type IdentityService } from '@parvis/identity/src/service.ts';
import { createEmbeddedAccountDirectory } from '@parvis/kit/adapters/embeddedOidc/accountDirectory.ts';
import { type EmbeddedOidc, openEmbeddedOidc, postLogoutToken } from '@parvis/kit/adapters/embeddedOidc/embeddedOidc.ts';
import { createFolderBlobStore } from '@parvis/kit/adapters/folder/blobStore.ts';
import { createFtsSearchIndex } from '@parvis/kit/adapters/fts/ftsSearchIndex.ts';
import { localKeys } from '@parvis/kit/adapters/jose/keySource.ts';
import { createJoseVerifier } from '@parvis/kit/adapters/jose/tokenVerifier.ts';
import { createMailer } from '@parvis/kit/adapters/mail/mailer.ts';
import { openSqliteSessions } from '@parvis/kit/adapters/sqlite/sessions.ts';
import { createSqliteStateStore } from '@parvis/kit/adapters/sqlite/state.ts';
import type { Clock } from '@parvis/kit/ports/clock.ts';
import type { Mailer } from '@parvis/kit/ports/mailer.ts';
import { createSealer, type Sealer } from '@parvis/kit/runtime/sealer.ts';
import type { Service, ServicePorts } from '@parvis/kit/runtime/service.ts';
import { createNotificationService } from '@parvis/notification/src/service.ts';
import { createPostService, type PostService } from '@parvis/post/src/service.ts';
import { createSearchService } from '@parvis/search/src/service.ts';
import { gatewayClients } from './clients.ts';
import type { StandaloneConfig } from './config.ts';
import { DEMO_PASSWORD } from './demo/content.ts';
import { eraseRestored } from './safety/eraseRestored.ts';
import { openStores, type ServiceName, type Stores } from './stores.ts';

export interface Network {
  readonly config: StandaloneConfig;
  readonly stores: Stores;
  readonly sealer: Sealer;
  readonly logger: ServicePorts['logger'];
  readonly oidc: EmbeddedOidc;
  readonly gateway: Gateway;
  readonly services: Readonly<Record<ServiceName, Service>> & {
    readonly identity: IdentityService;
    readonly group: GroupService;
    readonly post: PostService;
  };
  /** Starts the services, level with their logs; the gateway listens last, when asked. @returns the port it listens on */
  start(options: { listen: boolean }): Promise<number | undefined>;
  /** Gateway first, then services, then stores: nothing acknowledged is in the air when it resolves. */
  stop(): Promise<void>;
}

export interface NetworkOptions {
  readonly config: StandaloneConfig;
  readonly networkKey: Uint8Array;
  readonly clock: Clock;
  readonly logger: ServicePorts['logger'];
  /** Tests: what the gateway is given besides, e.g. checked responses or other rate limits. */
  readonly gateway?: Partial<GatewayPorts>;
}

type Closer = () => Promise<void>;

/** Where this process reaches itself: past any proxy on the loopback, or by its name where it speaks TLS itself. */
const ownOrigin = ({ tlsFiles, publicUrl, port }: StandaloneConfig): string =>
  tlsFiles === undefined ? `http://127.0.0.1:${port}` : publicUrl;

/** What sign-in needs and services give, once they are there. */
interface SignInNeeds {
  readonly mailer: Mailer;
  personsOfAddress(email: string): Promise<readonly string[] | undefined>;
}

const openSignIn = async (options: NetworkOptions, sealer: Sealer, needs: SignInNeeds, closers: Closer[]) => {
  const { config, clock, logger } = options;
  const state = createSqliteStateStore({ folder: join(config.dataFolder, 'accounts') });
  closers.push(() => state.close());
  const sessions = openSqliteSessions(join(config.dataFolder, 'sessions', 'sessions.db'));
  closers.push(() => sessions.close());
  const oidc = await openEmbeddedOidc({
    publicUrl: config.publicUrl,
    state,
    sealer,
    clock,
    logger,
    deliverLogoutToken: postLogoutToken(() => `${ownOrigin(config)}/auth/backchannel-logout`),
    passwordMails: { personsOf: needs.personsOfAddress, mailer: needs.mailer },
    ...(config.demo ? { demo: { password: DEMO_PASSWORD } } : {}),
  });
  closers.push(() => oidc.close());
  const { issuer, audience, authorisedParties } = oidc;
  const verifier = createJoseVerifier({ issuers: [{ issuer, audience, authorisedParties, keys: localKeys(oidc.jwks) }] });
  closers.push(() => verifier.close());
  return { oidc, sessions, verifier };
};

type SignIn = Awaited<ReturnType<typeof openSignIn>>;

interface ServiceNeeds {
  readonly stores: Stores;
  readonly signIn: SignIn;
  readonly mailer: Mailer;
}

const createServices = async (options: NetworkOptions, sealer: Sealer, { stores, signIn, mailer }: ServiceNeeds, closers: Closer[]) => {
  const { config, clock, logger } = options;
  const blobs = createFolderBlobStore({ folder: join(config.dataFolder, 'blobs') });
  const index = await createFtsSearchIndex({ folder: join(config.dataFolder, 'search'), logger });
  closers.push(
    () => blobs.close(),
    () => index.close(),
  );
  const { verifier, oidc, sessions } = signIn;
  const shared = { bus: stores.bus, keys: stores.vault, verifier, clock, logger, sealer, publicUrl: config.publicUrl };
  const portsOf = (service: ServiceName) => ({ ...shared, ...stores.of(service) });
  const accounts = createEmbeddedAccountDirectory(oidc, sessions);
  const { logs, vault } = stores;
  return {
    identity: createIdentityService({ ...portsOf('identity'), log: logs.identity, vault, mailer, accounts }),
    group: createGroupService({ ...portsOf('group'), log: logs.group }),
    post: createPostService({ ...portsOf('post'), log: logs.post, blobs }),
    search: createSearchService({ ...portsOf('search'), log: undefined, index }),
    notification: createNotificationService({ ...portsOf('notification'), log: logs.notification, mailer }),
  };
};

const tlsOf = ({ tlsFiles }: StandaloneConfig) =>
  tlsFiles === undefined ? {} : { tls: { key: readFileSync(tlsFiles.key, 'utf8'), cert: readFileSync(tlsFiles.cert, 'utf8') } };

const gatewayPorts = (options: NetworkOptions, sealer: Sealer, signIn: SignIn, services: Network['services']): GatewayPorts => {
  const { config, clock, logger } = options;
  const { oidc, sessions, verifier } = signIn;
  return {
    clients: gatewayClients(services),
    verifier,
    sessions,
    sealer,
    clock,
    logger,
    publicUrl: config.publicUrl,
    oidc: {
      issuer: oidc.issuer,
      ...oidc.web,
      metadata: { ...oidc.metadata(ownOrigin(config)) },
      mount: oidc.handler,
    },
    ...accountsOf(oidc),
    trustedProxies: config.trustedProxies,
    ...tlsOf(config),
    ...(config.host === undefined ? {} : { host: config.host }),
    ...(config.metricsToken === undefined ? {} : { metricsToken: config.metricsToken }),
    ...options.gateway,
  };
};

/** @throws when the folder is held by another process, belongs to another network key, or a setting can't be served */
export const createNetwork = async (options: NetworkOptions): Promise<Network> => {
  const { config, clock, logger } = options;
  const sealer = createSealer(options.networkKey);
  const closers: Closer[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const stores = await openStores({ dataFolder: config.dataFolder, networkKey: options.networkKey, clock, logger });
    closers.push(() => stores.close());
    const mailer = createMailer({ address: config.mail, from: config.mailFrom });
    closers.push(() => mailer.close());
    // Pages of sign-in ask identity, and identity is told who signs in: one of the two is there first.
    const personsOfAddress = (email: string) => services.identity.bootstrap.personsOfAddress(email);
    const signIn = await openSignIn(options, sealer, { mailer, personsOfAddress }, closers);
    const services = await createServices(options, sealer, { stores, signIn, mailer }, closers);
    const gateway = createGateway(gatewayPorts(options, sealer, signIn, services));
    const all: readonly Service[] = Object.values(services);
    let listening = false;
    return {
      config,
      stores,
      sealer,
      logger,
      oidc: signIn.oidc,
      gateway,
      services,
      async start({ listen }) {
        await Promise.all(all.map((service) => service.start()));
        const { organisation } = config;
        await services.identity.bootstrap.ensureHostOrganisation(organisation);
        await eraseRestored(config.dataFolder, services.identity.bootstrap);
        if (!listen) return undefined;
        const port = await gateway.start(config.port);
        listening = true;
        return port;
      },
      async stop() {
        if (listening) await gateway.stop();
        await Promise.all(all.map((service) => service.stop()));
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
};
