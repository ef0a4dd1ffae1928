import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { describeUnless } from '../../testing/describeUnless.ts';
import { type OidcWorld, openOidcWorld, PASSWORD, type Tokens } from '../../testing/oidc/oidcWorld.ts';

const executablePath = process.env.PARVIS_CHROMIUM;

describeUnless(executablePath ? undefined : 'no Chromium (PARVIS_CHROMIUM)', 'sign-in pages in a browser', () => {
  let world: OidcWorld;
  let browser: Browser;
  const complaints: string[] = [];
  beforeAll(async () => {
    world = await openOidcWorld();
    browser = await chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await world.close();
  });

  const openPage = async (locale: string): Promise<Page> => {
    const page = await (await browser.newContext({ locale })).newPage();
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
    });
    return page;
  };

  it('sign in with the keyboard alone, and out by the script of the page, under their policy', async () => {
    const page = await openPage('fr-FR');
    const request = world.authorisation();
    await page.goto(request.address);
    expect(await page.title()).toBe('Se connecter à Parvis');
    // The address has the focus; Tab and Enter do the rest.
    await page.keyboard.type('alice@example.org');
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('Adresse électronique').inputValue()).toBe('alice@example.org');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => world.isCallback(url.href));
    const code = new URL(page.url()).searchParams.get('code') ?? '';
    const tokens = (await (await world.exchange(code, request.proof)).json()) as Tokens;

    const parameters = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: `${world.origin}/` });
    await page.goto(`${world.endpoint('logout')}?${parameters}`);
    await page.waitForURL(`${world.origin}/`);
    expect((await world.renew(tokens.refresh_token)).status).toBe(400);
    expect(complaints).toEqual([]);
  });

  it('take the style that their policy names', async () => {
    const page = await openPage('en-GB');
    await page.goto(world.authorisation().address);
    expect(await page.title()).toBe('Sign in to Parvis');
    expect(
      await page.locator('main').evaluate((element) => element.ownerDocument.defaultView?.getComputedStyle(element).borderRadius),
    ).toBe('12px');
    expect(complaints).toEqual([]);
  });
});
