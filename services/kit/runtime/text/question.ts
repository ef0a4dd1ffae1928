/**
 * What a person typed into a search box → words, phrases and exclusions. Nothing a person types is syntax of an engine:
 * adapters build their queries from these words alone.
 *
 * `word word` finds what has every word, in any inflection; `"a phrase"` wants its words side by side; `-word` and
 * `-"a phrase"` exclude. Words joined by - . _ @ / or an apostrophe (rendez-vous, PO-1234) are a phrase too. Everything
 * else is data, and an exclusion alone finds nothing.
 */
import { type AskedStems, askedStemsOf, stemsOf } from './stems.ts';
import { STOP_WORDS } from './stopWords.ts';
import { type Word, wordsOf } from './words.ts';

/** Words side by side; a single word is a phrase of one. */
export type Phrase = readonly AskedStems[];

export interface Question {
  /** Each must be found. */
  readonly wanted: readonly Phrase[];
  /** None may be found. */
  readonly excluded: readonly Phrase[];
}

/** Most words of a question, exclusions included; the rest is not looked at. */
export const MAX_QUESTION_WORDS = 32;
/** Most characters of a question that are looked at. */
export const MAX_QUESTION_LENGTH = 2_000;

interface Piece {
  readonly words: readonly Word[];
  readonly quoted: boolean;
  readonly excluded: boolean;
}

const PIECE = /((?<=^|\s)-)?(?:["“”«]([^"“”»]*)["“”»]|([^\s"“”«»]+))/gu;
const JOINED = /^[-.@_/'’]+$/;

/** Words of one chunk without spaces: those joined by a hyphen and the like stay together. */
const splitChunk = (chunk: string): Word[][] => {
  const groups: Word[][] = [];
  let before: Word | undefined;
  for (const word of wordsOf(chunk, MAX_QUESTION_WORDS)) {
    const joined = before && JOINED.test(chunk.slice(before.end, word.start));
    if (joined) groups.at(-1)?.push(word);
    else groups.push([word]);
    before = word;
  }
  return groups;
};

const piecesOf = (text: string): Piece[] => {
  const pieces: Piece[] = [];
  for (const [, minus, quoted, chunk] of text.matchAll(PIECE)) {
    const excluded = minus !== undefined;
    if (quoted !== undefined) {
      pieces.push({ words: wordsOf(quoted, MAX_QUESTION_WORDS), quoted: true, excluded });
      continue;
    }
    for (const words of splitChunk(chunk ?? '')) pieces.push({ words, quoted: false, excluded });
  }
  return pieces.filter((piece) => piece.words.length > 0);
};

/** As many pieces as there is room for; a piece that does not fit whole is cut. */
const bounded = (pieces: readonly Piece[]): Piece[] => {
  const kept: Piece[] = [];
  let room = MAX_QUESTION_WORDS;
  for (const piece of pieces) {
    if (room === 0) break;
    kept.push({ ...piece, words: piece.words.slice(0, room) });
    room -= Math.min(room, piece.words.length);
  }
  return kept;
};

const isStopWord = (piece: Piece): boolean => !piece.quoted && piece.words.length === 1 && STOP_WORDS.has((piece.words[0] as Word).folded);

const phraseOf = (piece: Piece): Phrase => piece.words.map(askedStemsOf);

export const parseQuestion = (text: string): Question => {
  const pieces = bounded(piecesOf(text.slice(0, MAX_QUESTION_LENGTH)));
  const wanted = pieces.filter((piece) => !piece.excluded);
  const telling = wanted.filter((piece) => !isStopWord(piece));
  return {
    wanted: (telling.length > 0 ? telling : wanted).map(phraseOf),
    excluded: pieces.filter((piece) => piece.excluded).map(phraseOf),
  };
};

/** Tells which words of a text a question found: to highlight them. */
export const matcherOf = (question: Question): ((word: Word) => boolean) => {
  const french = new Set(question.wanted.flat().flatMap((term) => term.french));
  const english = new Set(question.wanted.flat().map((term) => term.english));
  return (word) => {
    const stems = stemsOf(word);
    return french.has(stems.french) || english.has(stems.english);
  };
};
