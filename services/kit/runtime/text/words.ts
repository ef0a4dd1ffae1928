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
/** ' ’ ʼ as character codes: looked for beside every word. */
const isApostrophe = (code: number): boolean => code === 0x27 || code === 0x2019 || code === 0x2bc;
/** How many written forms are kept with their folded ones. */
const REMEMBERED_FORMS = 50_000;
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

interface Form {
  readonly folded: string;
  readonly accented: string;
}

const remembered = new Map<string, Form>();

/** Of a word as it is written; the same words come again and again. */
const formOf = (written: string): Form => {
  const known = remembered.get(written);
  if (known) return known;
  const form = { folded: cut(fold(written).replace(NOT_WORD, '')), accented: cut(written.normalize('NFKC').toLowerCase()) };
  if (remembered.size >= REMEMBERED_FORMS) remembered.clear();
  remembered.set(written, form);
  return form;
};

const isDropped = (text: string, folded: string, start: number, end: number): boolean => {
  if (isApostrophe(text.charCodeAt(end)) && ELIDED.has(folded) && LETTER.test(text.charAt(end + 1))) return true;
  return start > 1 && isApostrophe(text.charCodeAt(start - 1)) && ENGLISH_ENDINGS.has(folded);
};

/** Words of a text in order, at most `limit`. */
export const wordsOf = (text: string, limit = MAX_TEXT_WORDS): Word[] => {
  const words: Word[] = [];
  for (const match of text.matchAll(WORD)) {
    if (words.length >= limit) break;
    const written = match[0];
    if (written.startsWith('@')) continue;
    const { folded, accented } = formOf(written);
    const end = match.index + written.length;
    if (folded !== '' && !isDropped(text, folded, match.index, end)) words.push({ folded, accented, start: match.index, end });
  }
  return words;
};
