import { invalid } from '@parvis/kit/runtime/errors.ts';

/** Longest address and local part (RFC 5321), and longest label and name of a domain (RFC 1035). */
export const EMAIL_LIMITS = { address: 254, local: 64, domain: 253, label: 63 } as const;

const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
/** Atoms of RFC 5322 and letters beyond ASCII (RFC 6532); quoted local parts are not mail anyone signs in with. */
const LOCAL = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** What an internationalised name becomes in the DNS; `URL` holds the only IDNA table at hand. */
const asciiDomain = (text: string): string | undefined => {
  const url = `http://${text}/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
};

/**
 * A domain as it is compared: lower case, ASCII, at least two labels.
 * @throws invalid(field)
 */
export const normaliseDomain = (text: string, field = 'domains'): string => {
  const expected = 'a domain name such as example.com';
  const written = text.trim().normalize('NFC').toLowerCase();
  if (written.length > EMAIL_LIMITS.domain || /[^\p{L}\p{M}\p{N}.-]/u.test(written)) throw invalid(field, expected);
  const domain = asciiDomain(written);
  const labels = domain?.split('.') ?? [];
  const top = labels.at(-1) ?? '';
  const sound = labels.length >= 2 && labels.every((label) => label.length <= EMAIL_LIMITS.label && LABEL.test(label));
  // A name that ends in a number is an address (URL turned it into one), never a mail domain.
  if (domain === undefined || domain.length > EMAIL_LIMITS.domain || !sound || /^[0-9]+$/.test(top)) throw invalid(field, expected);
  return domain;
};

/**
 * An e-mail address as it is compared and stored: trimmed, NFC, lower case, domain in ASCII. What follows a plus stays:
 * only the mail provider knows whether it names another box.
 * @throws invalid(field)
 */
export const normaliseEmail = (text: string, field = 'email'): string => {
  const expected = 'an e-mail address such as camille@example.com';
  const written = text.trim().normalize('NFC').toLowerCase();
  const at = written.lastIndexOf('@');
  const local = written.slice(0, Math.max(at, 0));
  if (at < 1 || local.length > EMAIL_LIMITS.local || !LOCAL.test(local)) throw invalid(field, expected);
  const email = `${local}@${normaliseDomain(written.slice(at + 1), field)}`;
  if (email.length > EMAIL_LIMITS.address) throw invalid(field, `${expected}, at most ${EMAIL_LIMITS.address} characters`);
  return email;
};

export const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1);
