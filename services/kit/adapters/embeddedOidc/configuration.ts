/** How oidc-provider is set up: the paths of a Keycloak realm, code with PKCE only, JWT access tokens for our own API. */
import type { ClientMetadata, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Sealer } from '../../runtime/sealer.ts';
import type { Accounts } from './accounts.ts';
import { type Language, languageOf } from './language.ts';
import { errors, interactionPolicy } from './library.ts';
import type { Models } from './models.ts';
import { errorPage, pageHeaders, signedOutPage, signOutPage } from './pages.ts';
import { SIGNING_ALGORITHM, type SigningKeys } from './signingKeys.ts';

export const REALM_PATH = '/realms/parvis';
const PROTOCOL = '/protocol/openid-connect';
export const PATHS = {
  authorization: `${PROTOCOL}/auth`,
  token: `${PROTOCOL}/token`,
  jwks: `${PROTOCOL}/certs`,
  end_session: `${PROTOCOL}/logout`,
  userinfo: `${PROTOCOL}/userinfo`,
  revocation: `${PROTOCOL}/revoke`,
} as const;

/** What access tokens are for: the `aud` every service expects. */
export const API_AUDIENCE = 'parvis-api';
/** The gateway's own client, and the one of command-line users. */
export const WEB_CLIENT = 'parvis-web';
export const CLI_CLIENT = 'parvis-cli';
/** Grant of the demonstration only: name and password for a token, so that the first call is one curl away. */
export const PASSWORD_GRANT = 'password';

export const RESOURCE = 'urn:parvis:api';
export const SCOPES = ['openid', 'profile', 'email', 'offline_access'] as const;
/** Seconds. A refresh asks for the account again, so an access token's life bounds what a disabled account may still do here. */
const LIFETIME_S = { access: 300, id: 300, code: 60, interaction: 1_800, session: 14 * 24 * 3600 } as const;

export interface ConfigurationParts {
  /** Address of the network without a trailing slash. */
  readonly publicUrl: string;
  readonly accounts: Accounts;
  readonly models: Models;
  readonly keys: SigningKeys;
  readonly sealer: Sealer;
  readonly demo: boolean;
  /** Hands a logout token to the gateway. @throws when it was not taken */
  readonly deliverLogoutToken: (token: string) => Promise<void>;
}

/** Secret of the gateway's client, derived from the network key: both sides compute it. */
export const webClientSecret = (sealer: Sealer): string => Buffer.from(sealer.derive('oidc-client-parvis-web')).toString('base64url');

const LOGOUT_PATH = '/auth/backchannel-logout';

const clientsOf = ({ publicUrl, sealer, demo }: ConfigurationParts): ClientMetadata[] => [
  {
    client_id: WEB_CLIENT,
    client_secret: webClientSecret(sealer),
    token_endpoint_auth_method: 'client_secret_basic',
    application_type: 'web',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [`${publicUrl}/auth/callback`],
    post_logout_redirect_uris: [`${publicUrl}/`],
    backchannel_logout_uri: `${publicUrl}${LOGOUT_PATH}`,
    backchannel_logout_session_required: true,
  },
  {
    client_id: CLI_CLIENT,
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token', ...(demo ? [PASSWORD_GRANT] : [])],
    response_types: ['code'],
    // RFC 8252: a native client listens on any port of the loopback address.
    redirect_uris: ['http://127.0.0.1/callback'],
  },
];

/** Sign-in is the only question: the clients are the network's own, so there is nothing to consent to. */
const policy = (): ReturnType<typeof interactionPolicy.base> => {
  const base = interactionPolicy.base();
  base.remove('consent');
  return base;
};

/** The grant of the session for this client; made at the first sign-in, found again later. */
const grantFor = async (ctx: KoaContextWithOIDC) => {
  const { provider, session, client } = ctx.oidc;
  if (!client || !session?.accountId) return undefined;
  const grantId = session.grantIdFor(client.clientId);
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (known) return known;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES.join(' '));
  grant.addResourceScope(RESOURCE, SCOPES.join(' '));
  await grant.save();
  return grant;
};

/** Claims by scope; an access token carries the same as the id token, for linking at the first sign-in. */
const claimsOf = async (accounts: Accounts, id: string, scope: string): Promise<Record<string, unknown> | undefined> => {
  const account = await accounts.find(id);
  if (!account || account.disabled) return undefined;
  const scopes = new Set(scope.split(' '));
  return {
    sub: account.id,
    ...(scopes.has('email') ? { email: account.email, email_verified: account.emailVerified } : {}),
    ...(scopes.has('profile') ? { given_name: account.givenName, family_name: account.familyName } : {}),
    ...(account.roles.length > 0 ? { roles: account.roles } : {}),
  };
};

const findAccount = (accounts: Accounts) => async (_ctx: KoaContextWithOIDC, id: string) => {
  if (!(await claimsOf(accounts, id, 'openid'))) return undefined;
  const claims = async (_use: string, scope: string) => ({ ...(await claimsOf(accounts, id, scope)), sub: id });
  return { accountId: id, claims };
};

/** The provider calls nobody; its one outgoing request, the logout token, is handed to the gateway. */
const outgoing =
  (parts: ConfigurationParts) =>
  async (url: string | URL, options: RequestInit): Promise<Response> => {
    if (String(url) !== `${parts.publicUrl}${LOGOUT_PATH}`) throw new Error('the embedded provider makes no requests');
    const token = new URLSearchParams(String(options.body)).get('logout_token');
    await parts.deliverLogoutToken(token ?? '');
    return new Response(null, { status: 204 });
  };

const language = (ctx: KoaContextWithOIDC): Language => languageOf(ctx.oidc?.params?.ui_locales, ctx.get('accept-language'));

const sendPage = (ctx: KoaContextWithOIDC, page: { html: string; script?: string }): void => {
  ctx.type = 'html';
  ctx.set(pageHeaders({ ...(page.script === undefined ? {} : { script: page.script }) }));
  ctx.body = page.html;
};

const resourceServer = {
  scope: SCOPES.join(' '),
  audience: API_AUDIENCE,
  accessTokenFormat: 'jwt' as const,
  accessTokenTTL: LIFETIME_S.access,
  jwt: { sign: { alg: SIGNING_ALGORITHM } as const },
};

const features = (parts: ConfigurationParts): NonNullable<Configuration['features']> => ({
  devInteractions: { enabled: false },
  dPoP: { enabled: false },
  pushedAuthorizationRequests: { enabled: false },
  revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
  userinfo: { enabled: true },
  backchannelLogout: { enabled: true },
  resourceIndicators: {
    enabled: true,
    defaultResource: () => RESOURCE,
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx, resource) => {
      if (resource !== RESOURCE) throw new errors.InvalidTarget();
      return resourceServer;
    },
  },
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: (ctx, form) => sendPage(ctx, signOutPage(language(ctx), form, ctx.oidc.entities.IdTokenHint !== undefined)),
    postLogoutSuccessSource: (ctx) => sendPage(ctx, { html: signedOutPage(language(ctx), parts.publicUrl) }),
  },
});

const cookies = ({ publicUrl, sealer }: ConfigurationParts): NonNullable<Configuration['cookies']> => {
  const options = { httpOnly: true, sameSite: 'lax' as const, signed: true, secure: publicUrl.startsWith('https:'), path: REALM_PATH };
  return {
    names: { session: 'parvis_sso', interaction: 'parvis_sign_in', resume: 'parvis_sign_in_resume' },
    long: options,
    short: options,
    keys: [Buffer.from(sealer.derive('oidc-cookie')).toString('base64url')],
  };
};

/** The provider's configuration; built anew when a key rotates. */
export const configurationOf = (parts: ConfigurationParts): Configuration => ({
  adapter: parts.models.adapter,
  clients: clientsOf(parts),
  clientDefaults: { id_token_signed_response_alg: SIGNING_ALGORITHM },
  clientBasedCORS: () => false,
  enabledJWA: { idTokenSigningAlgValues: [SIGNING_ALGORITHM] },
  jwks: { keys: parts.keys.private() } as NonNullable<Configuration['jwks']>,
  claims: { openid: ['sub', 'sid', 'roles'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name'] },
  // Names and address lie in the id token, as Keycloak does it: the gateway needs no further call.
  conformIdTokenClaims: false,
  scopes: [...SCOPES],
  responseTypes: ['code'],
  pkce: { required: () => true },
  routes: PATHS,
  cookies: cookies(parts),
  features: features(parts),
  fetch: outgoing(parts) as NonNullable<Configuration['fetch']>,
  findAccount: findAccount(parts.accounts),
  loadExistingGrant: grantFor,
  interactions: { policy: policy(), url: (_ctx, interaction) => `${REALM_PATH}/interaction/${interaction.uid}` },
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: () => true,
  expiresWithSession: (_ctx, code) => !code.scopes.has('offline_access'),
  extraTokenClaims: async (_ctx, token) => {
    if (token.kind !== 'AccessToken') return undefined;
    const { accountId, scope, sid } = token as { accountId: string; scope?: string; sid?: string };
    const claims = await claimsOf(parts.accounts, accountId, scope ?? '');
    return { ...claims, ...(sid === undefined ? {} : { sid }) };
  },
  ttl: {
    AccessToken: LIFETIME_S.access,
    IdToken: LIFETIME_S.id,
    AuthorizationCode: LIFETIME_S.code,
    Interaction: LIFETIME_S.interaction,
    Session: LIFETIME_S.session,
    Grant: LIFETIME_S.session,
    RefreshToken: LIFETIME_S.session,
  },
  discovery: { ui_locales_supported: ['fr', 'en'] },
  renderError: (ctx, out) => sendPage(ctx, { html: errorPage(language(ctx), out.error, parts.publicUrl) }),
});
