import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type EmbeddedOidc, type EmbeddedOidcOptions, openEmbeddedOidc } from '../../adapters/embeddedOidc/embeddedOidc.ts';
import { localKeys } from '../../adapters/jose/keySource.ts';
import { createJoseVerifier } from '../../adapters/jose/tokenVerifier.ts';
import { createSqliteStateStore } from '../../adapters/sqlite/state.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TokenVerifier } from '../../ports/tokenVerifier.ts';
import { createSealer } from '../../runtime/sealer.ts';
import { formAction, pkce, type TestBrowser } from './browser.ts';

export const PASSWORD = 'correct horse battery';

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

export interface Code {
  readonly code: string;
  /** Of the code's challenge. */
  readonly proof: string;
  /** Where the browser was sent with it. */
  readonly address: string;
}

/** An embedded provider over HTTP with one account, and what a client and a browser do with it. */
export interface OidcWorld {
  readonly oidc: EmbeddedOidc;
  readonly options: EmbeddedOidcOptions;
  readonly origin: string;
  readonly folder: string;
  readonly verifier: TokenVerifier;
  /** Id of alice@example.org. */
  readonly alice: string;
  readonly logoutTokens: string[];
  readonly logLines: readonly string[];
  forward(ms: number): void;
  /** Closes the provider and opens it again over the same files. */
  restart(): Promise<void>;
  callback(): string;
  isCallback(address: string): boolean;
  endpoint(path: string): string;
  authorisation(changes?: Record<string, string | undefined>): { address: string; proof: string };
  openSignIn(browser: TestBrowser, address?: string): Promise<{ html: string; action: string; response: Response }>;
  /** Authorization header of the gateway's client. */
  basic(): string;
  token(form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  codeFor(browser: TestBrowser, email: string, password: string): Promise<Code>;
  exchange(code: string, proof: string): Promise<Response>;
  signIn(browser: TestBrowser, email?: string, password?: string): Promise<Tokens>;
  renew(refreshToken: string): Promise<Response>;
  close(): Promise<void>;
}

/** Real time that a test may push forward. */
const movableClock = (): Clock & { forward(ms: number): void } => {
  let offsetMs = 0;
  const forward = (ms: number): void => {
    offsetMs += ms;
  };
  return { now: () => new Date(Date.now() + offsetMs), after: () => () => undefined, forward };
};

export const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

export const stopListening = async (server: Server): Promise<void> => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
};

type Steps = Omit<
  OidcWorld,
  'oidc' | 'options' | 'folder' | 'verifier' | 'alice' | 'logoutTokens' | 'logLines' | 'forward' | 'restart' | 'close'
>;

const steps = (origin: string, current: () => EmbeddedOidc): Steps => {
  const callback = (): string => `${origin}/auth/callback`;
  const isCallback = (address: string): boolean => address.startsWith(callback());
  const endpoint = (path: string): string => `${current().issuer}/protocol/openid-connect/${path}`;
  const basic = (): string => `Basic ${Buffer.from(`${current().web.clientId}:${current().web.clientSecret}`).toString('base64')}`;
  const authorisation: OidcWorld['authorisation'] = (changes = {}) => {
    const { verifier: proof, challenge } = pkce();
    const parameters = {
      client_id: 'parvis-web',
      redirect_uri: callback(),
      response_type: 'code',
      scope: 'openid profile email',
      state: 'state-1',
      nonce: 'nonce-1',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...changes,
    };
    const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { address: `${endpoint('auth')}?${new URLSearchParams(present)}`, proof };
  };
  const openSignIn: OidcWorld['openSignIn'] = async (browser, address = authorisation().address) => {
    const { response } = await browser.follow(await browser.get(address), isCallback);
    const html = await response.text();
    return { html, action: formAction(html), response };
  };
  const token: OidcWorld['token'] = (form, headers = { authorization: basic() }) =>
    fetch(endpoint('token'), { method: 'POST', body: new URLSearchParams(form), headers });
  const codeFor: OidcWorld['codeFor'] = async (browser, email, password) => {
    const request = authorisation();
    const { action } = await openSignIn(browser, request.address);
    const { address } = await browser.follow(await browser.post(action, { email, password }), isCallback);
    return { code: new URL(address).searchParams.get('code') ?? '', proof: request.proof, address };
  };
  const exchange: OidcWorld['exchange'] = (code, proof) =>
    token({ grant_type: 'authorization_code', code, code_verifier: proof, redirect_uri: callback() });
  const signIn: OidcWorld['signIn'] = async (browser, email = 'alice@example.org', password = PASSWORD) => {
    const { code, proof } = await codeFor(browser, email, password);
    return (await (await exchange(code, proof)).json()) as Tokens;
  };
  const renew: OidcWorld['renew'] = (refreshToken) => token({ grant_type: 'refresh_token', refresh_token: refreshToken });
  return { origin, callback, isCallback, endpoint, basic, authorisation, openSignIn, token, codeFor, exchange, signIn, renew };
};

const ALICE = { email: 'Alice@Example.org', emailVerified: true, password: PASSWORD, givenName: 'Alice', roles: ['administrator'] };

/** @param changes options of the provider that differ from the usual ones */
export const openOidcWorld = async (changes: Partial<EmbeddedOidcOptions> = {}): Promise<OidcWorld> => {
  const folder = mkdtempSync(join(tmpdir(), 'parvis-oidc-'));
  const clock = movableClock();
  const [logoutTokens, logLines]: [string[], string[]] = [[], []];
  const server = createServer((request, response) => {
    // Where the provider sends browsers back to: the web client, which is not here.
    if (/^\/(auth\/callback)?(\?|$)/.test(request.url ?? '')) response.end('back');
    else oidc.handler(request, response);
  });
  const origin = await listen(server);
  const state = createSqliteStateStore({ folder });
  const options: EmbeddedOidcOptions = {
    publicUrl: origin,
    state,
    sealer: createSealer(randomBytes(32)),
    clock,
    logger: pino({ level: 'debug' }, { write: (line: string) => void logLines.push(line) }),
    deliverLogoutToken: async (token) => void logoutTokens.push(token),
    demo: { password: 'parvis-demo' },
    // A tenth of the product's cost: still well above everything else a sign-in does.
    hashCostLog2: 12,
    ...changes,
  };
  let oidc = await openEmbeddedOidc(options);
  const { issuer, audience, authorisedParties } = oidc;
  const keys = localKeys(() => oidc.jwks());
  const verifier = createJoseVerifier({ issuers: [{ issuer, audience, authorisedParties, keys, types: ['at+jwt'] }] });
  const alice = await oidc.createAccount(ALICE);
  return {
    ...steps(origin, () => oidc),
    get oidc() {
      return oidc;
    },
    options,
    folder,
    verifier,
    alice,
    logoutTokens,
    logLines,
    forward: clock.forward,
    async restart() {
      await oidc.close();
      oidc = await openEmbeddedOidc(options);
    },
    async close() {
      await oidc.close();
      await stopListening(server);
      await state.close();
      rmSync(folder, { recursive: true });
    },
  };
};
