/** What people typed, brought to one form and checked, before anything decides on it. */
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { BODY_LIMIT, COMMENT_LIMIT, REASON_LIMIT, TITLE_LIMIT } from './limits.ts';

// Tabs and line feeds lay out Markdown; every other control character only hides something.
const CONTROL_IN_TEXT = /[\p{Cc}--[\t\n]]/v;
const CONTROL = /\p{Cc}/v;

const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
};

interface TextRule {
  readonly field: string;
  readonly limit: number;
  readonly lines: boolean;
}

/** NFC, line ends as \n, without blanks at both ends. @throws invalid on control characters, broken UTF-16 and length. */
const normalised = (text: string, { field, limit, lines }: TextRule): string => {
  if (!text.isWellFormed()) throw invalid(field, 'well-formed Unicode');
  const clean = text.replaceAll('\r\n', '\n').normalize('NFC').trim();
  if ((lines ? CONTROL_IN_TEXT : CONTROL).test(clean)) throw invalid(field, 'text without control characters');
  if (lengthOf(clean) > limit) throw invalid(field, `at most ${limit} characters`);
  return clean;
};

/** One line, may be empty: whether a title is needed is the kind's rule. */
export const titleOf = (text: string): string => normalised(text, { field: 'title', limit: TITLE_LIMIT, lines: false });

/** Markdown, may be empty: whether a body is needed is the kind's rule. */
export const bodyOf = (text: string): string => normalised(text, { field: 'body', limit: BODY_LIMIT, lines: true });

/** Markdown of a comment, may be empty when it carries files. */
export const commentOf = (text: string): string => normalised(text, { field: 'body', limit: COMMENT_LIMIT, lines: true });

/** Why something was done; may be empty. */
export const reasonOf = (text: string, field = 'reason'): string => normalised(text, { field, limit: REASON_LIMIT, lines: true });

/** Why something was done, where others are owed an explanation. */
export const neededReasonOf = (text: string): string => {
  const reason = reasonOf(text);
  if (reason === '') throw invalid('reason', 'a reason');
  return reason;
};
