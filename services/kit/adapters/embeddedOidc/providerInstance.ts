/** The library's provider as we run it, built anew when the signing key rotates, and what ends an account's sessions in it. */
import type { Logger } from 'pino';
import { type ConfigurationParts, configurationOf, RESOURCE } from './configuration.ts';
import { Provider } from './library.ts';
import { registerPasswordGrant } from './passwordGrant.ts';

export interface ProviderInstance {
  provider(): Provider;
  /** Takes the keys as they are now. */
  rebuild(): void;
  /** Ends the account's sessions and tells the gateway about each. */
  endSessions(accountId: string): Promise<void>;
}

type Logout = (accountId: string, sid: string | undefined) => Promise<void>;
/** The library's own way to tell a client; its published types leave it out. */
const logoutOf = (client: object): Logout => (client as { backchannelLogout: Logout }).backchannelLogout.bind(client);

/** Posts logout tokens to the gateway's address in this process or on the loopback. */
export const postLogoutToken =
  (address: () => string) =>
  async (token: string): Promise<void> => {
    const body = new URLSearchParams({ logout_token: token });
    const response = await fetch(address(), { method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(2_500) });
    if (!response.ok) throw new Error(`the gateway answered the logout token with ${response.status}`);
  };

const build = (parts: ConfigurationParts, issuer: string, logger: Logger): Provider => {
  const provider = new Provider(issuer, configurationOf(parts));
  // Requests come with the public address set by our own handler, see requests.ts.
  provider.proxy = true;
  if (parts.demo) registerPasswordGrant(provider, parts.accounts, RESOURCE);
  provider.on('server_error', (_ctx, error) => logger.error({ err: error }, 'the identity provider failed'));
  provider.on('backchannel.error', (_ctx, error) => logger.warn({ err: error }, 'a logout token was not taken'));
  return provider;
};

export const createProviderInstance = (parts: ConfigurationParts, issuer: string, logger: Logger): ProviderInstance => {
  let provider = build(parts, issuer, logger);

  const tellClient = async (accountId: string, clientId: string, sid: string | undefined): Promise<void> => {
    const client = await provider.Client.find(clientId);
    if (!client?.backchannelLogoutUri) return;
    try {
      await logoutOf(client)(accountId, sid);
    } catch (error) {
      // The session is gone here either way and its tokens can't be renewed: the gateway learns at the next renewal.
      logger.warn({ err: error }, 'a logout token was not taken');
    }
  };

  return {
    provider: () => provider,
    rebuild() {
      provider = build(parts, issuer, logger);
    },
    async endSessions(accountId) {
      const sessions = await parts.models.sessionsOf(accountId);
      await parts.models.removeOf(accountId);
      for (const session of sessions) {
        for (const [clientId, { sid }] of Object.entries(session.authorizations ?? {})) await tellClient(accountId, clientId, sid);
      }
    },
  };
};
