/** What a Markdown text names: people and hashtags. A real parser, so that code, links and HTML name nobody. */
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { HASHTAGS_LIMIT, MENTIONS_LIMIT } from '../domain/limits.ts';

export interface Named {
  /** Person ids, in order of appearance, without repeats. */
  readonly mentions: readonly string[];
  /** Lower case, without the #, in order of appearance, without repeats. */
  readonly hashtags: readonly string[];
}

const MENTION = /@\[person:([a-z2-7]{1,40})\]/g;
/** At least one letter, so that #1 stays a number; not inside a word or an address (a#b, /#part, ](#part)). */
const HASHTAG = /(?<![\p{L}\p{N}/&#]|\]\()#(?=[\p{N}_]*\p{L})([\p{L}\p{N}_]{1,50})(?![\p{L}\p{N}_])/gu;
/** Deepest nesting walked into. */
const DEPTH_LIMIT = 100;

/**
 * The parser takes time that grows with the square or the cube of some hostile texts, minutes for 50,000 characters:
 * rows of emphasis marks, of containers opened on one line, and of brackets. Emphasis names nobody and is never parsed;
 * a line that opens more containers than this is taken without them; with more brackets than this, links are plain text.
 */
const CONTAINERS_LIMIT = 20;
const BRACKETS_LIMIT = 2_000;
const CONTAINERS = new RegExp(`^(?:[ \\t]*(?:>|[-*+](?=[ \\t])|\\d{1,9}[.)](?=[ \\t]))){${CONTAINERS_LIMIT + 1},}`, 'gm');
const WITHOUT_EMPHASIS = ['attention'];
const WITHOUT_LABELS = ['attention', 'labelStartLink', 'labelStartImage', 'labelEnd'];

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

/** Kinds of node whose text is not the author speaking. */
const SILENT: ReadonlySet<string> = new Set([
  'code',
  'inlineCode',
  'html',
  'link',
  'linkReference',
  'definition',
  'image',
  'imageReference',
]);

const spoken = (node: Node, depth: number, texts: string[]): void => {
  if (SILENT.has(node.type) || depth > DEPTH_LIMIT) return;
  if (node.type === 'text' && node.value !== undefined) texts.push(node.value);
  for (const child of node.children ?? []) spoken(child, depth + 1, texts);
};

const spokenTexts = (markdown: string): string[] => {
  const texts: string[] = [];
  const flat = markdown.replace(CONTAINERS, '');
  const disabled = flat.split('[', BRACKETS_LIMIT + 2).length > BRACKETS_LIMIT + 1 ? WITHOUT_LABELS : WITHOUT_EMPHASIS;
  spoken(fromMarkdown(flat, { extensions: [{ disable: { null: disabled } }] }) as Node, 0, texts);
  return texts;
};

/** Lower case; underscores around a hashtag are emphasis that was not parsed. */
const foldedName = (name: string): string => name.toLowerCase().replace(/^_+|_+$/g, '');

const distinct = (texts: readonly string[], pattern: RegExp): string[] => {
  const found = new Set<string>();
  for (const text of texts) for (const match of text.matchAll(pattern)) found.add(foldedName(match[1] as string));
  return [...found];
};

/** @throws invalid when more people or hashtags are named than a text may. */
export const namedIn = (markdown: string): Named => {
  if (!/[@#]/.test(markdown)) return { mentions: [], hashtags: [] };
  const texts = spokenTexts(markdown);
  const mentions = distinct(texts, MENTION);
  if (mentions.length > MENTIONS_LIMIT) throw invalid('mentions', `at most ${MENTIONS_LIMIT} people`);
  const hashtags = distinct(texts, HASHTAG);
  if (hashtags.length > HASHTAGS_LIMIT) throw invalid('hashtags', `at most ${HASHTAGS_LIMIT} hashtags`);
  return { mentions, hashtags };
};
