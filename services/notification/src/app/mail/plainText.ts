/** Members' text made safe for a mail: one line, no control characters, no longer than it may be. */

export const TEXT_LIMITS = { subject: 120, excerpt: 280 } as const;

/** The person ids a text mentions, in order, each once. */
export const mentionedIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/@\[person:([a-z2-7]+)\]/g)].map((match) => match[1] ?? '')),
];

/** One line without control, format and bidirectional characters; cut with an ellipsis. */
export const oneLine = (text: string, most: number): string => {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  const points = [...line];
  return points.length <= most
    ? line
    : `${points
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
};

/** Markdown as an excerpt: mentions by name, marks of emphasis and headings left out. */
export const excerptOf = (markdown: string, nameOf: (personId: string) => string): string => {
  const named = markdown.replace(/@\[person:([a-z2-7]+)\]/g, (_, personId: string) => `@${nameOf(personId)}`);
  const plain = named
    .replace(/```[^\n]*/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s{0,3}(#{1,6}|>|[-*+])\s+/gm, '')
    .replace(/[*_`~]{1,3}/g, '');
  return oneLine(plain, TEXT_LIMITS.excerpt);
};

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** An address that one `To:` line can hold: anything else never reaches a mailer. */
export const isMailAddress = (text: string): boolean => /^[^\s<>,;:"()[\]\\]+@[^\s<>,;:"()[\]\\@]+$/.test(text) && text.length <= 254;
