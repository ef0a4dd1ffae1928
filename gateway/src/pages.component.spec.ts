import * as fs from 'node:fs/promises';
import * as http from 'node:http';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createGateway } from './gateway.ts';
import { startTestGateway, type TestGateway, testPorts } from './testing/testGateway.ts';

let folder: string;
let test: TestGateway;
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'parvis-mail-'));
  await fs.writeFile(path.join(folder, 'one.eml'), 'To: a@b.example\r\nSubject: <b>Hello</b>\r\n\r\n<script>alert(1)</script>');
  const own = new URL(testPorts().publicUrl).origin;
  const two = `Subject: Links\r\n\r\n${own}/posts/a.b?x=1&y=2 ${own}.evil.example/ https://evil.example/ javascript:alert(1)`;
  await fs.writeFile(path.join(folder, 'two.eml'), two);
  await fs.writeFile(path.join(folder, 'secret.txt'), 'no mail');
  const people = [{ name: 'Ana <Doe>', account: 'ana', about: 'an employee' }];
  test = await startTestGateway({ demo: { mailFolder: folder, people } });
});
afterAll(async () => {
  await test.stop();
  await fs.rm(folder, { recursive: true });
});

const page = async (address: string) => {
  const response = await test.ask('GET', address, { anonymous: true });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

describe('the plain pages', () => {
  it.each(['/', '/posts/g.p', '/groups/g', '/notifications', '/invitations/aGoodSecret', '/unsubscribe'])(
    '%s is HTML without inline code',
    async (address) => {
      const { status, headers, text } = await page(address);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch('text/html');
      expect(headers.get('content-security-policy')).toMatch("script-src 'self'");
      expect(text).not.toMatch(/<script>|<style|\son\w+=|style=/);
      for (const [, asset] of text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
        const found = await page(asset as string);
        expect([asset, found.status]).toEqual([asset, 200]);
        expect(found.headers.get('content-type')).toMatch(/javascript|css|svg/);
      }
    },
  );

  it('have an icon where browsers look for one, and say who is not signed in without an error', async () => {
    expect((await page('/favicon.ico')).headers.get('content-type')).toBe('image/svg+xml');
    const session = await page('/session');
    expect([session.status, session.text, session.headers.get('cache-control')]).toEqual([200, '{"signedIn":false}', 'no-store']);
  });

  it('has every word of the pages in both languages', async () => {
    const { text } = await page('/assets/texts.js');
    for (const file of ['/', '/invitations/x', '/unsubscribe']) {
      for (const [, key] of (await page(file)).text.matchAll(/data-text="(\w+)"/g)) {
        expect([key, text.split(`  ${key}: `).length]).toEqual([key, 3]);
      }
    }
  });

  it('renders no HTML from data', async () => {
    for (const file of ['app.js', 'invitation.js', 'unsubscribe.js', 'texts.js', 'api.js']) {
      expect((await page(`/assets/${file}`)).text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
    }
  });

  it.each([
    '/assets/../package.json',
    '/assets/%2e%2e/package.json',
    '/assets/.env',
    '/assets/',
    '/demo/mail/secret.txt',
    '/demo/mail/..%2fone.eml',
  ])('%s is not there', async (address) => {
    expect((await page(address)).status).toBe(404);
  });

  it('takes the one click of a mail program', async () => {
    const send = (address: string) =>
      test.ask('POST', address, {
        anonymous: true,
        body: 'List-Unsubscribe=One-Click',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect((await send('/unsubscribe?token=sealed')).status).toBe(200);
    expect(test.services.asked.at(-1)).toMatchObject({ method: 'unsubscribe', request: { token: 'sealed' } });
    expect((await send('/unsubscribe')).status).toBe(400);
  });
});

describe('demo mode', () => {
  it('shows people and mails as text', async () => {
    expect((await page('/demo')).text).toMatch('Ana &lt;Doe&gt;');
    const list = await page('/demo/mail');
    expect(list.text).toMatch('&lt;b&gt;Hello&lt;/b&gt;');
    expect(list.text).not.toMatch('secret');
    const mail = await page('/demo/mail/one.eml');
    expect(mail.text).toMatch('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(mail.text).not.toMatch('<script>');
    const own = new URL(testPorts().publicUrl).origin;
    const links = [...(await page('/demo/mail/two.eml')).text.matchAll(/<a href="(http[^"]*)"/g)].map(([, link]) => link);
    expect(links).toEqual([`${own}/posts/a.b?x=1&amp;y=2`]);
  });

  it('answers under its own address only, so that no foreign name reads it', async () => {
    // fetch sets the Host itself.
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        http.get(`${test.url}/demo/mail`, { headers: { host } }, (response) => resolve(response.resume().statusCode)).on('error', reject);
      });
    for (const host of ['evil.example', 'evil.example:8080', 'localhost.evil.example']) expect(await ask(host)).toBe(421);
    for (const host of ['localhost:8080', '127.0.0.1:9', '[::1]:8080']) expect(await ask(host)).toBe(200);
  });

  it('is not there otherwise', async () => {
    const plain = await startTestGateway();
    expect((await plain.ask('GET', '/demo', { anonymous: true })).status).toBe(404);
    await plain.stop();
  });
});

describe('the address of the network', () => {
  it.each(['http://parvis.example', 'http://10.0.0.1:8080', 'ftp://localhost', 'https://parvis.example/path', 'parvis'])(
    'refuses %s',
    (publicUrl) => {
      expect(() => createGateway(testPorts({ publicUrl }))).toThrow(/PARVIS_PUBLIC_URL/);
    },
  );

  it('refuses demo mode outside localhost', () => {
    expect(() => createGateway(testPorts({ publicUrl: 'https://parvis.example', demo: { mailFolder: '', people: [] } }))).toThrow(/demo/);
  });

  it('speaks of https where it is https', async () => {
    const secure = await startTestGateway({ publicUrl: 'https://parvis.example', host: '127.0.0.1' });
    const response = await secure.ask('GET', '/', { anonymous: true });
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000');
    const logout = await secure.ask('POST', '/auth/logout', {
      anonymous: true,
      headers: { 'sec-fetch-site': 'same-origin', 'parvis-csrf': '1' },
    });
    expect(logout.headers.getSetCookie()[0]).toBe('__Host-parvis=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0');
    await secure.stop();
  });
});
