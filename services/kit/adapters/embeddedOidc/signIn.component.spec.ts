import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { formAction, hiddenField, openTestBrowser } from '../../testing/oidc/browser.ts';
import { type OidcWorld, openOidcWorld, PASSWORD, type Tokens } from '../../testing/oidc/oidcWorld.ts';

describe('embedded identity provider: signing in and out', () => {
  let world: OidcWorld;
  beforeAll(async () => {
    world = await openOidcWorld();
  });
  afterAll(() => world.close());

  describe('discovery', () => {
    it('tells the endpoints of a Keycloak realm, at the public address whatever Host was sent', async () => {
      const response = await fetch(`${world.origin}/realms/parvis/.well-known/openid-configuration`, {
        headers: { 'x-forwarded-host': 'evil.example' },
      });
      const metadata = (await response.json()) as Record<string, unknown>;
      expect(metadata).toMatchObject({
        ...world.oidc.metadata(),
        issuer: `${world.origin}/realms/parvis`,
        token_endpoint: world.endpoint('token'),
      });
      expect(metadata.response_types_supported).toEqual(['code']);
      expect(JSON.stringify(metadata)).not.toContain('evil.example');
    });

    it('publishes public keys only', async () => {
      const { keys } = (await (await fetch(world.endpoint('certs'))).json()) as { keys: Record<string, unknown>[] };
      expect(keys).toHaveLength(1);
      expect(keys[0]).toMatchObject({ kty: 'EC', use: 'sig', alg: 'ES256' });
      expect(keys[0]).not.toHaveProperty('d');
      expect(world.oidc.jwks().keys[0]).toMatchObject({ kid: keys[0]?.kid });
      expect(world.oidc.jwks().keys[0]).not.toHaveProperty('d');
    });
  });

  describe('sign-in', () => {
    it('gives a code, and for it tokens that the verifier takes', async () => {
      const browser = openTestBrowser(world.origin);
      const { code, proof, address } = await world.codeFor(browser, ' ALICE@example.org ', PASSWORD);
      expect(new URL(address).searchParams.get('state')).toBe('state-1');
      expect(new URL(address).searchParams.get('iss')).toBe(world.oidc.issuer);
      const tokens = (await (await world.exchange(code, proof)).json()) as Tokens;
      const verified = await world.verifier.verify(tokens.access_token);
      expect(verified).toMatchObject({
        issuer: world.oidc.issuer,
        subject: world.alice,
        authorisedParty: 'parvis-web',
        client: false,
        email: 'alice@example.org',
        emailVerified: true,
        providerRoles: ['administrator'],
      });
      expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
      expect(verified.sessionId).toBe(decodeJwt(tokens.id_token).sid);
      expect(decodeJwt(tokens.id_token)).toMatchObject({
        sub: world.alice,
        nonce: 'nonce-1',
        email: 'alice@example.org',
        given_name: 'Alice',
        aud: 'parvis-web',
      });
      await expect(world.verifier.verify(tokens.id_token)).rejects.toMatchObject({ code: 'token-invalid' });
    });

    it('is remembered by the browser for the next request', async () => {
      const browser = openTestBrowser(world.origin);
      await world.signIn(browser);
      const { address } = await browser.follow(await browser.get(world.authorisation().address), world.isCallback);
      expect(new URL(address).searchParams.get('code')).toBeTruthy();
    });

    it('sets cookies for its own path that scripts can not read', async () => {
      const browser = openTestBrowser(world.origin);
      const response = await browser.get(world.authorisation().address);
      const cookies = response.headers.getSetCookie();
      expect(cookies.length).toBeGreaterThan(0);
      for (const cookie of cookies) expect(cookie).toMatch(/path=\/realms\/parvis.*httponly/i);
      for (const cookie of cookies) expect(cookie).toMatch(/samesite=lax/i);
    });

    it('answers a wrong password, an unknown address and no address alike', async () => {
      const answers: { status: number; html: string }[] = [];
      for (const email of ['alice@example.org', 'nobody@example.org', 'no address']) {
        const browser = openTestBrowser(world.origin);
        const { action } = await world.openSignIn(browser);
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
        const browser = openTestBrowser(world.origin);
        const { action } = await world.openSignIn(browser);
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
      const browser = openTestBrowser(world.origin);
      const { action } = await world.openSignIn(browser);
      const response = await browser.post(action, { email: 'alice@example.org', password: PASSWORD }, { origin: 'https://evil.example' });
      expect(response.status).toBe(403);
    });

    it('refuses a form without its cookie, of another interaction, and a huge one', async () => {
      const [browser, other] = [openTestBrowser(world.origin), openTestBrowser(world.origin)];
      const { action } = await world.openSignIn(browser);
      expect((await other.post(action, { email: 'alice@example.org', password: PASSWORD })).status).toBe(400);
      await world.openSignIn(other);
      expect((await other.post(action, { email: 'alice@example.org', password: PASSWORD })).status).toBe(400);
      expect((await browser.post(action, { email: 'alice@example.org', password: 'x'.repeat(9_000) })).status).toBe(400);
    });

    it('shows a page in French or English under a strict policy, and escapes what it is given', async () => {
      const french = await world.openSignIn(openTestBrowser(world.origin), world.authorisation({ ui_locales: 'fr' }).address);
      expect(french.html).toContain('<html lang="fr">');
      expect(french.html).toContain('Mot de passe');
      const english = await world.openSignIn(
        openTestBrowser(world.origin),
        world.authorisation({ login_hint: '"><script>alert(1)</script>' }).address,
      );
      expect(english.html).toContain('<html lang="en">');
      expect(english.html).not.toContain('<script');
      const policy = english.response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');
      expect(english.response.headers.get('cache-control')).toBe('no-store');
    });

    it('locks an address after too many failures, known or not, and opens again with time', async () => {
      const bob = await world.oidc.createAccount({ email: 'bob@example.org', emailVerified: true, password: PASSWORD });
      for (let failure = 0; failure < 5; failure += 1) {
        const browser = openTestBrowser(world.origin);
        const { action } = await world.openSignIn(browser);
        expect((await browser.post(action, { email: 'bob@example.org', password: 'wrong password' })).status).toBe(422);
      }
      const locked = openTestBrowser(world.origin);
      const { action } = await world.openSignIn(locked);
      expect((await locked.post(action, { email: 'bob@example.org', password: PASSWORD })).status).toBe(422);
      world.forward(31_000);
      expect((await locked.post(action, { email: 'bob@example.org', password: PASSWORD })).status).toBe(303);
      await world.oidc.erase(bob);
    });
  });

  describe('sign-out', () => {
    it('with an id token ends the session, tells the gateway and returns', async () => {
      const browser = openTestBrowser(world.origin);
      const tokens = await world.signIn(browser);
      const parameters = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: `${world.origin}/` });
      const page = await browser.get(`${world.endpoint('logout')}?${parameters}`);
      const html = await page.text();
      expect(page.headers.get('content-security-policy')).toContain("script-src 'sha256-");
      world.logoutTokens.length = 0;
      const response = await browser.post(formAction(html), { xsrf: hiddenField(html, 'xsrf'), logout: 'yes' });
      expect(response.headers.get('location')).toBe(`${world.origin}/`);
      expect(decodeJwt(world.logoutTokens[0] ?? '')).toMatchObject({
        iss: world.oidc.issuer,
        aud: 'parvis-web',
        sub: world.alice,
        sid: decodeJwt(tokens.id_token).sid,
      });
      expect((await world.renew(tokens.refresh_token)).status).toBe(400);
      expect((await world.openSignIn(browser)).html).toContain('type="password"');
    });

    it('asks someone whose client shows nothing, and returns nowhere else', async () => {
      const browser = openTestBrowser(world.origin);
      await world.signIn(browser);
      const page = await browser.get(`${world.endpoint('logout')}?post_logout_redirect_uri=https://evil.example/`);
      const html = await page.text();
      expect(page.headers.get('content-security-policy')).not.toContain('script-src');
      expect(html).not.toContain('evil.example');
    });

    it('refuses a form without its secret', async () => {
      const browser = openTestBrowser(world.origin);
      await world.signIn(browser);
      const html = await (await browser.get(world.endpoint('logout'))).text();
      expect((await browser.post(formAction(html), { logout: 'yes' })).status).toBe(400);
    });
  });

  it('answers nothing outside its path', async () => {
    expect((await fetch(`${world.origin}/other`)).status).toBe(404);
    expect((await fetch(`${world.origin}/realms/other/protocol/openid-connect/certs`)).status).toBe(404);
    expect((await fetch(`${world.origin}/realms/parvis/register`)).status).toBe(404);
  });
});
