import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestBrowser, pkce } from '../../testing/oidc/browser.ts';
import { type OidcWorld, openOidcWorld, PASSWORD, type Tokens } from '../../testing/oidc/oidcWorld.ts';

describe('embedded identity provider: codes and tokens', () => {
  let world: OidcWorld;
  beforeAll(async () => {
    world = await openOidcWorld();
  });
  afterAll(() => world.close());

  describe('authorisation requests', () => {
    it.each([
      ['an unknown client', { client_id: 'unknown' }],
      ['another redirect address', { redirect_uri: 'https://evil.example/auth/callback' }],
      ['a redirect address with an addition', { redirect_uri: 'ADDED' }],
    ])('are refused without a redirect for %s', async (_what, changes: Record<string, string>) => {
      const changed = changes.redirect_uri === 'ADDED' ? { redirect_uri: `${world.callback()}?x=1` } : changes;
      const response = await openTestBrowser(world.origin).get(world.authorisation(changed).address);
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
      const { address } = await openTestBrowser(world.origin).follow(
        await openTestBrowser(world.origin).get(world.authorisation(changes).address),
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
      const { code, proof } = await world.codeFor(openTestBrowser(world.origin), 'alice@example.org', PASSWORD);
      expect((await world.exchange(code, pkce().verifier)).status).toBe(400);
      expect(
        (await world.token({ grant_type: 'authorization_code', code, code_verifier: proof, redirect_uri: `${world.origin}/other` })).status,
      ).toBe(400);
      const asCli = {
        grant_type: 'authorization_code',
        code,
        code_verifier: proof,
        redirect_uri: world.callback(),
        client_id: 'parvis-cli',
      };
      expect((await world.token(asCli, {})).status).toBe(400);
      const wrongSecret = { authorization: `Basic ${Buffer.from('parvis-web:wrong').toString('base64')}` };
      expect(
        (await world.token({ grant_type: 'authorization_code', code, code_verifier: proof, redirect_uri: world.callback() }, wrongSecret))
          .status,
      ).toBe(401);
      expect((await world.exchange(code, proof)).status).toBe(200);
    });

    it('work once; using one again ends what came of it', async () => {
      const { code, proof } = await world.codeFor(openTestBrowser(world.origin), 'alice@example.org', PASSWORD);
      const tokens = (await (await world.exchange(code, proof)).json()) as Tokens;
      expect((await world.exchange(code, proof)).status).toBe(400);
      expect((await world.renew(tokens.refresh_token)).status).toBe(400);
    });
  });

  describe('refresh tokens', () => {
    it('rotate', async () => {
      const first = await world.signIn(openTestBrowser(world.origin));
      const second = (await (await world.renew(first.refresh_token)).json()) as Tokens;
      expect(second.refresh_token).not.toBe(first.refresh_token);
      expect(await world.verifier.verify(second.access_token)).toMatchObject({ subject: world.alice, email: 'alice@example.org' });
    });

    it('used twice end the whole family', async () => {
      const first = await world.signIn(openTestBrowser(world.origin));
      const second = (await (await world.renew(first.refresh_token)).json()) as Tokens;
      expect((await world.renew(first.refresh_token)).status).toBe(400);
      expect((await world.renew(second.refresh_token)).status).toBe(400);
    });

    it('used twice at once are taken once at most', async () => {
      const first = await world.signIn(openTestBrowser(world.origin));
      const statuses = await Promise.all(Array.from({ length: 4 }, async () => (await world.renew(first.refresh_token)).status));
      expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
    });

    it('can be revoked', async () => {
      const { refresh_token } = await world.signIn(openTestBrowser(world.origin));
      const body = new URLSearchParams({ token: refresh_token });
      expect((await fetch(world.endpoint('revoke'), { method: 'POST', body, headers: { authorization: world.basic() } })).status).toBe(200);
      expect((await world.renew(refresh_token)).status).toBe(400);
    });
  });
});
