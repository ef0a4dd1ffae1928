/**
 * Choosing a password: someone who accepted an invitation, or proved an address otherwise, gets a sealed link that works
 * once. The account is made when the password is there, not before.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../ports/clock.ts';
import type { StateStore } from '../../ports/state.ts';
import { invalid, isParvisError } from '../../runtime/errors.ts';
import { randomId } from '../../runtime/ids.ts';
import type { Sealer } from '../../runtime/sealer.ts';
import type { Accounts } from './accounts.ts';
import { REALM_PATH } from './configuration.ts';
import { languageOf } from './language.ts';
import { errorPage, linkOverPage, passwordPage } from './pages.ts';
import { PASSWORD_LENGTH } from './passwords.ts';
import { readForm, redirect, sameOrigin, sendHtml } from './requests.ts';
import type { TextName } from './texts.ts';

const PATH = `${REALM_PATH}/account/password`;
const SEAL = 'oidc-password-ticket';
/** Longest life of a link. */
export const TICKET_LIFETIME_LIMIT_MS = 24 * 3600_000;
const TICKET_LENGTH_LIMIT = 4_096;

export interface PasswordTicket {
  /** The proven address. */
  readonly email: string;
  readonly givenName?: string;
  readonly familyName?: string;
  /** Path of this network to go on to, e.g. `/auth/login`. */
  readonly returnTo: string;
  readonly lifetimeMs: number;
}

interface SealedTicket extends Omit<PasswordTicket, 'lifetimeMs'> {
  readonly id: string;
  readonly expiresAtMs: number;
}

export interface PasswordTickets {
  /** @returns the address of the page. @throws invalid */
  issue(ticket: PasswordTicket): string;
  serve(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** Forgets used tickets that are too old to come again. */
  sweep(): Promise<void>;
}

interface Parts {
  readonly state: StateStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly publicUrl: string;
  /** Sessions opened with an earlier password end. */
  readonly endSessions: (accountId: string) => Promise<void>;
}

/** Only paths of our own: neither `//host` nor `/\host` leads away. */
const isLocalPath = (path: string): boolean => /^\/(?![/\\])[\w\-./?=&%~]*$/.test(path);

const problemOf = (password: string, repeat: string): TextName | undefined => {
  if (password !== repeat) return 'passwordDiffers';
  return password.length < PASSWORD_LENGTH.min || password.length > PASSWORD_LENGTH.max ? 'passwordLength' : undefined;
};

/** Sets the password of the address's account, which is made when there is none yet. */
const save = async ({ accounts, endSessions }: Parts, ticket: SealedTicket, password: string): Promise<void> => {
  const known = await accounts.findByEmail(ticket.email);
  if (known) {
    await accounts.setPassword(known.id, password);
    await endSessions(known.id);
    return;
  }
  const { email, givenName = '', familyName = '' } = ticket;
  await accounts.create({ email, emailVerified: true, password, givenName, familyName });
};

export const createPasswordTickets = (parts: Parts): PasswordTickets => {
  const used = parts.state.table<number>('oidcUsedTickets');
  const nowMs = (): number => parts.clock.now().getTime();

  const open = async (text: string): Promise<SealedTicket | undefined> => {
    try {
      if (text.length > TICKET_LENGTH_LIMIT) return undefined;
      const ticket = parts.sealer.open<SealedTicket>(SEAL, text);
      return ticket.expiresAtMs > nowMs() && (await used.get(ticket.id)) === undefined ? ticket : undefined;
    } catch (error) {
      if (isParvisError(error, 'invalid')) return undefined;
      throw error;
    }
  };

  const submit = async (ticket: SealedTicket, request: IncomingMessage, response: ServerResponse, action: string): Promise<void> => {
    const language = languageOf(undefined, request.headers['accept-language']);
    const form = await readForm(request);
    const password = form.get('password') ?? '';
    const problem = problemOf(password, form.get('repeat') ?? '');
    if (problem) {
      sendHtml(response, 422, passwordPage(language, { action, email: ticket.email, problem }));
      return;
    }
    // Marked before it is used: of two who send the form at once, one gets through.
    if (!(await used.insert(ticket.id, ticket.expiresAtMs))) {
      sendHtml(response, 410, linkOverPage(language, parts.publicUrl));
      return;
    }
    await save(parts, ticket, password);
    redirect(response, ticket.returnTo);
  };

  return {
    issue({ lifetimeMs, ...ticket }) {
      if (lifetimeMs <= 0 || lifetimeMs > TICKET_LIFETIME_LIMIT_MS) throw invalid('lifetimeMs', `at most ${TICKET_LIFETIME_LIMIT_MS}`);
      if (!isLocalPath(ticket.returnTo)) throw invalid('returnTo', 'a path of this network');
      const sealed: SealedTicket = { ...ticket, id: randomId(), expiresAtMs: nowMs() + lifetimeMs };
      return `${parts.publicUrl}${PATH}?ticket=${parts.sealer.seal(SEAL, sealed)}`;
    },
    async serve(request, response) {
      const url = new URL(request.url ?? '', parts.publicUrl);
      if (url.pathname !== PATH) return false;
      const language = languageOf(undefined, request.headers['accept-language']);
      const ticket = await open(url.searchParams.get('ticket') ?? '');
      const action = `${PATH}${url.search}`;
      if (!ticket) sendHtml(response, 410, linkOverPage(language, parts.publicUrl));
      else if (request.method === 'GET') sendHtml(response, 200, passwordPage(language, { action, email: ticket.email }));
      else if (request.method === 'POST' && sameOrigin(request, parts.publicUrl)) await submit(ticket, request, response, action);
      else sendHtml(response, 403, errorPage(language, 'not-allowed', parts.publicUrl));
      return true;
    },
    async sweep() {
      for (const { key, value } of await used.range('', { limit: 1_000 })) if (value < nowMs()) await used.delete(key);
    },
  };
};
