/** What people do first, in a real browser: sign in, write, hear of it live; and a partner from the invitation's mail to their one group. */
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { describeUnless } from '@parvis/kit/testing/describeUnless.ts';
import { type Browser, chromium, type Page } from 'playwright-core';
import { DEMO_PASSWORD } from './demo/content.ts';
import { type DemoNetwork, startDemoNetwork } from './testing/demoNetwork.ts';

const executablePath = process.env.PARVIS_CHROMIUM;
const PARTNER = 'nora@acme.example';
const PASSWORD = 'a password of her own';

describeUnless(executablePath ? undefined : 'no Chromium (PARVIS_CHROMIUM)', 'the plain pages in a browser', () => {
  let demo: DemoNetwork;
  let browser: Browser;
  const complaints: string[] = [];
  beforeAll(async () => {
    demo = await startDemoNetwork();
    browser = await chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });
  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  const openPage = async (): Promise<Page> => {
    const page = await (await browser.newContext({ locale: 'en-GB', baseURL: demo.address })).newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} at ${message.location().url}`);
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    return page;
  };
  /** On the provider's page. */
  const fillSignIn = async (page: Page, email: string, password: string): Promise<void> => {
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${demo.address}/`);
    await page.locator('#feed[aria-busy=false] article').first().waitFor();
  };
  const signIn = async (key: string): Promise<Page> => {
    const page = await openPage();
    await page.goto('/');
    await page.getByRole('link', { name: 'Sign in' }).click();
    await fillSignIn(page, `${key}@lampyre.example`, DEMO_PASSWORD);
    return page;
  };
  const groupsOf = (page: Page): Promise<string[]> => page.getByLabel('Group').locator('option').allTextContents();

  it('people sign in, write, and others have it live', async () => {
    const claire = await signIn('claire');
    const tom = await signIn('tom');
    expect(await claire.locator('#name').textContent()).toContain('Claire');
    const shared = (await groupsOf(claire)).find((name) => name !== '') as string;
    await claire.getByLabel('Group').selectOption({ label: shared });
    await claire.getByLabel('What do you want to say?').fill('The lanterns are <b>here</b>.');
    await claire.getByRole('button', { name: 'Publish' }).click();
    await claire.locator('article', { hasText: 'The lanterns are <b>here</b>.' }).waitFor();
    await tom.getByRole('button', { name: '1 new post' }).click();
    await tom.locator('article', { hasText: 'The lanterns are <b>here</b>.' }).waitFor();
  });

  it('mentions are read as names', async () => {
    const page = await signIn('tom');
    const text = await page.locator('#feed').textContent();
    expect(text).not.toContain('@[person:');
    expect(text).toMatch(/@(Tom|Pia|Claire) \w+/);
  });

  it('a partner comes from the mail to a password, to the one group they were invited to', async () => {
    const sponsor = await signIn('claire');
    const group = await sponsor.evaluate(async (email) => {
      const ask = async (method: string, path: string, body?: unknown) => {
        const headers = { 'content-type': 'application/json', 'parvis-csrf': '1' };
        const response = await fetch(`/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
        // biome-ignore lint/suspicious/noExplicitAny: the suite looks at what it expects
        return (await response.json()) as any;
      };
      const made = { name: 'Trials at sea', purpose: 'Prepare them', privacy: 'restricted', admitsPartners: true, language: 'en' };
      const { id: groupId } = await ask('POST', '/groups', made);
      await ask('POST', `/groups/${groupId}/posts`, { body: 'Only we know of the trials.' });
      const { items } = await ask('GET', '/organisations');
      const organisationId = items.find((item: { name: string }) => item.name === 'Acme Optics').id;
      const person = { email, givenName: 'Nora', familyName: 'Verre', organisationId, groupIds: [groupId], language: 'en' };
      const invitation = await ask('POST', '/invitations', person);
      return { groupId, invitation };
    }, PARTNER);
    expect(group.invitation).toMatchObject({ version: expect.any(Number) });
    await demo.settled();
    const nora = await openPage();
    await nora.goto('/demo/mail');
    await nora
      .getByRole('link', { name: /Claire .* invites you/ })
      .first()
      .click();
    await nora
      .getByRole('link', { name: `${demo.address}/invitations/` })
      .first()
      .click();
    await nora.getByText('invites you').waitFor();
    await nora.getByRole('link', { name: 'Accept and sign in' }).click();
    await nora.getByLabel('New password').fill(PASSWORD);
    await nora.getByLabel('The same password again').fill(PASSWORD);
    await nora.getByRole('button', { name: 'Save the password' }).click();
    await fillSignIn(nora, PARTNER, PASSWORD);
    expect(await nora.locator('#name').textContent()).toBe('Nora Verre');
    expect(await groupsOf(nora)).toEqual(['Trials at sea']);
    expect(await nora.locator('#feed article').allInnerTexts()).toEqual([expect.stringContaining('Only we know of the trials.')]);
  });
});
