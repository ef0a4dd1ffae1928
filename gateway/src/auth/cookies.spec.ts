import { describe, expect, it } from '@jest/globals';
import { createCookies, localPath } from './cookies.ts';

const PUBLIC = 'https://parvis.example';

describe('where a sign-in returns to', () => {
  it.each(['/', '/groups/x', '/search?q=a%20b', '/posts/g.p#c'])('may be %s', (path) => {
    expect(localPath(path, PUBLIC)).toBe(path);
  });

  it.each([
    undefined,
    '',
    'groups',
    'https://evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    'javascript:alert(1)',
    '/.//evil.example',
    '/a/..//evil.example',
    '/auth/login',
    '/auth/../auth/logout',
    ['/a', '/b'],
    `/${'a'.repeat(2_000)}`,
  ])('is the front page instead of %j', (path) => {
    expect(localPath(path, PUBLIC)).toBe('/');
  });

  it('never leaves the network, whatever it is', () => {
    for (const path of ['/@evil.example', '/%2f/evil.example', '/;evil', '/?//evil.example']) {
      expect(new URL(localPath(path, PUBLIC), PUBLIC).origin).toBe(PUBLIC);
    }
  });
});

describe('cookies', () => {
  it('are bound to the host over https', () => {
    const cookies = createCookies(true);
    expect(cookies.set(cookies.session, 'secret', 60_000)).toBe('__Host-parvis=secret; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60');
    expect(cookies.login('abc;def=ghi-jklmnop')).toBe('__Host-parvis-login-abcdefghi-jk');
  });

  it('work on localhost without', () => {
    const cookies = createCookies(false);
    expect(cookies.clear(cookies.session)).toBe('parvis=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
  });
});
