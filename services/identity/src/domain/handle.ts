import { invalid } from '@parvis/kit/runtime/errors.ts';

export const HANDLE_LIMITS = { least: 3, most: 30 } as const;
/** Numbered candidates tried before the person's id makes the handle unique. */
export const HANDLE_CANDIDATES = 12;

/** Words that addresses and mentions already mean something by. */
export const RESERVED_HANDLES: ReadonlySet<string> = new Set(
  `admin administrateur administrator all anonymous api channel ceux everyone group groupe groups here host hote
  info invitation invitations login logout me moderateur moderator moi nobody null owner parvis partner partenaire
  people postmaster root security settings setup support system systeme team tous toutes undefined webmaster`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

const SYNTAX = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;

/**
 * A handle as it is compared and stored: lower case, without the @.
 * @throws invalid(handle): 3 to 30 letters, digits, dots, dashes and underscores, a letter or digit at both ends, no reserved word
 */
export const normaliseHandle = (text: string): string => {
  const handle = text.trim().replace(/^@/, '').normalize('NFC').toLowerCase();
  if (handle.length < HANDLE_LIMITS.least || handle.length > HANDLE_LIMITS.most || !SYNTAX.test(handle)) {
    throw invalid(
      'handle',
      `${HANDLE_LIMITS.least} to ${HANDLE_LIMITS.most} letters (a to z), digits, dots, dashes or underscores, a letter or digit at both ends`,
    );
  }
  if (RESERVED_HANDLES.has(handle)) throw invalid('handle', 'a word that is not reserved');
  return handle;
};

const SPECIAL: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', ł: 'l', đ: 'd', þ: 'th', ð: 'd', ı: 'i' };

const ascii = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[œæßøłđþðı]/g, (letter) => SPECIAL[letter] ?? '')
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '');

/**
 * Handles to try for somebody who chose none, best first: `given.family`, then numbered; the last holds letters of the
 * person's id, so that it is free.
 */
export const handleCandidates = (givenName: string, familyName: string, email: string, personId: string): string[] => {
  const names = [ascii(givenName), ascii(familyName)].filter((part) => part !== '');
  const said = names.length > 0 ? names.join('.') : ascii(email.slice(0, email.indexOf('@')));
  const base = said.slice(0, 22).replace(/\.$/, '');
  const stem =
    base.length < HANDLE_LIMITS.least || RESERVED_HANDLES.has(base) ? `${base}${base === '' ? 'p' : '-'}${personId.slice(0, 4)}` : base;
  const numbered = Array.from({ length: HANDLE_CANDIDATES - 1 }, (_, index) => `${stem.slice(0, 27)}${index + 2}`);
  return [stem, ...numbered, `p-${personId}`];
};
