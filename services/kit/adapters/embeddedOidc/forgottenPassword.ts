/**
 * A first password, or a new one for a forgotten one: asks for an address, always answers the same at once, and mails a
 * link when somebody may sign in with that address. What happens behind the answer tells the asker nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Clock } from '../../ports/clock.ts';
import type { Mailer } from '../../ports/mailer.ts';
import type { StateStore } from '../../ports/state.ts';
import { isParvisError } from '../../runtime/errors.ts';
import { randomId } from '../../runtime/ids.ts';
import type { Sealer } from '../../runtime/sealer.ts';
import { emailKeyOf, isEmail, normalEmail } from './accountStore.ts';
import type { Accounts } from './accounts.ts';
import { REALM_PATH } from './configuration.ts';
import { type Language, languageOf } from './language.ts';
import { askAddressPage, errorPage, linkSentPage } from './pages.ts';
import { passwordMail } from './passwordMail.ts';
import type { PasswordTicket } from './passwordTickets.ts';
import { readForm, sameOrigin, sendHtml } from './requests.ts';

export const FORGOTTEN_PATH = `${REALM_PATH}/account/forgotten`;
export const LINK_LIFETIME_MS = 3600_000;
/** Mails to one address within the window; more are not sent, and nobody is told. */
export const MAILS_PER_ADDRESS = 3;
export const MAILS_WINDOW_MS = 3600_000;
/** Requests looked after at once; what comes beyond is dropped, which the asker can't tell either. */
export const PENDING_LIMIT = 100;
const ADDRESS_LIMIT = 254;
const SWEEP_LIMIT = 1_000;

export interface PasswordMails {
  /**
   * Who of the network signs in with this address; nobody yet for an address whose owner would be let in all the same.
   * Undefined: whoever has it would be turned away.
   */
  personsOf(email: string): Promise<readonly string[] | undefined>;
  readonly mailer: Pick<Mailer, 'send'>;
}

export interface ForgottenPassword {
  serve(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  sweep(): Promise<void>;
  /** Resolves when every mail under way is sent. */
  close(): Promise<void>;
}

interface Parts extends PasswordMails {
  readonly state: StateStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accounts: Accounts;
  readonly publicUrl: string;
  issue(ticket: PasswordTicket): string;
}

interface Sent {
  readonly count: number;
  readonly sinceMs: number;
}

export const createForgottenPassword = (parts: Parts): ForgottenPassword => {
  const sent = parts.state.table<Sent>('oidcPasswordMails');
  const keyOf = emailKeyOf(parts.sealer);
  const pending = new Set<Promise<void>>();
  const nowMs = (): number => parts.clock.now().getTime();

  /** Counts a mail to the address; false when it had enough. */
  const counted = async (emailKey: string): Promise<boolean> => {
    for (;;) {
      const known = await sent.get(emailKey);
      if (!known) {
        if (await sent.insert(emailKey, { count: 1, sinceMs: nowMs() })) return true;
        continue;
      }
      const over = nowMs() - known.sinceMs >= MAILS_WINDOW_MS;
      if (!over && known.count >= MAILS_PER_ADDRESS) return false;
      const next = over ? { count: 1, sinceMs: nowMs() } : { ...known, count: known.count + 1 };
      if (await sent.replace(emailKey, known, next)) return true;
    }
  };

  const mail = async (email: string, language: Language): Promise<void> => {
    const account = await parts.accounts.findByEmail(email);
    const persons = account?.disabled ? undefined : await parts.personsOf(email);
    // An account may belong to nobody yet, e.g. the first administrator's.
    if (account?.disabled || (!account && !persons)) return;
    if (!(await counted(keyOf(email)))) return;
    const link = parts.issue({ email, returnTo: '/auth/login?prompt=login', lifetimeMs: LINK_LIFETIME_MS });
    await parts.mailer.send(passwordMail(language, { id: `password-${randomId()}`, to: email, persons: persons ?? [], link }));
  };

  const mailLater = (typed: string, language: Language): void => {
    if (typed.length > ADDRESS_LIMIT || !isEmail(typed) || pending.size >= PENDING_LIMIT) return;
    const work = mail(normalEmail(typed), language)
      .catch((error: unknown) => parts.logger.error({ err: error }, 'a link to choose a password could not be sent'))
      .finally(() => pending.delete(work));
    pending.add(work);
  };

  const submit = async (request: IncomingMessage, response: ServerResponse, language: Language): Promise<void> => {
    const form = await readForm(request);
    // Answered before anything is looked up: neither words nor time tell who is known.
    sendHtml(response, 200, linkSentPage(language, parts.publicUrl));
    mailLater(form.get('email') ?? '', language);
  };

  return {
    async serve(request, response) {
      if ((request.url ?? '').split('?')[0] !== FORGOTTEN_PATH) return false;
      const language = languageOf(undefined, request.headers['accept-language']);
      try {
        if (request.method === 'GET') sendHtml(response, 200, askAddressPage(language, FORGOTTEN_PATH));
        else if (request.method === 'POST' && sameOrigin(request, parts.publicUrl)) await submit(request, response, language);
        else sendHtml(response, 403, errorPage(language, 'not-allowed', parts.publicUrl));
      } catch (error) {
        if (!isParvisError(error)) throw error;
        sendHtml(response, 400, errorPage(language, error.code, parts.publicUrl));
      }
      return true;
    },
    async sweep() {
      const entries = await sent.range('', { limit: SWEEP_LIMIT });
      for (const { key, value } of entries) if (nowMs() - value.sinceMs >= MAILS_WINDOW_MS) await sent.delete(key);
    },
    async close() {
      await Promise.all(pending);
    },
  };
};
