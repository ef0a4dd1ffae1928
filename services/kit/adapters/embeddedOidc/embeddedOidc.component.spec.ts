import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { pino } from 'pino';
import type { Clock } from '../../ports/clock.ts';
import type { StateStore } from '../../ports/state.ts';
import type { TokenVerifier } from '../../ports/tokenVerifier.ts';
import { createSealer, type Sealer } from '../../runtime/sealer.ts';
import { formAction, hiddenField, openTestBrowser, pkce, type TestBrowser } from '../../testing/oidc/browser.ts';
import { localKeys } from '../jose/keySource.ts';
import { createJoseVerifier } from '../jose/tokenVerifier.ts';
import { createSqliteStateStore } from '../sqlite/state.ts';
import { createEmbeddedAccountDirectory } from './accountDirectory.ts';
import { type EmbeddedOidc, type EmbeddedOidcOptions, openEmbeddedOidc } from './embeddedOidc.ts';

const PASSWORD = 'correct horse battery';
const networkKey = randomBytes(32);

/** Real time that a test may push forward. */
const movableClock = (): Clock & { forward(ms: number): void } => {
  let offsetMs = 0;
  const forward = (ms: number): void => {
    offsetMs += ms;
  };
  return { now: () => new Date(Date.now() + offsetMs), after: () => () => undefined, forward };
};

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

describe('embedded identity provider', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parvis-oidc-'));
  const clock = movableClock();
  const sealer: Sealer = createSealer(networkKey);
  const logoutTokens: string[] = [];
  const logLines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logLines.push(line) });
  let state: StateStore;
  let oidc: EmbeddedOidc;
  let server: Server;
  let origin: string;
  let verifier: TokenVerifier;
  let options: EmbeddedOidcOptions;
  let alice: string;

  beforeAll(async () => {
    server = createServer((request, response) => oidc.handler(request, response));
    origin = await listen(server);
    state = createSqliteStateStore({ folder });
    const deliverLogoutToken = async (token: string): Promise<void> => void logoutTokens.push(token);
    options = { publicUrl: origin, state, sealer, clock, logger, deliverLogoutToken, demo: { password: 'parvis-demo' } };
    oidc = await openEmbeddedOidc(options);
    verifier = createJoseVerifier({
      issuers: [
        {
          issuer: oidc.issuer,
          keys: localKeys(() => oidc.jwks()),
          audience: oidc.audience,
          authorisedParties: oidc.authorisedParties,
          types: ['at+jwt'],
        },
      ],
    });
    alice = await oidc.createAccount({
      email: 'Alice@Example.org',
      emailVerified: true,
      password: PASSWORD,
      givenName: 'Alice',
      roles: ['administrator'],
    });
  });
  afterAll(async () => {
    await oidc.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await state.close();
    rmSync(folder, { recursive: true });
  });

  const callback = (): string => `${origin}/auth/callback`;
  const endpoint = (path: string): string => `${oidc.issuer}/protocol/openid-connect/${path}`;
  const authorisation = (changes: Record<string, string | undefined> = {}, proof = pkce()): { address: string; verifier: string } => {
    const parameters = {
      client_id: 'parvis-web',
      redirect_uri: callback(),
      response_type: 'code',
      scope: 'openid profile email',
      state: 'state-1',
      nonce: 'nonce-1',
      code_challenge: proof.challenge,
      code_challenge_method: 'S256',
      ...changes,
    };
    const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { address: `${endpoint('auth')}?${new URLSearchParams(present)}`, verifier: proof.verifier };
  };
  const isCallback = (address: string): boolean => address.startsWith(callback());

  const openSignIn = async (
    browser: TestBrowser,
    address = authorisation().address,
  ): Promise<{ html: string; action: string; response: Response }> => {
    const { response } = await browser.follow(await browser.get(address), isCallback);
    const html = await response.text();
    return { html, action: formAction(html), response };
  };
  const basic = (): string => `Basic ${Buffer.from(`${oidc.web.clientId}:${oidc.web.clientSecret}`).toString('base64')}`;
  const token = (form: Record<string, string>, headers: Record<string, string> = { authorization: basic() }): Promise<Response> =>
    fetch(endpoint('token'), { method: 'POST', body: new URLSearchParams(form), headers });
  const codeFor = async (
    browser: TestBrowser,
    email: string,
    password: string,
  ): Promise<{ code: string; verifier: string; address: string }> => {
    const request = authorisation();
    const { action } = await openSignIn(browser, request.address);
    const { address } = await browser.follow(await browser.post(action, { email, password }), isCallback);
    return { code: new URL(address).searchParams.get('code') ?? '', verifier: request.verifier, address };
  };
  const exchange = (code: string, code_verifier: string): Promise<Response> =>
    token({ grant_type: 'authorization_code', code, code_verifier, redirect_uri: callback() });
  const signIn = async (browser: TestBrowser, email = 'alice@example.org', password = PASSWORD): Promise<Tokens> => {
    const { code, verifier: proof } = await codeFor(browser, email, password);
    return (await (await exchange(code, proof)).json()) as Tokens;
  };
  const renew = (refresh_token: string): Promise<Response> => token({ grant_type: 'refresh_token', refresh_token });

  describe('discovery', () => {
    it('tells the endpoints of a Keycloak realm, at the public address whatever Host was sent', async () => {
      const response = await fetch(`${origin}/realms/parvis/.well-known/openid-configuration`, {
        headers: { 'x-forwarded-host': 'evil.example' },
      });
      const metadata = (await response.json()) as Record<string, unknown>;
      expect(metadata).toMatchObject({ ...oidc.metadata(), issuer: `${origin}/realms/parvis`, token_endpoint: endpoint('token') });
      expect(metadata.response_types_supported).toEqual(['code']);
      expect(JSON.stringify(metadata)).not.toContain('evil.example');
    });

    it('publishes public keys only', async () => {
      const { keys } = (await (await fetch(endpoint('certs'))).json()) as { keys: Record<string, unknown>[] };
      expect(keys).toHaveLength(1);
      expect(keys[0]).toMatchObject({ kty: 'EC', use: 'sig', alg: 'ES256' });
      expect(keys[0]).not.toHaveProperty('d');
      expect(oidc.jwks().keys[0]).toMatchObject({ kid: keys[0]?.kid });
      expect(oidc.jwks().keys[0]).not.toHaveProperty('d');
    });
  });

  describe('sign-in', () => {
    it('gives a code, and for it tokens that the verifier takes', async () => {
      const browser = openTestBrowser(origin);
      const { code, verifier: proof, address } = await codeFor(browser, ' ALICE@example.org ', PASSWORD);
      expect(new URL(address).searchParams.get('state')).toBe('state-1');
      expect(new URL(address).searchParams.get('iss')).toBe(oidc.issuer);
      const tokens = (await (await exchange(code, proof)).json()) as Tokens;
      const verified = await verifier.verify(tokens.access_token);
      expect(verified).toMatchObject({
        issuer: oidc.issuer,
        subject: alice,
        authorisedParty: 'parvis-web',
        client: false,
        email: 'alice@example.org',
        emailVerified: true,
        providerRoles: ['administrator'],
      });
      expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
      expect(verified.sessionId).toBe(decodeJwt(tokens.id_token).sid);
      expect(decodeJwt(tokens.id_token)).toMatchObject({
        sub: alice,
        nonce: 'nonce-1',
        email: 'alice@example.org',
        given_name: 'Alice',
        aud: 'parvis-web',
      });
      await expect(verifier.verify(tokens.id_token)).rejects.toMatchObject({ code: 'token-invalid' });
    });

    it('is remembered by the browser for the next request', async () => {
      const browser = openTestBrowser(origin);
      await signIn(browser);
      const { address } = await browser.follow(await browser.get(authorisation().address), isCallback);
      expect(new URL(address).searchParams.get('code')).toBeTruthy();
    });

    it('sets cookies for its own path that scripts can not read', async () => {
      const browser = openTestBrowser(origin);
      const response = await browser.get(authorisation().address);
      const cookies = response.headers.getSetCookie();
      expect(cookies.length).toBeGreaterThan(0);
      for (const cookie of cookies) expect(cookie).toMatch(/path=\/realms\/parvis.*httponly/i);
      for (const cookie of cookies) expect(cookie).toMatch(/samesite=lax/i);
    });

    it('answers a wrong password, an unknown address and no address alike', async () => {
      const answers: { status: number; html: string }[] = [];
      for (const email of ['alice@example.org', 'nobody@example.org', 'no address']) {
        const browser = openTestBrowser(origin);
        const { action } = await openSignIn(browser);
        const response = await browser.post(action, { email, password: 'wrong password' });
        const html = (await response.text()).replaceAll(email, 'EMAIL').replaceAll(/interaction\/[\w-]+/g, 'interaction/X');
        answers.push({ status: response.status, html });
      }
      expect(answers[0]).toMatchObject({ status: 422 });
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    });

    it('hashes a password also when there is no account', async () => {
      const timeOf = async (email: string): Promise<number> => {
        const browser = openTestBrowser(origin);
        const { action } = await openSignIn(browser);
        const start = performance.now();
        await browser.post(action, { email, password: 'wrong password' });
        return performance.now() - start;
      };
      const known = await timeOf('alice@example.org');
      const unknown = await timeOf('nobody-2@example.org');
      // A tenth of the hash's cost would be missing by far if it were skipped; the margin is for a busy machine.
      expect(unknown).toBeGreaterThan(known / 5);
    });

    it('refuses a form from another site', async () => {
      const browser = openTestBrowser(origin);
      const { action } = await openSignIn(browser);
      const response = await browser.post(action, { email: 'alice@example.org', password: PASSWORD }, { origin: 'https://evil.example' });
      expect(response.status).toBe(403);
    });

    it('refuses a form without its cookie, of another interaction, and a huge one', async () => {
      const [browser, other] = [openTestBrowser(origin), openTestBrowser(origin)];
      const { action } = await openSignIn(browser);
      expect((await other.post(action, { email: 'alice@example.org', password: PASSWORD })).status).toBe(400);
      await openSignIn(other);
      expect((await other.post(action, { email: 'alice@example.org', password: PASSWORD })).status).toBe(400);
      expect((await browser.post(action, { email: 'alice@example.org', password: 'x'.repeat(9_000) })).status).toBe(400);
    });

    it('shows a page in French or English under a strict policy, and escapes what it is given', async () => {
      const french = await openSignIn(openTestBrowser(origin), authorisation({ ui_locales: 'fr' }).address);
      expect(french.html).toContain('<html lang="fr">');
      expect(french.html).toContain('Mot de passe');
      const english = await openSignIn(openTestBrowser(origin), authorisation({ login_hint: '"><script>alert(1)</script>' }).address);
      expect(english.html).toContain('<html lang="en">');
      expect(english.html).not.toContain('<script');
      const policy = english.response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');
      expect(english.response.headers.get('cache-control')).toBe('no-store');
    });

    it('locks an address after too many failures, known or not, and opens again with time', async () => {
      const bob = await oidc.createAccount({ email: 'bob@example.org', emailVerified: true, password: PASSWORD });
      for (let failure = 0; failure < 5; failure += 1) {
        const browser = openTestBrowser(origin);
        const { action } = await openSignIn(browser);
        expect((await browser.post(action, { email: 'bob@example.org', password: 'wrong password' })).status).toBe(422);
      }
      const locked = openTestBrowser(origin);
      const { action } = await openSignIn(locked);
      expect((await locked.post(action, { email: 'bob@example.org', password: PASSWORD })).status).toBe(422);
      clock.forward(31_000);
      expect((await locked.post(action, { email: 'bob@example.org', password: PASSWORD })).status).toBe(303);
      await oidc.erase(bob);
    });
  });

  describe('authorisation requests', () => {
    it.each([
      ['an unknown client', { client_id: 'unknown' }],
      ['another redirect address', { redirect_uri: 'https://evil.example/auth/callback' }],
      ['a redirect address with an addition', { redirect_uri: 'ADDED' }],
    ])('are refused without a redirect for %s', async (_what, changes: Record<string, string>) => {
      const changed = changes.redirect_uri === 'ADDED' ? { redirect_uri: `${callback()}?x=1` } : changes;
      const response = await openTestBrowser(origin).get(authorisation(changed).address);
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
      expect(await response.text()).not.toContain('evil.example');
    });

    it.each([
      ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
      ['plain PKCE', { code_challenge_method: 'plain' }],
      ['the implicit flow', { response_type: 'id_token' }],
      ['another resource', { resource: 'https://other.example/api' }],
    ])('are refused for %s', async (_what, changes) => {
      const { address } = await openTestBrowser(origin).follow(
        await openTestBrowser(origin).get(authorisation(changes).address),
        () => true,
      );
      const answer = new URL(address);
      const told = new URLSearchParams(answer.search || answer.hash.slice(1));
      expect(told.get('error')).toBeTruthy();
      expect(told.get('code')).toBeNull();
    });
  });

  describe('codes', () => {
    it('need the right verifier, redirect address and client', async () => {
      const { code, verifier: proof } = await codeFor(openTestBrowser(origin), 'alice@example.org', PASSWORD);
      expect((await exchange(code, pkce().verifier)).status).toBe(400);
      expect((await token({ grant_type: 'authorization_code', code, code_verifier: proof, redirect_uri: `${origin}/other` })).status).toBe(
        400,
      );
      const asCli = { grant_type: 'authorization_code', code, code_verifier: proof, redirect_uri: callback(), client_id: 'parvis-cli' };
      expect((await token(asCli, {})).status).toBe(400);
      const wrongSecret = { authorization: `Basic ${Buffer.from('parvis-web:wrong').toString('base64')}` };
      expect(
        (await token({ grant_type: 'authorization_code', code, code_verifier: proof, redirect_uri: callback() }, wrongSecret)).status,
      ).toBe(401);
      expect((await exchange(code, proof)).status).toBe(200);
    });

    it('work once; using one again ends what came of it', async () => {
      const { code, verifier: proof } = await codeFor(openTestBrowser(origin), 'alice@example.org', PASSWORD);
      const tokens = (await (await exchange(code, proof)).json()) as Tokens;
      expect((await exchange(code, proof)).status).toBe(400);
      expect((await renew(tokens.refresh_token)).status).toBe(400);
    });
  });

  describe('refresh tokens', () => {
    it('rotate', async () => {
      const first = await signIn(openTestBrowser(origin));
      const second = (await (await renew(first.refresh_token)).json()) as Tokens;
      expect(second.refresh_token).not.toBe(first.refresh_token);
      expect(await verifier.verify(second.access_token)).toMatchObject({ subject: alice, email: 'alice@example.org' });
    });

    it('used twice end the whole family', async () => {
      const first = await signIn(openTestBrowser(origin));
      const second = (await (await renew(first.refresh_token)).json()) as Tokens;
      expect((await renew(first.refresh_token)).status).toBe(400);
      expect((await renew(second.refresh_token)).status).toBe(400);
    });

    it('used twice at once are taken once at most', async () => {
      const first = await signIn(openTestBrowser(origin));
      const statuses = await Promise.all(Array.from({ length: 4 }, async () => (await renew(first.refresh_token)).status));
      expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
    });

    it('can be revoked', async () => {
      const { refresh_token } = await signIn(openTestBrowser(origin));
      const body = new URLSearchParams({ token: refresh_token });
      expect((await fetch(endpoint('revoke'), { method: 'POST', body, headers: { authorization: basic() } })).status).toBe(200);
      expect((await renew(refresh_token)).status).toBe(400);
    });
  });

  describe('sign-out', () => {
    it('with an id token ends the session, tells the gateway and returns', async () => {
      const browser = openTestBrowser(origin);
      const tokens = await signIn(browser);
      const parameters = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: `${origin}/` });
      const page = await browser.get(`${endpoint('logout')}?${parameters}`);
      const html = await page.text();
      expect(page.headers.get('content-security-policy')).toContain("script-src 'sha256-");
      logoutTokens.length = 0;
      const response = await browser.post(formAction(html), { xsrf: hiddenField(html, 'xsrf'), logout: 'yes' });
      expect(response.headers.get('location')).toBe(`${origin}/`);
      expect(decodeJwt(logoutTokens[0] ?? '')).toMatchObject({
        iss: oidc.issuer,
        aud: 'parvis-web',
        sub: alice,
        sid: decodeJwt(tokens.id_token).sid,
      });
      expect((await renew(tokens.refresh_token)).status).toBe(400);
      expect((await openSignIn(browser)).html).toContain('type="password"');
    });

    it('asks someone whose client shows nothing, and returns nowhere else', async () => {
      const browser = openTestBrowser(origin);
      await signIn(browser);
      const page = await browser.get(`${endpoint('logout')}?post_logout_redirect_uri=https://evil.example/`);
      const html = await page.text();
      expect(page.headers.get('content-security-policy')).not.toContain('script-src');
      expect(html).not.toContain('evil.example');
    });

    it('refuses a form without its secret', async () => {
      const browser = openTestBrowser(origin);
      await signIn(browser);
      const html = await (await browser.get(endpoint('logout'))).text();
      expect((await browser.post(formAction(html), { logout: 'yes' })).status).toBe(400);
    });
  });

  describe('accounts', () => {
    it('are one per address', async () => {
      await expect(oidc.createAccount({ email: 'ALICE@example.org', emailVerified: true, password: PASSWORD })).rejects.toMatchObject({
        code: 'account-exists',
      });
      const at = { email: 'race@example.org', emailVerified: true, password: PASSWORD };
      const outcomes = await Promise.allSettled([oidc.createAccount(at), oidc.createAccount(at), oidc.createAccount(at)]);
      const made = outcomes.filter(({ status }) => status === 'fulfilled');
      expect(made.length).toBe(1);
    });

    it.each([
      ['no address', { email: 'nobody', password: PASSWORD }],
      ['a short password', { email: 'x@example.org', password: 'nine char' }],
      ['no password', { email: 'x@example.org' }],
    ])('are not made with %s', async (_what, account) => {
      await expect(oidc.createAccount({ emailVerified: true, ...account })).rejects.toMatchObject({ kind: 'invalid' });
    });

    it('share a hash where a demonstration says so', async () => {
      const passwordHash = await oidc.hashPassword('parvis-demo');
      await oidc.createAccount({ email: 'demo1@example.org', emailVerified: true, passwordHash });
      await oidc.createAccount({ email: 'demo2@example.org', emailVerified: true, passwordHash });
      expect((await signIn(openTestBrowser(origin), 'demo2@example.org', 'parvis-demo')).access_token).toBeTruthy();
    });

    it('that are disabled sign in no more, lose their sessions, and may be enabled again', async () => {
      const carol = await oidc.createAccount({ email: 'carol@example.org', emailVerified: true, password: PASSWORD });
      const browser = openTestBrowser(origin);
      const tokens = await signIn(browser, 'carol@example.org');
      logoutTokens.length = 0;
      const ended: string[] = [];
      const directory = createEmbeddedAccountDirectory(oidc, { endBySubject: async (_issuer, subject) => ended.push(subject) });
      await directory.disable({ issuer: 'https://elsewhere.example', subject: carol });
      expect((await renew(tokens.refresh_token)).status).toBe(200);
      await directory.disable({ issuer: oidc.issuer, subject: carol });
      await directory.endSessions({ issuer: oidc.issuer, subject: carol });
      expect(ended).toEqual([carol]);
      expect(logoutTokens.map((text) => decodeJwt(text).sub)).toEqual([carol]);
      expect((await renew(tokens.refresh_token)).status).toBe(400);
      const { action } = await openSignIn(browser);
      expect((await browser.post(action, { email: 'carol@example.org', password: PASSWORD })).status).toBe(422);
      await directory.enable({ issuer: oidc.issuer, subject: carol });
      expect((await signIn(openTestBrowser(origin), 'carol@example.org')).access_token).toBeTruthy();
    });

    it('that are erased are gone, sessions and address too', async () => {
      const dave = await oidc.createAccount({ email: 'dave@example.org', emailVerified: true, password: PASSWORD });
      const tokens = await signIn(openTestBrowser(origin), 'dave@example.org');
      await oidc.erase(dave);
      await oidc.erase(dave);
      expect(await oidc.findAccount(dave)).toBeUndefined();
      expect(await oidc.findAccountByEmail('dave@example.org')).toBeUndefined();
      expect((await renew(tokens.refresh_token)).status).toBe(400);
      expect(await oidc.createAccount({ email: 'dave@example.org', emailVerified: true, password: PASSWORD })).not.toBe(dave);
    });

    it('lose their sessions with their old password', async () => {
      const erin = await oidc.createAccount({ email: 'erin@example.org', emailVerified: true, password: PASSWORD });
      const tokens = await signIn(openTestBrowser(origin), 'erin@example.org');
      await oidc.setPassword(erin, 'another long password');
      expect((await renew(tokens.refresh_token)).status).toBe(400);
      expect((await signIn(openTestBrowser(origin), 'erin@example.org', 'another long password')).access_token).toBeTruthy();
    });
  });

  describe('choosing a password', () => {
    const ticketFor = (email: string, changes: object = {}): string =>
      oidc.passwordPageFor({ email, givenName: 'Frank', returnTo: '/auth/login?x=1', lifetimeMs: 3_600_000, ...changes });

    it('makes the account of someone invited, once', async () => {
      const browser = openTestBrowser(origin);
      const address = ticketFor('frank@example.org');
      const html = await (await browser.get(address, { 'accept-language': 'fr-FR,fr;q=0.9' })).text();
      expect(html).toContain('Choisissez votre mot de passe');
      expect(html).toContain('frank@example.org');
      expect((await browser.post(formAction(html), { password: PASSWORD, repeat: `${PASSWORD}!` })).status).toBe(422);
      expect((await browser.post(formAction(html), { password: 'short', repeat: 'short' })).status).toBe(422);
      const saved = await browser.post(formAction(html), { password: PASSWORD, repeat: PASSWORD });
      expect(saved.status).toBe(303);
      expect(saved.headers.get('location')).toBe('/auth/login?x=1');
      expect((await browser.post(formAction(html), { password: 'one more password', repeat: 'one more password' })).status).toBe(410);
      expect((await browser.get(address)).status).toBe(410);
      expect(await oidc.findAccountByEmail('frank@example.org')).toMatchObject({ emailVerified: true, givenName: 'Frank' });
      expect((await signIn(openTestBrowser(origin), 'frank@example.org')).access_token).toBeTruthy();
    });

    it('is refused from another site, with a changed link and after its time', async () => {
      const browser = openTestBrowser(origin);
      const address = ticketFor('grace@example.org');
      const form = { password: PASSWORD, repeat: PASSWORD };
      expect((await browser.post(address, form, { origin: 'https://evil.example' })).status).toBe(403);
      expect((await browser.post(`${address.slice(0, -3)}abc`, form)).status).toBe(410);
      clock.forward(3_600_001);
      expect((await browser.post(address, form)).status).toBe(410);
      expect(await oidc.findAccountByEmail('grace@example.org')).toBeUndefined();
    });

    it.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'auth/login', '/a\r\nx: y'])(
      'returns to no other place: %j',
      (returnTo) => {
        expect(() => ticketFor('x@example.org', { returnTo })).toThrow('returnTo');
      },
    );

    it('refuses a link that would live longer than a day', () => {
      expect(() => ticketFor('x@example.org', { lifetimeMs: 24 * 3600_000 + 1 })).toThrow('lifetimeMs');
    });
  });

  describe('demonstration', () => {
    const grant = (form: Record<string, string>): Promise<Response> =>
      token({ grant_type: 'password', client_id: 'parvis-cli', ...form }, {});

    it('gives curl a token for name and password', async () => {
      const response = await grant({ username: 'alice@example.org', password: PASSWORD });
      const body = (await response.json()) as { access_token: string; token_type: string; expires_in: number };
      expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300 });
      expect(await verifier.verify(body.access_token)).toMatchObject({
        subject: alice,
        authorisedParty: 'parvis-cli',
        email: 'alice@example.org',
        client: false,
      });
    });

    it('gives nothing for a wrong password, an unknown name and another client', async () => {
      const wrong = await grant({ username: 'alice@example.org', password: 'wrong password' });
      const unknown = await grant({ username: 'nobody-3@example.org', password: PASSWORD });
      expect([wrong.status, unknown.status]).toEqual([400, 400]);
      expect(await wrong.json()).toEqual(await unknown.json());
      expect((await token({ grant_type: 'password', username: 'alice@example.org', password: PASSWORD })).status).toBe(400);
    });

    it('shows its password on the page', async () =>
      expect((await openSignIn(openTestBrowser(origin))).html).toContain('<code>parvis-demo</code>'));

    it('does not exist outside of it', async () => {
      const { demo: _demo, ...real } = options;
      const plain = await openEmbeddedOidc(real);
      const other = createServer(plain.handler);
      const address = await listen(other);
      const body = new URLSearchParams({
        grant_type: 'password',
        client_id: 'parvis-cli',
        username: 'alice@example.org',
        password: PASSWORD,
      });
      const response = await fetch(`${address}/realms/parvis/protocol/openid-connect/token`, { method: 'POST', body });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'unsupported_grant_type' });
      await plain.close();
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    });

    it('refuses an address that others can reach', async () => {
      await expect(openEmbeddedOidc({ ...options, publicUrl: 'https://parvis.example' })).rejects.toThrow('demo mode');
    });
  });

  describe('keys and files', () => {
    it('go on verifying after a rotation, and a restart keeps keys and sessions', async () => {
      const browser = openTestBrowser(origin);
      const before = await signIn(browser);
      await oidc.rotateSigningKey();
      const after = (await (await renew(before.refresh_token)).json()) as Tokens;
      expect(decodeProtectedHeader(after.access_token).kid).not.toBe(decodeProtectedHeader(before.access_token).kid);
      await verifier.verify(before.access_token);
      await verifier.verify(after.access_token);
      await oidc.close();
      oidc = await openEmbeddedOidc(options);
      await verifier.verify(before.access_token);
      const { address } = await browser.follow(await browser.get(authorisation().address), isCallback);
      expect(new URL(address).searchParams.get('code')).toBeTruthy();
    });

    it('do not open under another network key', async () => {
      await expect(openEmbeddedOidc({ ...options, sealer: createSealer(randomBytes(32)) })).rejects.toThrow();
    });

    it('hold no address, name, password, code or token as it is; nor do the logs', async () => {
      const browser = openTestBrowser(origin);
      const { code, verifier: proof } = await codeFor(browser, 'alice@example.org', PASSWORD);
      const tokens = (await (await exchange(code, proof)).json()) as Tokens;
      const session = decodeURIComponent(browser.cookies.get('parvis_sso') ?? 'missing');
      const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name)))).toString('latin1');
      expect(bytes).toContain('parvis-web');
      for (const secret of ['alice@example.org', 'Alice', PASSWORD, code, tokens.refresh_token, session])
        expect(bytes).not.toContain(secret);
      for (const secret of ['@example.org', PASSWORD, tokens.refresh_token]) expect(logLines.join('')).not.toContain(secret);
    });

    it('forget what has expired', async () => {
      const tokens = await signIn(openTestBrowser(origin));
      clock.forward(15 * 24 * 3600_000);
      expect((await renew(tokens.refresh_token)).status).toBe(400);
    });
  });

  it('answers nothing outside its path', async () => {
    expect((await fetch(`${origin}/other`)).status).toBe(404);
    expect((await fetch(`${origin}/realms/other/protocol/openid-connect/certs`)).status).toBe(404);
    expect((await fetch(`${origin}/realms/parvis/register`)).status).toBe(404);
  });
});
