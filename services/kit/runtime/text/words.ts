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

/** A mention, and a word with characters beyond the table below, where they begin. */
const MENTION = /@\[person:[^\]\s]{1,64}\]/uy;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/uy;
/** First character code that is left to `WORD`; none below is a combining mark. */
const TABLE_END = 0x180;
/** 1 for the letters and digits of western Europe: asked for every character, a table is ten times faster than an expression. */
const IS_WORD = Uint8Array.from({ length: TABLE_END }, (_, code) => (/[\p{L}\p{N}]/u.test(String.fromCharCode(code)) ? 1 : 0));
const AT_SIGN = 0x40;
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

export interface Stems {
  readonly french: string;
  readonly english: string;
}

/** A written form; one object while it is remembered. */
export interface Form {
  readonly folded: string;
  readonly accented: string;
  /** Kept here by who stems it: the word comes again. */
  stems?: Stems;
}

const remembered = new Map<string, Form>();

/** A part of a long text keeps all of it in memory; what is remembered is a copy. */
const copyOf = (part: string): string => Buffer.from(part, 'utf16le').toString('utf16le');

const newForm = (written: string): Form => ({
  folded: cut(fold(written).replace(NOT_WORD, '')),
  accented: cut(written.normalize('NFKC').toLowerCase()),
});

/** Of a word as it is written; the same words come again and again. Overlong ones are not worth the memory. */
const formOf = (written: string): Form => {
  const known = remembered.get(written);
  if (known) return known;
  if (written.length > MAX_WORD_LENGTH) return newForm(written);
  const own = copyOf(written);
  const form = newForm(own);
  if (remembered.size >= REMEMBERED_FORMS) remembered.clear();
  remembered.set(own, form);
  return form;
};

const isDropped = (text: string, folded: string, start: number, end: number): boolean => {
  if (isApostrophe(text.charCodeAt(end)) && ELIDED.has(folded) && LETTER.test(text.charAt(end + 1))) return true;
  return start > 1 && isApostrophe(text.charCodeAt(start - 1)) && ENGLISH_ENDINGS.has(folded);
};

/** Where a match of a sticky expression at a place ends; the place itself when there is none. */
const endOf = (sticky: RegExp, text: string, at: number): number => {
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : at;
};

/** Where the word that begins at a place ends; the place itself when none does. */
const endOfWord = (text: string, at: number): number => {
  let end = at;
  let code = text.charCodeAt(end);
  while (code < TABLE_END && IS_WORD[code] === 1) code = text.charCodeAt(++end);
  return code >= TABLE_END ? endOf(WORD, text, at) : end;
};

/** Where to go on after what is no word. */
const afterNoWord = (text: string, at: number): number => {
  const code = text.codePointAt(at) as number;
  const mentioned = code === AT_SIGN ? endOf(MENTION, text, at) : at;
  if (mentioned > at) return mentioned;
  return at + (code > 0xffff ? 2 : 1);
};

/** Tells the words of a text in order, at most `limit`: what `wordsOf` lists, without an object for each. */
export const eachWord = (text: string, limit: number, tell: (form: Form, start: number, end: number) => void): void => {
  let told = 0;
  for (let at = 0; at < text.length && told < limit; ) {
    const end = endOfWord(text, at);
    if (end === at) {
      at = afterNoWord(text, at);
      continue;
    }
    const form = formOf(text.slice(at, end));
    if (form.folded !== '' && !isDropped(text, form.folded, at, end)) {
      tell(form, at, end);
      told += 1;
    }
    at = end;
  }
};

/** Words of a text in order, at most `limit`. */
export const wordsOf = (text: string, limit = MAX_TEXT_WORDS): Word[] => {
  const words: Word[] = [];
  eachWord(text, limit, ({ folded, accented }, start, end) => words.push({ folded, accented, start, end }));
  return words;
};
