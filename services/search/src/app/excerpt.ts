/** A piece of a text around what was found in it, with the found words marked. Text parts, never HTML. */
import type { ExcerptPart } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import { type Word, wordsOf } from '@parvis/kit/runtime/text/words.ts';
import { PARSED_LENGTH, plainText } from './plainText.ts';

/** Most characters of an excerpt. */
export const EXCERPT_LENGTH = 240;
/** Most characters of a title that are shown. */
export const TITLE_LENGTH = 300;
/** Text kept before the first marked word. */
const LEAD = 40;
const ELLIPSIS = '…';

export type Matcher = (word: Word) => boolean;

const MENTION = /@\[person:([^\]\s]{1,64})\]/g;

/** Person ids that a text mentions. */
export const mentionedIn = (text: string): string[] => [...text.matchAll(MENTION)].map((match) => match[1] as string);

/** Mentions by name; of people the viewer may not see, and of former ones, only that there was one. */
const withNames = (text: string, names: ReadonlyMap<string, string>): string =>
  text.replace(MENTION, (_, id: string) => `@${names.get(id) ?? ELLIPSIS}`);

/** Start of the window of the given length with the most marked words. */
const bestStart = (marked: readonly Word[], length: number): number => {
  let best = marked[0]?.start ?? 0;
  let most = 0;
  let first = 0;
  for (let last = 0; last < marked.length; last++) {
    while ((marked[last] as Word).end - (marked[first] as Word).start > length) first += 1;
    if (last - first + 1 <= most) continue;
    most = last - first + 1;
    best = (marked[first] as Word).start;
  }
  return best;
};

/** Nearest place at or after `from` where a word begins. */
const wordStart = (text: string, from: number): number => {
  if (from <= 0) return 0;
  const space = text.indexOf(' ', from - 1);
  return space < 0 || space - from > LEAD ? from : space + 1;
};

/** Nearest place at or before `to` where a word ends. */
const wordEnd = (text: string, to: number): number => {
  if (to >= text.length) return text.length;
  const space = text.lastIndexOf(' ', to);
  return space < to - LEAD ? to : space;
};

/** A piece of a longer text. */
export interface Window {
  readonly text: string;
  readonly cutBefore: boolean;
  readonly cutAfter: boolean;
}

/** The Markdown around the best place, from a line's or a word's beginning: the whole of a long article is never parsed. */
export const windowOf = (markdown: string, matches: Matcher): Window => {
  if (markdown.length <= PARSED_LENGTH) return { text: markdown, cutBefore: false, cutAfter: false };
  const start = bestStart(wordsOf(markdown).filter(matches), EXCERPT_LENGTH);
  const line = start < PARSED_LENGTH / 2 ? 0 : markdown.lastIndexOf('\n', start - EXCERPT_LENGTH / 2) + 1;
  const from = start - line > PARSED_LENGTH / 2 ? wordStart(markdown, start - LEAD) : line;
  const to = from + PARSED_LENGTH;
  return { text: markdown.slice(from, to), cutBefore: from > 0, cutAfter: to < markdown.length };
};

const partsOf = (text: string, marked: readonly Word[], from: number, to: number): ExcerptPart[] => {
  const parts: ExcerptPart[] = [];
  let at = from;
  const add = (end: number, match: boolean): void => {
    if (end > at) parts.push({ text: text.slice(at, end), match });
    at = Math.max(at, end);
  };
  for (const word of marked) {
    if (word.start < from || word.end > to) continue;
    add(word.start, false);
    add(word.end, true);
  }
  add(to, false);
  return parts;
};

const wellFormed = (parts: readonly ExcerptPart[]): ExcerptPart[] => parts.map(({ text, match }) => ({ text: text.toWellFormed(), match }));

/** At most `length` characters around the best cluster of marked words, ellipses included. */
const cutAround = ({ text, cutBefore, cutAfter }: Window, matches: Matcher, length: number): ExcerptPart[] => {
  const marked = wordsOf(text).filter(matches);
  const room = length - (cutBefore || cutAfter || text.length > length ? 2 * ELLIPSIS.length : 0);
  const fits = text.length <= room;
  const start = bestStart(marked, room - LEAD);
  const from = fits ? 0 : wordStart(text, Math.min(start - LEAD, text.length - room));
  const to = fits ? text.length : wordEnd(text, from + room);
  const parts = partsOf(text, marked, from, to);
  if (from > 0 || cutBefore) parts.unshift({ text: ELLIPSIS, match: false });
  if (to < text.length || cutAfter) parts.push({ text: ELLIPSIS, match: false });
  return wellFormed(parts);
};

const whole = (text: string): Window => ({ text, cutBefore: false, cutAfter: false });

/** @param names display names of the mentioned people the viewer may see */
export const excerptOf = (markdown: string, matches: Matcher, names: ReadonlyMap<string, string>): ExcerptPart[] => {
  const window = windowOf(markdown, matches);
  return cutAround({ ...window, text: withNames(plainText(window.text), names) }, matches, EXCERPT_LENGTH);
};

export const titleParts = (title: string, matches: Matcher): ExcerptPart[] => cutAround(whole(title), matches, TITLE_LENGTH);
