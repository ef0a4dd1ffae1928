/**
 * Text → words, the same for what is indexed, what is asked and what is highlighted. Words are runs of letters and digits;
 * mentions (`@[person:ID]`) are no words, elided articles (`l'`, `qu'`) and English endings (`'s`, `'t`) are dropped.
 */

export interface Word {
  /** Lower case, without accents; ligatures spelled out (œ → oe). */
  readonly folded: string;
  /** Lower case, accents kept. */
  readonly accented: string;
  /** Place in the text, in UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Longer words are cut: nothing that long is a word, and tokens stay small. */
export const MAX_WORD_LENGTH = 64;
/** Most words of one text; the rest of a longer text is not indexed. */
export const MAX_TEXT_WORDS = 20_000;

const WORD = /@\[person:[^\]\s]{1,64}\]|[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
const APOSTROPHE = /['’ʼ]/;
const LETTER = /\p{L}/u;
const ELIDED = new Set(['l', 'd', 'j', 'm', 'n', 's', 't', 'c', 'qu', 'jusqu', 'lorsqu', 'puisqu', 'quoiqu', 'presqu']);
const ENGLISH_ENDINGS = new Set(['s', 't', 're', 've', 'll', 'd', 'm']);
const SPELLED_OUT: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };
const NOT_WORD = /[^\p{L}\p{N}]+/gu;
const isPlain = (text: string): boolean => /^[a-z0-9]*$/.test(text);

/** Without accents, lower case, compatibility forms unified (ﬁ → fi, ２ → 2). */
export const fold = (text: string): string => {
  const lower = text.toLowerCase();
  if (isPlain(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[œæßøłđðþı]/g, (letter) => SPELLED_OUT[letter] as string);
};

/** Cuts at a whole character: half a pair of surrogates is no text. */
const cut = (text: string): string => (text.length <= MAX_WORD_LENGTH ? text : [...text.slice(0, MAX_WORD_LENGTH)].join('').toWellFormed());

const makeWord = (text: string, start: number, end: number): Word | undefined => {
  const folded = cut(fold(text).replace(NOT_WORD, ''));
  if (folded === '') return undefined;
  return { folded, accented: cut(text.normalize('NFKC').toLowerCase()), start, end };
};

const isDropped = (text: string, word: Word): boolean => {
  const after = text.charAt(word.end);
  if (APOSTROPHE.test(after) && ELIDED.has(word.folded) && LETTER.test(text.charAt(word.end + 1))) return true;
  return word.start > 1 && ENGLISH_ENDINGS.has(word.folded) && APOSTROPHE.test(text.charAt(word.start - 1));
};

/** Words of a text in order, at most `limit`. */
export const wordsOf = (text: string, limit = MAX_TEXT_WORDS): Word[] => {
  const words: Word[] = [];
  for (const match of text.matchAll(WORD)) {
    if (words.length >= limit) break;
    if (match[0].startsWith('@')) continue;
    const word = makeWord(match[0], match.index, match.index + match[0].length);
    if (word && !isDropped(text, word)) words.push(word);
  }
  return words;
};
