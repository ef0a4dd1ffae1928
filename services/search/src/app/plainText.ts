/** Markdown → the text a reader sees, on one line. Never HTML. */
import { fromMarkdown } from 'mdast-util-from-markdown';

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly alt?: string | null;
  readonly children?: readonly Node[];
}

/** Longest Markdown that is parsed: the parser's time grows faster than its text. */
export const PARSED_LENGTH = 1_000;
/** With more brackets, links are taken as plain text. */
const BRACKETS_LIMIT = 100;
/** Emphasis is not parsed either (rows of its marks are what the parser takes longest for): its marks are taken off. */
const EMPHASIS = /(?<![\p{L}\p{N}*_~])[*_~]{1,3}(?=[^\s*_~])|(?<=[^\s*_~])[*_~]{1,3}(?![\p{L}\p{N}*_~])/gu;
const WITHOUT_EMPHASIS = ['attention'];
const WITHOUT_LINKS = ['attention', 'labelStartLink', 'labelStartImage', 'labelEnd'];
/** Deepest nesting walked into. */
const DEPTH_LIMIT = 50;
/** Rows of containers opened on one line are the parser's worst case, and no way to write. */
const CONTAINERS = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){6,}/gm;
/** Without these there is nothing to parse. */
const MARKUP = /[*_`#>[\]~|<\\&!-]|^\s*\d+[.)]|\n\s*\n/;

const textOf = (node: Node, depth: number): string => {
  if (depth > DEPTH_LIMIT || node.type === 'html' || node.type === 'definition') return '';
  if (node.type === 'image') return node.alt ?? '';
  if (node.type === 'break') return ' ';
  if (node.children === undefined) return node.type === 'text' ? (node.value ?? '').replace(EMPHASIS, '') : (node.value ?? '');
  const inline = ['paragraph', 'heading', 'emphasis', 'strong', 'link', 'linkReference'].includes(node.type);
  return node.children.map((child) => textOf(child, depth + 1)).join(inline ? '' : ' ');
};

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** @param markdown at most PARSED_LENGTH characters; more are cut */
export const plainText = (markdown: string): string => {
  const text = markdown.slice(0, PARSED_LENGTH);
  if (!MARKUP.test(text)) return oneLine(text);
  const disabled = text.split('[').length > BRACKETS_LIMIT ? WITHOUT_LINKS : WITHOUT_EMPHASIS;
  return oneLine(textOf(fromMarkdown(text.replace(CONTAINERS, ''), { extensions: [{ disable: { null: disabled } }] }) as Node, 0));
};
