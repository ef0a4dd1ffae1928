/** Markdown → the text a reader sees, on one line. Never HTML. */
import { fromMarkdown } from 'mdast-util-from-markdown';

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly alt?: string | null;
  readonly children?: readonly Node[];
}

/** Longest Markdown that is parsed: the parser's time grows faster than its text. */
export const PARSED_LENGTH = 1_500;
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
  if (node.children === undefined) return node.value ?? '';
  const inline = ['paragraph', 'heading', 'emphasis', 'strong', 'link', 'linkReference'].includes(node.type);
  return node.children.map((child) => textOf(child, depth + 1)).join(inline ? '' : ' ');
};

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** @param markdown at most PARSED_LENGTH characters; more are cut */
export const plainText = (markdown: string): string => {
  const text = markdown.slice(0, PARSED_LENGTH);
  if (!MARKUP.test(text)) return oneLine(text);
  return oneLine(textOf(fromMarkdown(text.replace(CONTAINERS, '')) as Node, 0));
};
