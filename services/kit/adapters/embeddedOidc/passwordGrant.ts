/**
 * DEMONSTRATION ONLY: `grant_type=password`, which OAuth 2.1 has removed for good reasons. It lets the first call of
 * someone who tries Parvis be one curl away. It exists only in demo mode, only on a loopback address, and only answers
 * callers on this machine.
 */
import type { Accounts } from './accounts.ts';
import { API_AUDIENCE, CLI_CLIENT, PASSWORD_GRANT, SCOPES } from './configuration.ts';
import { errors, type Provider } from './library.ts';

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
const LOOPBACK_ADDRESSES = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** @throws when the network's address is not a loopback one. */
export const requireLoopback = (publicUrl: string): void => {
  const { hostname } = new URL(publicUrl);
  if (!LOOPBACK_HOSTS.has(hostname)) throw new Error(`demo mode: expected an address of this machine, got ${hostname}`);
};

export const registerPasswordGrant = (provider: Provider, accounts: Accounts, resource: string): void => {
  provider.registerGrantType<{ username?: string; password?: string }>(
    PASSWORD_GRANT,
    async (ctx) => {
      const { client, params } = ctx.oidc;
      if (client.clientId !== CLI_CLIENT) throw new errors.UnauthorizedClient();
      if (!LOOPBACK_ADDRESSES.has(ctx.req.socket.remoteAddress ?? '')) throw new errors.UnauthorizedClient();
      const account = await accounts.signIn(String(params.username ?? ''), String(params.password ?? ''));
      if (!account) throw new errors.InvalidGrant('the name and password do not go together');
      const scope = SCOPES.filter((name) => name !== 'offline_access').join(' ');
      const grant = new provider.Grant({ clientId: client.clientId, accountId: account.id });
      grant.addResourceScope(resource, scope);
      const grantId = await grant.save();
      const token = new provider.AccessToken({ accountId: account.id, client, grantId, gty: PASSWORD_GRANT, scope });
      token.resourceServer = new provider.ResourceServer(resource, {
        scope,
        audience: API_AUDIENCE,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      });
      const accessToken = await token.save();
      ctx.body = { access_token: accessToken, token_type: 'Bearer', expires_in: token.expiration, scope };
    },
    ['username', 'password', 'scope'],
  );
};
