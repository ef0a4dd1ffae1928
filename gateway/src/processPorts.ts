/** Ports of a gateway in a process of its own, from its settings. */
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { StatusServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { GroupServiceService } from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import { IdentityServiceService } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { NotificationServiceService } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { PostServiceService } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { SearchServiceService } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import type { Client, ServiceDefinition } from '@parvis/kit/runtime/rpc.ts';
import type { ServerMetadata } from 'openid-client';
import { z } from 'zod';
import type { GatewayClients, GatewayPorts, OidcSettings, OwnAccounts } from './ports.ts';

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );

/** Variables of the gateway alone. */
export const edgeSettings = {
  PARVIS_TRUSTED_PROXIES: list,
  PARVIS_TLS_CERT_FILE: z.string().optional(),
  PARVIS_TLS_KEY_FILE: z.string().optional(),
  PARVIS_METRICS_TOKEN: z.string().min(16, 'at least 16 characters').optional(),
  PARVIS_OIDC_CLIENT_ID: z.string().default('parvis-web'),
  PARVIS_OIDC_CLIENT_SECRET: z.string().optional(),
};
const schema = z.object(edgeSettings);
export type EdgeSettings = z.infer<typeof schema>;

type ClientOf = <D extends ServiceDefinition>(peer: string, definition: D) => Client<D>;

const SERVICES = ['identity', 'group', 'post', 'search', 'notification'] as const;

const clientsOf = (client: ClientOf): GatewayClients => ({
  identity: client('identity', IdentityServiceService),
  group: client('group', GroupServiceService),
  post: client('post', PostServiceService),
  search: client('search', SearchServiceService),
  notification: client('notification', NotificationServiceService),
  status: Object.fromEntries(SERVICES.map((service) => [service, client(service, StatusServiceService)])),
});

/** The provider of this process, as kit/adapters/embeddedOidc offers it. */
export interface OwnProvider {
  readonly issuer: string;
  readonly web: { readonly clientId: string; readonly clientSecret: string };
  readonly handler: RequestListener;
  metadata(internalOrigin?: string): object & { readonly issuer: string };
  findAccountByEmail(email: string): Promise<object | undefined>;
  readonly passwordPageFor: OwnAccounts['passwordPage'];
}

/** Accounts of the provider inside this process; an external provider's are its own business. */
export const accountsOf = (own: OwnProvider | undefined): Pick<GatewayPorts, 'accounts'> =>
  own === undefined
    ? {}
    : { accounts: { exists: async (email) => (await own.findAccountByEmail(email)) !== undefined, passwordPage: own.passwordPageFor } };

/** The provider inside this process, or the external one that the settings name. */
export const oidcOf = (
  config: { readonly port: number; readonly externalIssuer: string | undefined },
  settings: EdgeSettings,
  own: OwnProvider | undefined,
): OidcSettings => {
  if (own !== undefined) {
    const metadata: ServerMetadata = { ...own.metadata(`http://127.0.0.1:${config.port}`) };
    return { issuer: own.issuer, ...own.web, metadata, mount: own.handler };
  }
  const { PARVIS_OIDC_CLIENT_ID: clientId, PARVIS_OIDC_CLIENT_SECRET: clientSecret } = settings;
  if (config.externalIssuer === undefined) throw new Error('PARVIS_OIDC_ISSUER: expected the address of the realm');
  return { issuer: config.externalIssuer, clientId, ...(clientSecret === undefined ? {} : { clientSecret }) };
};

const tlsOf = ({ PARVIS_TLS_CERT_FILE: cert, PARVIS_TLS_KEY_FILE: key }: EdgeSettings): Pick<GatewayPorts, 'tls'> =>
  cert === undefined || key === undefined ? {} : { tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } };

export const portsOf = ({
  client,
  host,
  settings,
}: {
  readonly client: ClientOf;
  readonly host: string;
  readonly settings: EdgeSettings;
}): Pick<GatewayPorts, 'clients' | 'host' | 'trustedProxies' | 'tls' | 'metricsToken'> => ({
  clients: clientsOf(client),
  host,
  trustedProxies: settings.PARVIS_TRUSTED_PROXIES,
  ...tlsOf(settings),
  ...(settings.PARVIS_METRICS_TOKEN === undefined ? {} : { metricsToken: settings.PARVIS_METRICS_TOKEN }),
});
