import { createTransport } from 'nodemailer';
import type { Mailer } from '../../ports/mailer.ts';
import { ParvisError, unavailable } from '../../runtime/errors.ts';
import { messageOf } from './mailMessage.ts';

const TIMEOUTS_MS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000, dnsTimeout: 10_000 } as const;
/** Connections to the next hop, and mails per connection. */
const POOL = { maxConnections: 2, maxMessages: 100 } as const;
/** Mails given to the pool at once; more wait with their sender, who keeps them in an outbox. */
export const MAILS_AT_ONCE = 50;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * 5xx for the recipient or the message never works; everything else (no connection, 4xx, a refused sign-in that an
 * administrator will mend) may work later. Neither text repeats what the server said: it tends to hold the address.
 */
const translate = (error: unknown): ParvisError => {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  const permanent = (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode !== undefined && responseCode >= 500;
  return permanent
    ? new ParvisError('invalid', 'mail-refused', `the mail server refused this mail for good (${responseCode})`)
    : unavailable('mail-unavailable', `the mail server did not take this mail now (${responseCode ?? code ?? 'no reason'})`);
};

/**
 * Mail by SMTP, through `smtp://[user:password@]host[:port]` (STARTTLS where offered; required with a password or with
 * `?requireTLS=true`) or `smtps://` (TLS from the start).
 */
export const createSmtpMailer = (address: string, from: string): Mailer => {
  const url = new URL(address);
  const asked = url.searchParams.get('requireTLS');
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (url.protocol === 'smtps:' ? 465 : 587) : Number(url.port),
    secure: url.protocol === 'smtps:',
    requireTLS: asked === null ? url.username !== '' && !LOOPBACK.has(url.hostname) : asked === 'true',
    ...(url.username === '' ? {} : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    pool: true,
    ...POOL,
    ...TIMEOUTS_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let sending = 0;
  return {
    async send(mail) {
      const message = messageOf(mail, from);
      if (sending >= MAILS_AT_ONCE) throw unavailable('mail-busy', 'too many mails at once; send it again in a moment');
      sending += 1;
      try {
        await transport.sendMail(message);
      } catch (error) {
        throw translate(error);
      } finally {
        sending -= 1;
      }
    },
    // Nothing is kept here: what was handed over is at its receivers.
    forget: async () => undefined,
    close: async () => transport.close(),
  };
};
