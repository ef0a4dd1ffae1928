/** What the launcher hands to the gateway. */

import type { RequestListener } from 'node:http';
import type { StatusServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import type { GroupServiceService } from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import type { IdentityServiceService } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { NotificationServiceService } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import type { PostServiceService } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { SearchServiceService } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import type { Clock } from '@parvis/kit/ports/clock.ts';
import type { Sessions } from '@parvis/kit/ports/sessions.ts';
import type { TokenVerifier } from '@parvis/kit/ports/tokenVerifier.ts';
import type { Client } from '@parvis/kit/runtime/rpc.ts';
import type { Sealer } from '@parvis/kit/runtime/sealer.ts';
import type { ServicePorts } from '@parvis/kit/runtime/service.ts';
import type { ServerMetadata } from 'openid-client';
import type { RateClass, RateRule } from './http/rateLimits.ts';

export interface GatewayClients {
  readonly identity: Client<typeof IdentityServiceService>;
  readonly group: Client<typeof GroupServiceService>;
  readonly post: Client<typeof PostServiceService>;
  readonly search: Client<typeof SearchServiceService>;
  readonly notification: Client<typeof NotificationServiceService>;
  /** Health of each service, by its name. */
  readonly status: Readonly<Record<string, Client<typeof StatusServiceService>>>;
}

export interface OidcSettings {
  /** Address of the realm, as in the tokens' `iss`. */
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: a public client (PKCE alone). */
  readonly clientSecret?: string;
  /** Default `openid profile email`. */
  readonly scope?: string;
  /** Given: no discovery, e.g. where the issuer's address can't be reached from inside. */
  readonly metadata?: ServerMetadata;
  /** The embedded provider: serves every request under /realms, with its whole address. */
  readonly mount?: RequestListener;
}

/** Accounts that the network keeps itself. */
export interface OwnAccounts {
  exists(email: string): Promise<boolean>;
  /** Address of a page where whoever proved the address chooses a password, once. */
  passwordPage(ticket: {
    readonly email: string;
    readonly givenName: string;
    readonly familyName: string;
    readonly returnTo: string;
    readonly lifetimeMs: number;
  }): string;
}

export interface DemoSettings {
  /** Folder of the .eml files that the demo shows. */
  readonly mailFolder: string;
  readonly people: readonly { readonly name: string; readonly account: string; readonly about: string }[];
}

export interface GatewayPorts {
  readonly clients: GatewayClients;
  readonly verifier: TokenVerifier;
  readonly sessions: Sessions;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly logger: ServicePorts['logger'];
  /** Address as people see it. Plain http is for localhost only. */
  readonly publicUrl: string;
  readonly oidc: OidcSettings;
  /** Absent where people have their accounts elsewhere, e.g. in Keycloak. */
  readonly accounts?: OwnAccounts;
  /** Set: demo mode; the server binds 127.0.0.1 whatever is asked. */
  readonly demo?: DemoSettings;
  /** Addresses or networks (CIDR) of proxies whose X-Forwarded-* are believed. Empty: none. */
  readonly trustedProxies: readonly string[];
  /** PEM texts; set: the server speaks TLS itself. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Interface to bind; default every interface, or 127.0.0.1 when publicUrl is on localhost. */
  readonly host?: string;
  /** Replaces the rules of some classes, e.g. for load tests. */
  readonly rateLimits?: Partial<Record<RateClass, RateRule>>;
  /** Bearer secret of /metrics; absent: /metrics answers loopback callers only. */
  readonly metricsToken?: string;
  /** Tests: an answer that does not fit its schema is a failure. */
  readonly checkResponses?: boolean;
}
