import { describe, expect, it } from '@jest/globals';
import { catalogues } from './catalogue.ts';
import { escapeHtml, excerptOf, isMailAddress, mentionedIn, oneLine, TEXT_LIMITS } from './plainText.ts';
import { renderMail } from './render.ts';

describe("members' text in a mail", () => {
  it('never breaks a header', () => {
    expect(oneLine('Hello\r\nBcc: all@example.org\u2028x\u0000y', 120)).toBe('Hello Bcc: all@example.org x y');
    expect(oneLine('a\u202Egpj.exe', 120)).toBe('agpj.exe');
  });

  it('is cut by characters, at the limit', () => {
    expect(oneLine('é'.repeat(TEXT_LIMITS.subject), TEXT_LIMITS.subject)).toHaveLength(TEXT_LIMITS.subject);
    expect([...oneLine('😀'.repeat(200), TEXT_LIMITS.subject)]).toHaveLength(TEXT_LIMITS.subject);
  });

  it('shows mentions by name and no markup', () => {
    const body = '# Plan\n> **Hello** @[person:abc] and @[person:gone]\n- see [the page](https://example.org)';
    expect(mentionedIn(body)).toEqual(['abc', 'gone']);
    expect(excerptOf(body, (id) => (id === 'abc' ? 'Ada' : 'someone'))).toBe('Plan Hello @Ada and @someone see the page');
  });

  it.each(['ada@example.org', "o'hara+x@sub.example.org"])('%s is an address', (text) => expect(isMailAddress(text)).toBe(true));
  it.each(['ada@example.org\r\nBcc: x@y.z', 'a@b, c@d', '<a@b>', 'nobody', 'a b@c', `${'a'.repeat(251)}@b.c`])('%j is none', (text) => {
    expect(isMailAddress(text)).toBe(false);
  });
});

describe('a rendered mail', () => {
  const mail = renderMail({
    id: 'm',
    to: 'ada@example.org',
    persons: ['ada', 'ben'],
    language: 'en',
    catalogue: catalogues.en,
    network: 'Acme & Sons',
    subject: 'Ben mentioned you\r\nBcc: all@example.org',
    items: [{ line: '<script>alert(1)</script>', excerpt: '"quoted" & more', url: 'https://p.example/posts/g.p' }],
    more: 2,
    inboxUrl: 'https://p.example/notifications',
    unsubscribeUrl: 'https://p.example/unsubscribe?token=abc',
  });

  it('escapes what people wrote', () => {
    expect(mail.html).not.toContain('<script>');
    expect(mail.html).toContain(escapeHtml('"quoted" & more'));
    expect(mail.html).toContain('Acme &amp; Sons');
    expect(mail.text).toContain('and 2 more');
  });

  it('holds one-click unsubscribe, and no line of a header breaks', () => {
    expect(mail.headers).toMatchObject({
      'List-Unsubscribe': '<https://p.example/unsubscribe?token=abc>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    });
    for (const value of [mail.subject, mail.to, ...Object.values(mail.headers ?? {})]) expect(value).not.toMatch(/[\r\n]/);
  });
});

describe('the catalogues', () => {
  it('say the same in both languages, with plurals', () => {
    expect(Object.keys(catalogues.fr.what).sort()).toEqual(Object.keys(catalogues.en.what).sort());
    expect(catalogues.en.something('Acme', 1)).toBe('1 new notification on Acme');
    expect(catalogues.en.something('Acme', 2)).toBe('2 new notifications on Acme');
    expect(catalogues.fr.something('Acme', 0)).toBe('0 nouvelle notification sur Acme');
    expect(catalogues.fr.something('Acme', 2)).toBe('2 nouvelles notifications sur Acme');
  });

  it.each(Object.entries(catalogues))('%s name the title only when there is one', (_, { what }) => {
    for (const say of Object.values(what)) {
      expect(say({ actor: 'Ada', group: 'Tea', title: '' })).not.toMatch(/“|«/);
      expect(say({ actor: 'Ada', group: 'Tea', title: 'T' })).toContain('Tea');
    }
  });
});
