import { describe, expect, it } from '@jest/globals';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import fc from 'fast-check';
import { domainOf, EMAIL_LIMITS, normaliseDomain, normaliseEmail } from './emailAddress.ts';
import { HANDLE_LIMITS, handleCandidates, normaliseHandle, RESERVED_HANDLES } from './handle.ts';

const code = (work: () => unknown): string => {
  try {
    work();
    return 'fine';
  } catch (error) {
    return isParvisError(error) ? error.code : String(error);
  }
};

describe('e-mail addresses', () => {
  it('are trimmed, lower case, NFC, with an ASCII domain; what follows a plus stays', () => {
    expect(normaliseEmail('  Camille.MARTIN+news@Example.COM ')).toBe('camille.martin+news@example.com');
    expect(normaliseEmail('he\u0301le\u0300ne@exemple.fr')).toBe('h\u00e9l\u00e8ne@exemple.fr');
    expect(normaliseEmail('a@société.fr')).toBe('a@xn--socit-esab.fr');
    expect(domainOf('a@b.example')).toBe('b.example');
  });

  it.each([
    '',
    'camille',
    '@example.com',
    'camille@',
    'a b@example.com',
    'a@localhost',
    'a@127.0.0.1',
    'a@1.2',
    'a@exa mple.com',
    'a@-bad.com',
    'a@bad-.com',
    'a..b@example.com',
    '.a@example.com',
    'a@example.com/x',
    'a@example.com:80',
    'a@user@ex ample.com',
    'a\r\nBcc: b@example.com',
    `${'x'.repeat(EMAIL_LIMITS.local + 1)}@example.com`,
    `a@${'x'.repeat(EMAIL_LIMITS.label + 1)}.com`,
  ])('refuses %j', (text) => {
    expect(code(() => normaliseEmail(text))).toBe('invalid');
  });

  it('takes addresses up to the limit', () => {
    const local = 'x'.repeat(EMAIL_LIMITS.local);
    const domain = `${'d'.repeat(61)}.${'d'.repeat(61)}.${'d'.repeat(61)}.com`;
    expect(normaliseEmail(`${local}@${domain}`)).toHaveLength(EMAIL_LIMITS.address);
    expect(code(() => normaliseEmail(`${local}@d${domain}`))).toBe('invalid');
  });

  it('normalises what is normal to itself', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (email) => {
        const once = code(() => normaliseEmail(email)) === 'fine' ? normaliseEmail(email) : undefined;
        if (once !== undefined) expect(normaliseEmail(once)).toBe(once);
      }),
    );
  });

  it('knows a domain name from an address', () => {
    expect(normaliseDomain(' Example.COM ')).toBe('example.com');
    for (const text of ['example', '10.0.0.1', '0x7f.1', 'exa_mple.com', 'http://example.com', '']) {
      expect(code(() => normaliseDomain(text))).toBe('invalid');
    }
  });
});

describe('handles', () => {
  it('are lower case, without the @', () => {
    expect(normaliseHandle(' @Camille.M-1_x ')).toBe('camille.m-1_x');
  });

  it.each(['ab', '.abc', 'abc-', 'a b c', 'élise', 'a/b', 'x'.repeat(HANDLE_LIMITS.most + 1), 'Admin', 'everyone'])(
    'refuses %j',
    (text) => {
      expect(code(() => normaliseHandle(text))).toBe('invalid');
    },
  );

  it('holds from 3 to 30 characters', () => {
    for (const length of [HANDLE_LIMITS.least, HANDLE_LIMITS.most]) expect(normaliseHandle('x'.repeat(length))).toHaveLength(length);
  });

  it('are made from names, and every candidate is one', () => {
    expect(handleCandidates('Zoé', 'Lefèvre-Œuf', 'z@example.com', 'p'.repeat(26))[0]).toBe('zoe.lefevreoeuf');
    expect(handleCandidates('', '', 'jo@example.com', 'abcdef')[0]).toBe('jo-abcd');
    expect(handleCandidates('Admin', '', 'a@example.com', 'abcdef')[0]).toBe('admin-abcd');
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), fc.string({ maxLength: 80 }), (given, family) => {
        const candidates = handleCandidates(given, family, 'someone@example.com', 'abcdefghijklmnopqrstuvwxyz');
        for (const candidate of candidates) expect(normaliseHandle(candidate)).toBe(candidate);
        expect(new Set(candidates).size).toBe(candidates.length);
      }),
    );
    expect(RESERVED_HANDLES.has('')).toBe(false);
  });
});
