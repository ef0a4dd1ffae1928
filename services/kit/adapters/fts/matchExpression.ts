/** Questions and filters → an FTS5 match expression. Every word of it is letters and digits between quotes. */
import type { Phrase, Question } from '../../runtime/text/question.ts';
import { wordsOf } from '../../runtime/text/words.ts';

export interface MatchParts {
  readonly question: Question;
  /** Words of the filters column: every list must be met by one of its words. */
  readonly filters: readonly (readonly string[])[];
  /** True: profiles count too. */
  readonly profiles: boolean;
}

const quote = (words: readonly string[]): string => `"${words.join(' ').replaceAll('"', '')}"`;

/** Alternatives of a phrase in one language. Only one word may have several stems at a time, or they would multiply. */
const alternatives = (phrase: Phrase): string[] => {
  const first = phrase.map((term) => term.french[0] as string);
  const others = phrase.flatMap((term, index) => term.french.slice(1).map((stem) => first.with(index, stem)));
  return [first, ...others].map(quote);
};

const phraseExpression = (phrase: Phrase, profiles: boolean): string => {
  const french = profiles ? '{title_fr body_fr profile_fr}' : '{title_fr body_fr}';
  const english = profiles ? '{title_en body_en profile_en}' : '{title_en body_en}';
  const inFrench = alternatives(phrase)
    .map((words) => `${french} : ${words}`)
    .join(' OR ');
  return `(${inFrench} OR ${english} : ${quote(phrase.map((term) => term.english))})`;
};

/** Undefined when there is nothing to match by: everything passes. */
export const matchExpression = ({ question, filters, profiles }: MatchParts): string | undefined => {
  const wanted = question.wanted.map((phrase) => phraseExpression(phrase, profiles));
  const filtered = filters.map((tokens) => `filters : (${tokens.map((token) => quote([token])).join(' OR ')})`);
  const all = [...wanted, ...filtered];
  if (all.length === 0) return undefined;
  const excluded = question.excluded.map((phrase) => phraseExpression(phrase, profiles));
  return excluded.length === 0 ? all.join(' AND ') : `(${all.join(' AND ')}) NOT (${excluded.join(' OR ')})`;
};

/** Most words of a prefix that are looked at. */
export const MAX_PREFIX_WORDS = 8;

/** The words typed so far in the search box, the last one only begun. Undefined when there is none. */
export const prefixExpression = (typed: string, filters: readonly (readonly string[])[]): string | undefined => {
  const words = wordsOf(typed.slice(0, 200), MAX_PREFIX_WORDS).map((word) => word.folded);
  const last = words.pop();
  if (last === undefined) return undefined;
  const all = [
    ...words.map((word) => `words : ${quote([word])}`),
    `words : ${quote([last])} *`,
    ...filters.map((tokens) => `filters : (${tokens.map((token) => quote([token])).join(' OR ')})`),
  ];
  return all.join(' AND ');
};
