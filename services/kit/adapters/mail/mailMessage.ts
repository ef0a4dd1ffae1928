import { createHash } from 'node:crypto';
import type { SendMailOptions } from 'nodemailer';
import type { Mail } from '../../ports/mailer.ts';
import { invalid } from '../../runtime/errors.ts';

export const MAIL_LIMITS = { subjectLength: 500, headers: 20, headerLength: 1_000, bodyLength: 1024 * 1024 } as const;

/** One address and nothing that a header or the SMTP dialogue could take for something else. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9\u0080-\u{10ffff}.-]{1,190}$/u;
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,60}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get into a header
const CONTROL = /[\u0000-\u001f\u007f\u2028\u2029]/;
/** Headers that say who writes to whom and what the content is: these come from the mail's own fields. */
const OWN_HEADERS =
  /^(from|to|cc|bcc|sender|reply-to|return-path|subject|date|message-id|mime-version|received|dkim-signature|content-.*)$/i;

const checkHeader = ([name, value]: [string, string]): void => {
  if (!HEADER_NAME.test(name) || OWN_HEADERS.test(name)) throw invalid('headers', 'extra headers with plain names');
  if (CONTROL.test(value) || value.length > MAIL_LIMITS.headerLength) throw invalid('headers', 'values of one line');
};

/** @throws invalid, naming the field and never its content. */
const check = (mail: Mail): void => {
  if (mail.id === '' || mail.id.length > 500) throw invalid('id', 'an id of at most 500 characters');
  if (!ADDRESS.test(mail.to)) throw invalid('to', 'one e-mail address');
  if (CONTROL.test(mail.subject) || mail.subject.length > MAIL_LIMITS.subjectLength) throw invalid('subject', 'one line of text');
  const headers = Object.entries(mail.headers ?? {});
  if (headers.length > MAIL_LIMITS.headers) throw invalid('headers', `at most ${MAIL_LIMITS.headers} headers`);
  for (const header of headers) checkHeader(header);
  if (mail.text.length > MAIL_LIMITS.bodyLength || (mail.html ?? '').length > MAIL_LIMITS.bodyLength) {
    throw invalid('text', `at most ${MAIL_LIMITS.bodyLength} characters`);
  }
};

/** The same for every send of one mail, and free of whatever the id holds. */
export const mailKeyOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 32);

const domainOf = (from: string): string => /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';

/** A mail as nodemailer takes it. @param from e.g. `Parvis <parvis@example.org>`. @throws invalid */
export const messageOf = (mail: Mail, from: string): SendMailOptions => {
  check(mail);
  return {
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    messageId: `<${mailKeyOf(mail.id)}@${domainOf(from)}>`,
    headers: { 'Auto-Submitted': 'auto-generated', ...mail.headers },
    // Content is what is given here: neither files nor addresses are read.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
};
