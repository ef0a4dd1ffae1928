import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { formAction, openTestBrowser } from '../../testing/oidc/browser.ts';
import { type OidcWorld, openOidcWorld, PASSWORD } from '../../testing/oidc/oidcWorld.ts';
import { createEmbeddedAccountDirectory } from './accountDirectory.ts';

describe('embedded identity provider: accounts and passwords', () => {
  let world: OidcWorld;
  beforeAll(async () => {
    world = await openOidcWorld();
  });
  afterAll(() => world.close());

  describe('accounts', () => {
    it('are one per address', async () => {
      await expect(world.oidc.createAccount({ email: 'ALICE@example.org', emailVerified: true, password: PASSWORD })).rejects.toMatchObject(
        {
          code: 'account-exists',
        },
      );
      const at = { email: 'race@example.org', emailVerified: true, password: PASSWORD };
      const outcomes = await Promise.allSettled([world.oidc.createAccount(at), world.oidc.createAccount(at), world.oidc.createAccount(at)]);
      const made = outcomes.filter(({ status }) => status === 'fulfilled');
      expect(made.length).toBe(1);
    });

    it.each([
      ['no address', { email: 'nobody', password: PASSWORD }],
      ['a short password', { email: 'x@example.org', password: 'nine char' }],
      ['no password', { email: 'x@example.org' }],
    ])('are not made with %s', async (_what, account) => {
      await expect(world.oidc.createAccount({ emailVerified: true, ...account })).rejects.toMatchObject({ kind: 'invalid' });
    });

    it('share a hash where a demonstration says so', async () => {
      const passwordHash = await world.oidc.hashPassword('parvis-demo');
      await world.oidc.createAccount({ email: 'demo1@example.org', emailVerified: true, passwordHash });
      await world.oidc.createAccount({ email: 'demo2@example.org', emailVerified: true, passwordHash });
      expect((await world.signIn(openTestBrowser(world.origin), 'demo2@example.org', 'parvis-demo')).access_token).toBeTruthy();
    });

    it('that are disabled sign in no more, lose their sessions, and may be enabled again', async () => {
      const carol = await world.oidc.createAccount({ email: 'carol@example.org', emailVerified: true, password: PASSWORD });
      const browser = openTestBrowser(world.origin);
      const tokens = await world.signIn(browser, 'carol@example.org');
      world.logoutTokens.length = 0;
      const ended: string[] = [];
      const directory = createEmbeddedAccountDirectory(world.oidc, { endBySubject: async (_issuer, subject) => ended.push(subject) });
      await directory.disable({ issuer: 'https://elsewhere.example', subject: carol });
      expect((await world.renew(tokens.refresh_token)).status).toBe(200);
      await directory.disable({ issuer: world.oidc.issuer, subject: carol });
      await directory.endSessions({ issuer: world.oidc.issuer, subject: carol });
      expect(ended).toEqual([carol]);
      expect(world.logoutTokens.map((text) => decodeJwt(text).sub)).toEqual([carol]);
      expect((await world.renew(tokens.refresh_token)).status).toBe(400);
      const { action } = await world.openSignIn(browser);
      expect((await browser.post(action, { email: 'carol@example.org', password: PASSWORD })).status).toBe(422);
      await directory.enable({ issuer: world.oidc.issuer, subject: carol });
      expect((await world.signIn(openTestBrowser(world.origin), 'carol@example.org')).access_token).toBeTruthy();
    });

    it('that are erased are gone, sessions and address too', async () => {
      const dave = await world.oidc.createAccount({ email: 'dave@example.org', emailVerified: true, password: PASSWORD });
      const tokens = await world.signIn(openTestBrowser(world.origin), 'dave@example.org');
      await world.oidc.erase(dave);
      await world.oidc.erase(dave);
      expect(await world.oidc.findAccount(dave)).toBeUndefined();
      expect(await world.oidc.findAccountByEmail('dave@example.org')).toBeUndefined();
      expect((await world.renew(tokens.refresh_token)).status).toBe(400);
      expect(await world.oidc.createAccount({ email: 'dave@example.org', emailVerified: true, password: PASSWORD })).not.toBe(dave);
    });

    it('lose their sessions with their old password', async () => {
      const erin = await world.oidc.createAccount({ email: 'erin@example.org', emailVerified: true, password: PASSWORD });
      const tokens = await world.signIn(openTestBrowser(world.origin), 'erin@example.org');
      await world.oidc.setPassword(erin, 'another long password');
      expect((await world.renew(tokens.refresh_token)).status).toBe(400);
      expect((await world.signIn(openTestBrowser(world.origin), 'erin@example.org', 'another long password')).access_token).toBeTruthy();
    });
  });

  describe('choosing a password', () => {
    const ticketFor = (email: string, changes: object = {}): string =>
      world.oidc.passwordPageFor({ email, givenName: 'Frank', returnTo: '/auth/login?x=1', lifetimeMs: 3_600_000, ...changes });

    it('makes the account of someone invited, once', async () => {
      const browser = openTestBrowser(world.origin);
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
      expect(await world.oidc.findAccountByEmail('frank@example.org')).toMatchObject({ emailVerified: true, givenName: 'Frank' });
      expect((await world.signIn(openTestBrowser(world.origin), 'frank@example.org')).access_token).toBeTruthy();
    });

    it('is refused from another site, with a changed link and after its time', async () => {
      const browser = openTestBrowser(world.origin);
      const address = ticketFor('grace@example.org');
      const form = { password: PASSWORD, repeat: PASSWORD };
      expect((await browser.post(address, form, { origin: 'https://evil.example' })).status).toBe(403);
      expect((await browser.post(`${address.slice(0, -3)}abc`, form)).status).toBe(410);
      world.forward(3_600_001);
      expect((await browser.post(address, form)).status).toBe(410);
      expect(await world.oidc.findAccountByEmail('grace@example.org')).toBeUndefined();
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
});
