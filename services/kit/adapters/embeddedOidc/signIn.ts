/** The sign-in page: shown when the provider needs to know who it is, and gone when it does. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isParvisError } from '../../runtime/errors.ts';
import type { Accounts } from './accounts.ts';
import { REALM_PATH } from './configuration.ts';
import { languageOf } from './language.ts';
import { errors, type Provider } from './library.ts';
import { errorPage, type SignInPage, signInPage } from './pages.ts';
import { readForm, sameOrigin, sendHtml } from './requests.ts';

const PATH = new RegExp(`^${REALM_PATH}/interaction/([\\w-]{1,64})$`);
const EMAIL_SHOWN_LIMIT = 254;

export interface SignInParts {
  readonly provider: () => Provider;
  readonly accounts: Accounts;
  readonly publicUrl: string;
  readonly demoPassword?: string;
  /** Address of the page for a first or forgotten password. */
  readonly forgotten?: string;
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

const originOf = (uri: unknown): string | undefined => {
  const url = typeof uri === 'string' ? URL.parse(uri) : null;
  return url?.origin;
};

const show = (
  parts: SignInParts,
  request: IncomingMessage,
  response: ServerResponse,
  details: Interaction,
  changes: Partial<SignInPage>,
): void => {
  const { params, uid } = details;
  const language = languageOf(params.ui_locales, request.headers['accept-language']);
  const html = signInPage(language, {
    action: `${REALM_PATH}/interaction/${uid}`,
    email: typeof params.login_hint === 'string' ? params.login_hint.slice(0, EMAIL_SHOWN_LIMIT) : '',
    ...(parts.demoPassword === undefined ? {} : { demoPassword: parts.demoPassword }),
    ...(parts.forgotten === undefined ? {} : { forgotten: parts.forgotten }),
    ...changes,
  });
  const target = originOf(params.redirect_uri);
  // The same status whatever was wrong.
  sendHtml(response, changes.problem === undefined ? 200 : 422, html, target === undefined ? {} : { formTarget: target });
};

const submit = async (parts: SignInParts, request: IncomingMessage, response: ServerResponse, details: Interaction): Promise<void> => {
  const form = await readForm(request);
  const email = form.get('email') ?? '';
  try {
    const account = await parts.accounts.signIn(email, form.get('password') ?? '');
    if (!account) {
      show(parts, request, response, details, { email: email.slice(0, EMAIL_SHOWN_LIMIT), problem: 'refused' });
      return;
    }
    const login = { accountId: account.id, remember: false, amr: ['pwd'] };
    await parts.provider().interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  } catch (error) {
    if (!isParvisError(error, 'sign-in-busy')) throw error;
    show(parts, request, response, details, { email: email.slice(0, EMAIL_SHOWN_LIMIT), problem: 'busy' });
  }
};

/** Serves the page. @returns false when the request is for something else. */
export const serveSignIn = async (parts: SignInParts, request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
  const path = (request.url ?? '').split('?')[0] ?? '';
  if (!PATH.test(path)) return false;
  const language = languageOf(undefined, request.headers['accept-language']);
  try {
    const details = await parts.provider().interactionDetails(request, response);
    // The cookie names the interaction; an address with another one in it is not this browser's.
    if (details.uid !== PATH.exec(path)?.[1] || details.prompt.name !== 'login') throw new errors.SessionNotFound('another sign-in');
    if (request.method === 'GET') show(parts, request, response, details, {});
    else if (request.method === 'POST' && sameOrigin(request, parts.publicUrl)) await submit(parts, request, response, details);
    else sendHtml(response, 403, errorPage(language, 'not-allowed', parts.publicUrl));
  } catch (error) {
    if (isParvisError(error)) sendHtml(response, 400, errorPage(language, error.code, parts.publicUrl));
    else if (error instanceof errors.SessionNotFound) sendHtml(response, 400, errorPage(language, 'sign-in-expired', parts.publicUrl));
    else throw error;
  }
  return true;
};
