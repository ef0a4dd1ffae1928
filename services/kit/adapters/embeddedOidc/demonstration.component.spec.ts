import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { createSealer } from '../../runtime/sealer.ts';
import { openTestBrowser } from '../../testing/oidc/browser.ts';
import { listen, type OidcWorld, openOidcWorld, PASSWORD, stopListening, type Tokens } from '../../testing/oidc/oidcWorld.ts';
import { openEmbeddedOidc } from './embeddedOidc.ts';

describe('embedded identity provider: demonstration, keys and files', () => {
  let world: OidcWorld;
  beforeAll(async () => {
    world = await openOidcWorld();
  });
  afterAll(() => world.close());

  describe('demonstration', () => {
    const grant = (form: Record<string, string>): Promise<Response> =>
      world.token({ grant_type: 'password', client_id: 'parvis-cli', ...form }, {});

    it('gives curl a token for name and password', async () => {
      const response = await grant({ username: 'alice@example.org', password: PASSWORD });
      const body = (await response.json()) as { access_token: string; token_type: string; expires_in: number };
      expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300 });
      expect(await world.verifier.verify(body.access_token)).toMatchObject({
        subject: world.alice,
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
      expect((await world.token({ grant_type: 'password', username: 'alice@example.org', password: PASSWORD })).status).toBe(400);
    });

    it('shows its password on the page', async () =>
      expect((await world.openSignIn(openTestBrowser(world.origin))).html).toContain('<code>parvis-demo</code>'));

    it('does not exist outside of it', async () => {
      const { demo: _demo, ...real } = world.options;
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
      await stopListening(other);
    });

    it('refuses an address that others can reach', async () => {
      await expect(openEmbeddedOidc({ ...world.options, publicUrl: 'https://parvis.example' })).rejects.toThrow('demo mode');
    });
  });

  describe('keys and files', () => {
    it('go on verifying after a rotation, and a restart keeps keys and sessions', async () => {
      const browser = openTestBrowser(world.origin);
      const before = await world.signIn(browser);
      await world.oidc.rotateSigningKey();
      const after = (await (await world.renew(before.refresh_token)).json()) as Tokens;
      expect(decodeProtectedHeader(after.access_token).kid).not.toBe(decodeProtectedHeader(before.access_token).kid);
      await world.verifier.verify(before.access_token);
      await world.verifier.verify(after.access_token);
      await world.restart();
      await world.verifier.verify(before.access_token);
      const { address } = await browser.follow(await browser.get(world.authorisation().address), world.isCallback);
      expect(new URL(address).searchParams.get('code')).toBeTruthy();
    });

    it('do not open under another network key', async () => {
      await expect(openEmbeddedOidc({ ...world.options, sealer: createSealer(randomBytes(32)) })).rejects.toThrow();
    });

    it('hold no address, name, password, code or token as it is; nor do the logs', async () => {
      const browser = openTestBrowser(world.origin);
      const { code, proof } = await world.codeFor(browser, 'alice@example.org', PASSWORD);
      const tokens = (await (await world.exchange(code, proof)).json()) as Tokens;
      const session = decodeURIComponent(browser.cookies.get('parvis_sso') ?? 'missing');
      const bytes = Buffer.concat(readdirSync(world.folder).map((name) => readFileSync(join(world.folder, name)))).toString('latin1');
      expect(bytes).toContain('parvis-web');
      for (const secret of ['alice@example.org', 'Alice', PASSWORD, code, tokens.refresh_token, session])
        expect(bytes).not.toContain(secret);
      for (const secret of ['@example.org', PASSWORD, tokens.refresh_token]) expect(world.logLines.join('')).not.toContain(secret);
    });

    it('forget what has expired', async () => {
      const tokens = await world.signIn(openTestBrowser(world.origin));
      world.forward(15 * 24 * 3600_000);
      expect((await world.renew(tokens.refresh_token)).status).toBe(400);
    });
  });
});
