/** The identity provider of a small network, in the gateway's process: accounts, sign-in pages, and a realm's endpoints. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';
import type { Clock } from '../../ports/clock.ts';
import type { StateStore } from '../../ports/state.ts';
import type { Sealer } from '../../runtime/sealer.ts';
import { type Account, type Accounts, createAccounts, type NewAccount } from './accounts.ts';
import { API_AUDIENCE, CLI_CLIENT, REALM_PATH, WEB_CLIENT, webClientSecret } from './configuration.ts';
import { createForgottenPassword, FORGOTTEN_PATH, type ForgottenPassword, type PasswordMails } from './forgottenPassword.ts';
import { keepHouse } from './housekeeping.ts';
import { type EmbeddedMetadata, metadataOf } from './metadata.ts';
import { createModels } from './models.ts';
import { requireLoopback } from './passwordGrant.ts';
import { createPasswordTickets, type PasswordTicket, type PasswordTickets } from './passwordTickets.ts';
import { createProviderInstance, type ProviderInstance } from './providerInstance.ts';
import { asPublic } from './requests.ts';
import { type SignInParts, serveSignIn } from './signIn.ts';
import { openSigningKeys } from './signingKeys.ts';

export { postLogoutToken } from './providerInstance.ts';

export interface EmbeddedOidcOptions {
  /** Address of the network as people see it, e.g. http://localhost:8080. */
  readonly publicUrl: string;
  /** A store of its own: accounts are backed up apart from the services' state. Closed by who opened it. */
  readonly state: StateStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hands a logout token to the gateway, e.g. `postLogoutToken(address)`. @throws when it was not taken */
  readonly deliverLogoutToken: (token: string) => Promise<void>;
  /** Demonstration: shows the password that the demo accounts share, and lets curl sign in. Loopback addresses only. */
  readonly demo?: { readonly password: string };
  /** Set: the sign-in page offers a link by mail to whoever has no password yet, or forgot it. */
  readonly passwordMails?: PasswordMails;
  /** Cost of a password's hash, 2 to this power; lower than the default in tests alone. */
  readonly hashCostLog2?: number;
}

export interface EmbeddedOidc {
  readonly issuer: string;
  /** Serves every request under /realms/parvis, with its whole address. */
  readonly handler: RequestListener;
  readonly audience: string;
  /** Clients whose tokens the API takes. */
  readonly authorisedParties: readonly string[];
  readonly web: { readonly clientId: string; readonly clientSecret: string };
  /** Public keys as of now, for a verifier in this process. */
  jwks(): JSONWebKeySet;
  /** Endpoints as discovery tells them; those that servers call, at another origin when given (e.g. the loopback). */
  metadata(internalOrigin?: string): EmbeddedMetadata;
  /** @returns the account's id, which is the subject of its tokens. @throws invalid, conflict `account-exists` */
  createAccount(account: NewAccount): Promise<string>;
  /** A hash that many demo accounts may share. */
  hashPassword(password: string): Promise<string>;
  findAccount(id: string): Promise<Account | undefined>;
  findAccountByEmail(email: string): Promise<Account | undefined>;
  /** Also ends the sessions opened with the earlier one. @throws invalid, not-found */
  setPassword(accountId: string, password: string): Promise<void>;
  /** Address of the page where someone who proved an address chooses a password. */
  passwordPageFor(ticket: PasswordTicket): string;
  disable(accountId: string): Promise<void>;
  enable(accountId: string): Promise<void>;
  erase(accountId: string): Promise<void>;
  /** Ends the account's sessions here and tells the gateway about each. */
  endSessions(accountId: string): Promise<void>;
  /** A new signing key; the old one goes on verifying. */
  rotateSigningKey(): Promise<void>;
  close(): Promise<void>;
}

interface Serving {
  readonly publicUrl: string;
  readonly instance: ProviderInstance;
  readonly signIn: SignInParts;
  readonly tickets: PasswordTickets;
  readonly forgotten: ForgottenPassword | undefined;
  readonly logger: Logger;
}

const serve = async (serving: Serving, request: IncomingMessage & { originalUrl?: string }, response: ServerResponse): Promise<void> => {
  const url = request.originalUrl ?? request.url ?? '';
  if (!url.startsWith(`${REALM_PATH}/`)) {
    response.writeHead(404).end();
    return;
  }
  asPublic(request, new URL(serving.publicUrl));
  request.url = url;
  if (await serveSignIn(serving.signIn, request, response)) return;
  if (await serving.tickets.serve(request, response)) return;
  if (await serving.forgotten?.serve(request, response)) return;
  // The library learns where it is mounted by comparing the two.
  request.originalUrl = url;
  request.url = url.slice(REALM_PATH.length);
  await serving.instance.provider().callback()(request, response);
};

const handlerOf =
  (serving: Serving): RequestListener =>
  (request, response) => {
    serve(serving, request, response).catch((error: unknown) => {
      serving.logger.error({ err: error }, 'a request to the identity provider failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };

type AccountWork = Pick<
  EmbeddedOidc,
  'createAccount' | 'hashPassword' | 'findAccount' | 'findAccountByEmail' | 'setPassword' | 'disable' | 'enable' | 'erase'
>;

/** Accounts together with their sessions: what takes an account's right to sign in ends what it had begun. */
const accountWork = (accounts: Accounts, endSessions: (accountId: string) => Promise<void>): AccountWork => ({
  createAccount: accounts.create,
  hashPassword: accounts.hashPassword,
  findAccount: accounts.find,
  findAccountByEmail: accounts.findByEmail,
  async setPassword(accountId, password) {
    await accounts.setPassword(accountId, password);
    await endSessions(accountId);
  },
  async disable(accountId) {
    await accounts.setDisabled(accountId, true);
    await endSessions(accountId);
  },
  enable: (accountId) => accounts.setDisabled(accountId, false),
  async erase(accountId) {
    await accounts.erase(accountId);
    await endSessions(accountId);
  },
});

/** Opens the provider; makes its signing key at the first start. @throws for demo mode on an address others can reach */
export const openEmbeddedOidc = async (options: EmbeddedOidcOptions): Promise<EmbeddedOidc> => {
  const { state, sealer, clock, logger, demo, deliverLogoutToken } = options;
  const publicUrl = new URL(options.publicUrl).origin;
  if (demo) requireLoopback(publicUrl);
  const issuer = `${publicUrl}${REALM_PATH}`;
  const accounts = createAccounts(state, sealer, clock, options.hashCostLog2);
  const models = createModels(state, clock);
  const keys = await openSigningKeys(state, sealer, clock);
  const parts = { publicUrl, accounts, models, keys, sealer, demo: demo !== undefined, deliverLogoutToken };
  const instance = createProviderInstance(parts, issuer, logger);
  const { endSessions } = instance;
  const tickets = createPasswordTickets({ state, sealer, clock, accounts, publicUrl, endSessions });
  const forgotten =
    options.passwordMails &&
    createForgottenPassword({ ...options.passwordMails, state, sealer, clock, logger, accounts, publicUrl, issue: tickets.issue });
  const signIn = {
    provider: instance.provider,
    accounts,
    publicUrl,
    ...(demo === undefined ? {} : { demoPassword: demo.password }),
    ...(forgotten === undefined ? {} : { forgotten: FORGOTTEN_PATH }),
  };
  const rotate = async (force: boolean): Promise<void> => {
    if (await keys.rotate(force)) instance.rebuild();
  };
  const sweeps = [models.sweep, accounts.sweep, tickets.sweep, ...(forgotten ? [forgotten.sweep] : []), () => rotate(false)];
  const stopHouse = keepHouse(clock, logger, sweeps);
  return {
    issuer,
    audience: API_AUDIENCE,
    authorisedParties: [WEB_CLIENT, CLI_CLIENT],
    web: { clientId: WEB_CLIENT, clientSecret: webClientSecret(sealer) },
    handler: handlerOf({ publicUrl, instance, signIn, tickets, forgotten, logger }),
    jwks: keys.public,
    metadata: (internalOrigin) => metadataOf(issuer, internalOrigin === undefined ? issuer : `${internalOrigin}${REALM_PATH}`),
    ...accountWork(accounts, endSessions),
    passwordPageFor: tickets.issue,
    endSessions,
    rotateSigningKey: () => rotate(true),
    async close() {
      await forgotten?.close();
      await stopHouse();
    },
  };
};
