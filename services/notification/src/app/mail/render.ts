/** Lines into a mail: text and the same as plain HTML, every text escaped, with the headers of one-click unsubscribe. */
import type { Mail } from '@parvis/kit/ports/mailer.ts';
import type { Catalogue, Language } from './catalogue.ts';
import { escapeHtml, oneLine, TEXT_LIMITS } from './plainText.ts';

export interface MailItem {
  readonly line: string;
  /** Beginning of what was said; empty: none. */
  readonly excerpt: string;
  readonly url: string;
}

export interface MailContent {
  readonly id: string;
  readonly to: string;
  /** Whom it is written to, and whom it names or quotes. */
  readonly persons: readonly string[];
  readonly language: Language;
  readonly catalogue: Catalogue;
  readonly network: string;
  readonly subject: string;
  readonly items: readonly MailItem[];
  /** Entries that are not listed. */
  readonly more: number;
  readonly inboxUrl: string;
  readonly unsubscribeUrl: string;
}

const textOf = ({ items, more, catalogue, inboxUrl, network, unsubscribeUrl }: MailContent): string =>
  [
    ...items.flatMap(({ line, excerpt, url }) => [line, ...(excerpt === '' ? [] : [excerpt]), url, '']),
    ...(more > 0 ? [catalogue.andMore(more), ''] : []),
    `${catalogue.openAll}: ${inboxUrl}`,
    '',
    '-- ',
    catalogue.why(network),
    `${catalogue.unsubscribe}: ${unsubscribeUrl}`,
    '',
  ].join('\n');

const link = (url: string, text: string): string => `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;

const htmlOf = (content: MailContent): string => {
  const { items, more, catalogue, inboxUrl, network, unsubscribeUrl, language, subject } = content;
  const lines = items.map(({ line, excerpt, url }) => `<p>${link(url, line)}${excerpt === '' ? '' : `<br>${escapeHtml(excerpt)}`}</p>`);
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head><body>`,
    ...lines,
    ...(more > 0 ? [`<p>${escapeHtml(catalogue.andMore(more))}</p>`] : []),
    `<p>${link(inboxUrl, catalogue.openAll)}</p>`,
    `<p><small>${escapeHtml(catalogue.why(network))} ${link(unsubscribeUrl, catalogue.unsubscribe)}</small></p>`,
    '</body></html>',
  ].join('\n');
};

export const renderMail = (given: MailContent): Mail => {
  const content = { ...given, subject: oneLine(given.subject, TEXT_LIMITS.subject) };
  return {
    id: content.id,
    to: content.to,
    persons: content.persons,
    subject: content.subject,
    text: textOf(content),
    html: htmlOf(content),
    headers: {
      'List-Unsubscribe': `<${content.unsubscribeUrl}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Auto-Submitted': 'auto-generated',
    },
  };
};
