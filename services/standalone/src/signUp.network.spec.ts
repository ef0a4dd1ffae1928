/** How people without an account come in: invited partners, and employees whom somebody registered. From the mail to the first page. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@parvis/kit/testing/eventually.ts';
import { formAction, openTestBrowser, type TestBrowser } from '@parvis/kit/testing/oidc/browser.ts';
import type { ImportLine } from './import/importFormat.ts';
import { mailsTo } from './testing/mailFolder.ts';
import { type Caller, startTestNetwork, TEST_DOMAIN, TEST_PASSWORD, type TestNetwork } from './testing/testNetwork.ts';

const GROUP = { purpose: '', admitsPartners: true, language: '', owner: 'owner' } as const;
const LINES: readonly ImportLine[] = [
  {
    type: 'person',
    kind: 'employee',
    id: 'owner',
    email: `owner@${TEST_DOMAIN}`,
    givenName: 'Olga',
    familyName: 'Owner',
    roles: ['administrator'],
    languages: undefined,
  },
  { type: 'organisation', id: 'acme', name: 'Acme', domains: [], sponsor: 'owner' },
  { type: 'group', id: 'joint', name: 'Joint work', privacy: 'restricted', ...GROUP },
  { type: 'group', id: 'inside', name: 'Inside only', privacy: 'open', ...GROUP },
];

let network: TestNetwork;
let owner: Caller;
let organisationId: string;
let groupId: string;
beforeAll(async () => {
  network = await startTestNetwork();
  await network.seed(LINES);
  owner = await network.signIn(`owner@${TEST_DOMAIN}`);
  groupId = (await owner.get('/groups?limit=100')).body.items.find(({ name }: { name: string }) => name === 'Joint work').id;
  organisationId = (await owner.get('/organisations')).body.items.find(({ name }: { name: string }) => name === 'Acme').id;
});
afterAll(() => network?.close());

const invite = (email: string) =>
  owner.post('/invitations', { email, givenName: 'Pia', familyName: 'Partner', organisationId, groupIds: [groupId] });

/** The first link of the one mail to the address, as a path of the network. */
const linkMailedTo = async (email: string): Promise<string> => {
  const folder = network.network.config.mail.replace(/^file:/, '');
  let mails: Awaited<ReturnType<typeof mailsTo>> = [];
  await until(async () => {
    mails = await mailsTo(folder, email);
    return mails.length > 0;
  }, `a mail to ${email}`);
  expect(mails).toHaveLength(1);
  return /^https?:\/\/[^/\s]+(\/\S+)\s*$/m.exec(mails[0]?.text ?? '')?.[1] as string;
};
const secretIn = (link: string): string => link.split('/').at(-1) as string;

const never = () => false;
const choosePassword = async (browser: TestBrowser, page: Response): Promise<Response> => {
  const form = { password: TEST_PASSWORD, repeat: TEST_PASSWORD };
  return (await browser.follow(await browser.post(formAction(await page.text()), form), never)).response;
};
/** @returns the page that signing in leads to */
const signInOn = async (browser: TestBrowser, page: Response, email: string): Promise<string> => {
  const answer = await browser.post(formAction(await page.text()), { email, password: TEST_PASSWORD });
  const { pathname, search } = new URL((await browser.follow(answer, never)).address);
  return pathname + search;
};
const read = async (browser: TestBrowser, path: string) => {
  const response = await browser.get(`/api/v1${path}`);
  // biome-ignore lint/suspicious/noExplicitAny: each test looks at what it expects
  return { status: response.status, body: (await response.json()) as any };
};

describe('a partner who was invited', () => {
  const email = 'pia@acme.example';
  let link: string;

  it('goes from the mail to a password of their own, signs in, and is in the named group and nowhere else', async () => {
    expect((await invite(email)).status).toBe(201);
    link = await linkMailedTo(email);
    expect(link).toMatch(/^\/invitations\/[\w-]{43}$/);
    const browser = openTestBrowser(network.address);
    expect((await browser.get(link)).status).toBe(200);
    const { response: page } = await browser.follow(await browser.get(`/auth/accept?invitation=${secretIn(link)}`), never);
    const signInPage = await choosePassword(browser, page);
    expect(await signInOn(browser, signInPage, email)).toBe('/');
    await network.settled();
    const me = await read(browser, '/me');
    expect(me.body.card).toMatchObject({ kind: 'partner', displayName: 'Pia Partner', organisation: { id: organisationId } });
    expect((await read(browser, '/groups?scope=all')).body.items.map(({ name }: { name: string }) => name)).toEqual(['Joint work']);
    expect((await read(browser, '/people')).status).toBe(403);
  });

  it('can not use the invitation again, nor change the password by it', async () => {
    const browser = openTestBrowser(network.address);
    const again = await browser.get(`/auth/accept?invitation=${secretIn(link)}`);
    expect([again.status, again.headers.get('location')]).toEqual([303, link]);
  });

  it('signs in with the account there is when invited once more elsewhere', async () => {
    const known = 'known@acme.example';
    await network.network.oidc.createAccount({ email: known, emailVerified: true, password: TEST_PASSWORD });
    await invite(known);
    const secret = secretIn(await linkMailedTo(known));
    const browser = openTestBrowser(network.address);
    const { response: page, address } = await browser.follow(await browser.get(`/auth/accept?invitation=${secret}`), never);
    expect(address).toContain('/interaction/');
    expect(await signInOn(browser, page, known)).toBe('/');
    await network.settled();
    expect((await read(browser, '/groups')).body.items).toHaveLength(1);
  });

  it('is somebody else when another account signs in with the link', async () => {
    await invite('right@acme.example');
    const secret = secretIn(await linkMailedTo('right@acme.example'));
    await network.network.oidc.createAccount({ email: 'wrong@acme.example', emailVerified: true, password: TEST_PASSWORD });
    const browser = openTestBrowser(network.address);
    const { response: page } = await browser.follow(await browser.get(`/auth/login?invitation=${secret}`), never);
    expect(await signInOn(browser, page, 'wrong@acme.example')).toBe('/?problem=invitation.other-address');
    expect(await network.network.oidc.findAccountByEmail('right@acme.example')).toBeUndefined();
  });

  it.each(['revoked', 'unknown', 'malformed'])('gets no password by a secret that is %s', async (what) => {
    const browser = openTestBrowser(network.address);
    let secret = what === 'unknown' ? 'x'.repeat(43) : 'a/b';
    if (what === 'revoked') {
      const { body } = await invite('revoked@acme.example');
      secret = secretIn(await linkMailedTo('revoked@acme.example'));
      expect((await owner.delete(`/invitations/${body.id}`)).status).toBe(200);
      await network.settled();
    }
    const location = (await browser.get(`/auth/accept?invitation=${encodeURIComponent(secret)}`)).headers.get('location') ?? '';
    expect(location).toMatch(what === 'revoked' ? /^\/invitations\// : /^\/\?problem=(not-found|invalid)/);
  });
});

describe('an employee whom an administrator registered', () => {
  it('asks for a link, chooses a first password and is that person', async () => {
    const email = `nina@${TEST_DOMAIN}`;
    const registered = await owner.post('/people', { email, profile: { givenName: 'Nina', familyName: 'New' } });
    const browser = openTestBrowser(network.address);
    const { response: signInPage } = await browser.follow(await browser.get('/auth/login'), never);
    const path = /href="([^"]*forgotten)"/.exec(await signInPage.text())?.[1] as string;
    const asked = await browser.post(formAction(await (await browser.get(path)).text()), { email });
    const unknown = await browser.post(path, { email: 'nobody@elsewhere.example' });
    expect([unknown.status, await unknown.text()]).toEqual([asked.status, await asked.text()]);
    const page = await browser.get(await linkMailedTo(email));
    const next = await choosePassword(browser, page);
    expect(await signInOn(browser, next, email)).toBe('/');
    expect((await read(browser, '/me')).body.card.id).toBe(registered.body.id);
  });

  it('gets no link while suspended', async () => {
    const email = `sven@${TEST_DOMAIN}`;
    const { body } = await owner.post('/people', { email, profile: { givenName: 'Sven', familyName: 'Still' } });
    expect((await owner.put(`/people/${body.id}/suspension`, { reason: 'because' })).status).toBe(200);
    await network.settled();
    const { personsOfAddress } = network.network.services.identity.bootstrap;
    expect(await personsOfAddress(email)).toBeUndefined();
    expect(await personsOfAddress(`somebody.new@${TEST_DOMAIN}`)).toEqual([]);
    expect(await personsOfAddress('nobody@elsewhere.example')).toBeUndefined();
  });
});
