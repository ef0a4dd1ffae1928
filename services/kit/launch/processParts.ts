/** What every process of a split network is made of: its identity, channels to its peers, and what must be closed at its end. */
import type { Logger } from 'pino';
import { remoteKeys } from '../adapters/jose/keySource.ts';
import { createJoseVerifier } from '../adapters/jose/tokenVerifier.ts';
import type { TokenVerifier } from '../ports/tokenVerifier.ts';
import { type GrpcChannel, openGrpcChannel } from '../runtime/grpcClient.ts';
import { createLogger } from '../runtime/logger.ts';
import type { Client, ServiceDefinition } from '../runtime/rpc.ts';
import { createSealer, type Sealer } from '../runtime/sealer.ts';
import { createServiceIdentity, SERVICE_IDENTITY_PURPOSE, type ServiceIdentity } from '../runtime/serviceIdentity.ts';
import type { ProcessConfig } from './processConfig.ts';

/** Where the provider inside the gateway, and Keycloak, serve a realm and its keys. */
export const EMBEDDED_REALM = '/realms/parvis';
const CERTS = '/protocol/openid-connect/certs';
/** Clients of the realm whose tokens the API takes, unless the settings name others. */
const REALM_CLIENTS = ['parvis-web', 'parvis-cli'] as const;

interface Closable {
  close(): Promise<void> | void;
}

export interface ProcessParts {
  readonly name: string;
  readonly config: ProcessConfig;
  readonly logger: Logger;
  readonly sealer: Sealer;
  readonly identity: ServiceIdentity;
  /** A client of a peer; peers are those that the service's service.json names. */
  client<D extends ServiceDefinition>(peer: string, definition: D): Client<D>;
  /** Registers what is closed when the process ends, last opened first. */
  keep<T extends Closable>(opened: T): T;
  close(): Promise<void>;
}

export const createProcessParts = (name: string, config: ProcessConfig): ProcessParts => {
  const sealer = createSealer(config.networkKey);
  const identity = createServiceIdentity(name, sealer.derive(SERVICE_IDENTITY_PURPOSE));
  const opened: Closable[] = [];
  const channels = new Map<string, GrpcChannel>();
  const keep = <T extends Closable>(closable: T): T => {
    opened.push(closable);
    return closable;
  };
  const channelTo = (peer: string): GrpcChannel => {
    const known = channels.get(peer);
    if (known) return known;
    const address = config.addresses.get(peer);
    if (address === undefined) throw new Error(`service.json of ${name} does not name ${peer}`);
    const channel = keep(openGrpcChannel(address, { identity, service: peer }));
    channels.set(peer, channel);
    return channel;
  };
  return {
    name,
    config,
    logger: createLogger({ level: config.logLevel, name: `parvis-${name}` }),
    sealer,
    identity,
    client: (peer, definition) => channelTo(peer).client(definition),
    keep,
    async close() {
      for (const closable of opened.splice(0).reverse()) await closable.close();
    },
  };
};

/** Checks tokens against the keys that the provider publishes, fetched when first needed. */
export const openRemoteVerifier = ({ config, keep }: ProcessParts): TokenVerifier => {
  const issuer = config.externalIssuer ?? `${config.publicUrl}${EMBEDDED_REALM}`;
  const keys = remoteKeys({ url: config.jwks ?? `${issuer}${CERTS}` });
  const authorisedParties = config.clients.length > 0 ? config.clients : REALM_CLIENTS;
  return keep(createJoseVerifier({ issuers: [{ issuer, audience: config.audience, authorisedParties, keys }] }));
};
