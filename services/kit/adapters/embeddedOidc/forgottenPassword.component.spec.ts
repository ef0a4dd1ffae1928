import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Mail } from '../../ports/mailer.ts';
import { until } from '../../testing/eventually.ts';
import { formAction, openTestBrowser } from '../../testing/oidc/browser.ts';
import { type OidcWorld, openOidcWorld } from '../../testing/oidc/oidcWorld.ts';
import { FORGOTTEN_PATH, LINK_LIFETIME_MS, MAILS_PER_ADDRESS, MAILS_WINDOW_MS } from './forgottenPassword.ts';

const NEW_PASSWORD = 'quite another one';

describe('a first or forgotten password', () => {
  let world: OidcWorld;
  const mails: Mail[] = [];
  const looked: string[] = [];
  beforeAll(async () => {
    world = await openOidcWorld({
      passwordMails: {
        personsOf: async (email) => {
          looked.push(email);
          return email.endsWith('@host.example') ? ['the-person'] : undefined;
        },
        mailer: { send: async (mail) => void mails.push(mail) },
      },
    });
  });
  afterAll(() => world.close());
  beforeEach(() => {
    mails.length = 0;
    looked.length = 0;
  });

  const ask = (email: string, headers: Record<string, string> = {}) =>
    openTestBrowser(world.origin).post(FORGOTTEN_PATH, { email }, headers);
  const linkIn = (mail: Mail | undefined): string => /^http\S+$/m.exec(mail?.text ?? '')?.[0] ?? '';
  /** Everything asked for before is done once a restart has closed the provider. */
  const atRest = () => world.restart();

  it('is offered on the sign-in page, in the language of the browser', async () => {
    const browser = openTestBrowser(world.origin);
    expect((await world.openSignIn(browser)).html).toContain(`href="${FORGOTTEN_PATH}"`);
    const page = await browser.get(FORGOTTEN_PATH, { 'accept-language': 'fr' });
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
    const html = await page.text();
    expect([formAction(html), html.includes('Choisir un mot de passe')]).toEqual([FORGOTTEN_PATH, true]);
  });

  it('answers the same whoever is asked for, and mails only those who may sign in', async () => {
    const answers = [];
    for (const email of [
      'alice@example.org',
      'new@host.example',
      'nobody@elsewhere.example',
      'no address',
      '',
      `${'a'.repeat(250)}@host.example`,
    ]) {
      const answer = await ask(email);
      answers.push([answer.status, await answer.text()]);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await atRest();
    expect(mails.map(({ to }) => to)).toEqual(expect.arrayContaining(['alice@example.org', 'new@host.example']));
    expect(mails).toHaveLength(2);
    expect(looked.sort()).toEqual(['alice@example.org', 'new@host.example', 'nobody@elsewhere.example']);
    // A copy kept in a folder goes when the person is erased.
    expect(mails.find(({ to }) => to === 'new@host.example')?.persons).toEqual(['the-person']);
    expect(JSON.stringify(world.logLines)).not.toContain('@');
  });

  it('lets somebody without an account choose a password, once, and sign in', async () => {
    await ask('First@Host.example', { 'accept-language': 'fr' });
    await until(() => mails.length === 1, 'the mail');
    expect(mails[0]).toMatchObject({ to: 'first@host.example', subject: 'Choisir votre mot de passe' });
    const browser = openTestBrowser(world.origin);
    const html = await (await browser.get(linkIn(mails[0]))).text();
    const saved = await browser.post(formAction(html), { password: NEW_PASSWORD, repeat: NEW_PASSWORD });
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/auth/login?prompt=login']);
    expect((await world.signIn(openTestBrowser(world.origin), 'first@host.example', NEW_PASSWORD)).access_token).toBeTruthy();
    expect((await browser.get(linkIn(mails[0]))).status).toBe(410);
  });

  it('replaces a forgotten password and ends the sessions of the old one', async () => {
    const before = await world.signIn(openTestBrowser(world.origin));
    await ask('alice@example.org');
    await until(() => mails.length === 1, 'the mail');
    const browser = openTestBrowser(world.origin);
    const html = await (await browser.get(linkIn(mails[0]))).text();
    await browser.post(formAction(html), { password: NEW_PASSWORD, repeat: NEW_PASSWORD });
    expect((await world.renew(before.refresh_token)).status).toBe(400);
    expect((await world.signIn(openTestBrowser(world.origin), 'alice@example.org', NEW_PASSWORD)).access_token).toBeTruthy();
  });

  it('mails nobody whose account is disabled', async () => {
    const id = await world.oidc.createAccount({ email: 'gone@host.example', emailVerified: true, password: NEW_PASSWORD });
    await world.oidc.disable(id);
    await ask('gone@host.example');
    await atRest();
    expect([mails, looked]).toEqual([[], []]);
  });

  it(`mails one address ${MAILS_PER_ADDRESS} times in ${MAILS_WINDOW_MS / 60_000} minutes, and again after them`, async () => {
    for (let count = 0; count < MAILS_PER_ADDRESS + 2; count += 1) expect((await ask('many@host.example')).status).toBe(200);
    await atRest();
    expect(mails).toHaveLength(MAILS_PER_ADDRESS);
    world.forward(MAILS_WINDOW_MS);
    await ask('many@host.example');
    await atRest();
    expect(mails).toHaveLength(MAILS_PER_ADDRESS + 1);
  });

  it('gives a link that ends', async () => {
    await ask('late@host.example');
    await until(() => mails.length === 1, 'the mail');
    world.forward(LINK_LIFETIME_MS + 1);
    expect((await openTestBrowser(world.origin).get(linkIn(mails[0]))).status).toBe(410);
  });

  it('is refused from another site', async () => {
    expect((await ask('alice@example.org', { origin: 'https://evil.example' })).status).toBe(403);
    await atRest();
    expect(mails).toEqual([]);
  });
});
