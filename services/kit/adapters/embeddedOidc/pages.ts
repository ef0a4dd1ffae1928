/** Pages of the provider: plain HTML from here, readable without scripts, under a policy that allows nothing else. */
import { createHash } from 'node:crypto';
import type { Language } from './language.ts';
import { PASSWORD_LENGTH } from './passwords.ts';
import { type TextName, textsIn } from './texts.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; place-items: center; min-height: 100vh; background: #f3f4f6; color: #1c2330; }
main { box-sizing: border-box; width: min(26rem, 100vw); padding: 2rem; background: #fff; border-radius: .75rem; }
h1 { margin: 0 0 1.5rem; font-size: 1.5rem; line-height: 1.25; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; padding: .625rem .75rem; font: inherit; color: inherit; background: transparent; border: 1px solid #6b7280; border-radius: .375rem; }
button, a.button { box-sizing: border-box; display: block; width: 100%; margin-top: 1.5rem; padding: .75rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; color: #fff; background: #1f4fbf; border: 0; border-radius: .375rem; cursor: pointer; }
button.second { margin-top: .75rem; color: inherit; background: transparent; border: 1px solid #6b7280; }
:focus-visible { outline: 3px solid #7aa2ff; outline-offset: 2px; }
.problem { padding: .75rem; border-left: .25rem solid #b3261e; background: #fdecea; color: #5f1410; }
.hint { font-size: .875rem; }
@media (prefers-color-scheme: dark) {
  body { background: #12151b; color: #e6e9ef; }
  main { background: #1b2029; }
  .problem { background: #3a1614; color: #ffd9d5; }
}
`;
/** Sends the sign-out form of someone whose client vouches for them; without scripts the button does it. */
const SUBMIT_SCRIPT = "document.getElementById('op.logoutForm').requestSubmit(document.getElementById('yes'))";

const sourceHash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const STYLE_HASH = sourceHash(STYLE);

export interface PageHeaderOptions {
  /** The page's one script. */
  readonly script?: string;
  /** Origin the form's answer leads to, besides our own: browsers hold redirects of forms to the policy too. */
  readonly formTarget?: string;
}

export const pageHeaders = ({ script, formTarget }: PageHeaderOptions): Record<string, string> => ({
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${STYLE_HASH}`,
    ...(script === undefined ? [] : [`script-src ${sourceHash(script)}`]),
    `form-action 'self'${formTarget === undefined ? '' : ` ${formTarget}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

const page = (language: Language, title: string, body: string): string => `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;

/** Announced by screen readers when the page opens. */
const problem = (text: string | undefined): string => (text === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(text)}</p>`);

export interface SignInPage {
  readonly action: string;
  /** What the person typed, or the client's hint. */
  readonly email: string;
  readonly problem?: TextName;
  /** Address of the page for a first or forgotten password; absent where nothing can be mailed. */
  readonly forgotten?: string;
  /** Password of the demonstration. */
  readonly demoPassword?: string;
}

export const signInPage = (language: Language, options: SignInPage): string => {
  const texts = textsIn(language);
  const { demoPassword, forgotten } = options;
  const help = forgotten === undefined ? '' : `<p class="hint"><a href="${escapeHtml(forgotten)}">${escapeHtml(texts.forgotten)}</a></p>`;
  const demo = demoPassword === undefined ? '' : `<p class="hint">${escapeHtml(texts.demo)} <code>${escapeHtml(demoPassword)}</code></p>`;
  return page(
    language,
    texts.title,
    `${problem(options.problem && texts[options.problem])}
<form method="post" action="${escapeHtml(options.action)}">
<label for="email">${escapeHtml(texts.email)}</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="254" value="${escapeHtml(options.email)}"${options.email === '' ? ' autofocus' : ''}>
<label for="password">${escapeHtml(texts.password)}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="${PASSWORD_LENGTH.max}"${options.email === '' ? '' : ' autofocus'}>
<button type="submit">${escapeHtml(texts.signIn)}</button>
</form>
${help}
${demo}`,
  );
};

export const askAddressPage = (language: Language, action: string): string => {
  const texts = textsIn(language);
  return page(
    language,
    texts.askAddressTitle,
    `<p>${escapeHtml(texts.askAddress)}</p>
<form method="post" action="${escapeHtml(action)}">
<label for="email">${escapeHtml(texts.email)}</label>
<input id="email" name="email" type="email" autocomplete="username" required maxlength="254" autofocus>
<button type="submit">${escapeHtml(texts.sendLink)}</button>
</form>`,
  );
};

export const linkSentPage = (language: Language, publicUrl: string): string =>
  messagePage(language, 'linkSentTitle', 'linkSent', publicUrl);

export interface PasswordPage {
  readonly action: string;
  readonly email: string;
  readonly problem?: TextName;
}

export const passwordPage = (language: Language, options: PasswordPage): string => {
  const texts = textsIn(language);
  const field = (id: string, label: string): string => `<label for="${id}">${escapeHtml(label)}</label>
<input id="${id}" name="${id}" type="password" autocomplete="new-password" required minlength="${PASSWORD_LENGTH.min}" maxlength="${PASSWORD_LENGTH.max}" aria-describedby="rule">`;
  return page(
    language,
    texts.choosePassword,
    `${problem(options.problem && texts[options.problem])}
<p>${escapeHtml(texts.forAccount)} <strong>${escapeHtml(options.email)}</strong></p>
<form method="post" action="${escapeHtml(options.action)}">
<input type="hidden" name="username" autocomplete="username" value="${escapeHtml(options.email)}">
${field('password', texts.newPassword)}
<p class="hint" id="rule">${escapeHtml(texts.passwordRule)}</p>
${field('repeat', texts.repeatPassword)}
<button type="submit">${escapeHtml(texts.savePassword)}</button>
</form>`,
  );
};

export const linkOverPage = (language: Language, publicUrl: string): string => messagePage(language, 'errorTitle', 'linkOver', publicUrl);

/** The error's code helps whoever supports the network; descriptions of the library stay out. */
export const errorPage = (language: Language, code: string, publicUrl: string): string =>
  messagePage(language, 'errorTitle', 'errorText', publicUrl, code);

export const signedOutPage = (language: Language, publicUrl: string): string =>
  messagePage(language, 'signedOutTitle', undefined, publicUrl);

const messagePage = (language: Language, title: TextName, text: TextName | undefined, publicUrl: string, code?: string): string => {
  const texts = textsIn(language);
  return page(
    language,
    texts[title],
    `${text === undefined ? '' : `<p>${escapeHtml(texts[text])}</p>`}
${code === undefined ? '' : `<p class="hint"><code>${escapeHtml(code)}</code></p>`}
<a class="button" href="${escapeHtml(`${publicUrl}/`)}">${escapeHtml(texts.back)}</a>`,
  );
};

/** @param form the library's form with its secret. @param certain the client showed an id token: no question is needed. */
export const signOutPage = (language: Language, form: string, certain: boolean): { html: string; script?: string } => {
  const texts = textsIn(language);
  const html = page(
    language,
    texts.signOutTitle,
    `${form}
<button id="yes" type="submit" form="op.logoutForm" name="logout" value="yes">${escapeHtml(texts.signOut)}</button>
<button class="second" type="submit" form="op.logoutForm">${escapeHtml(texts.stay)}</button>
${certain ? `<script>${SUBMIT_SCRIPT}</script>` : ''}`,
  );
  return certain ? { html, script: SUBMIT_SCRIPT } : { html };
};
