/**
 * Stems of a word in French and in English. Every word is stemmed both ways, whatever language its text was taken for:
 * guesses about short texts are often wrong, and a French sentence of a company is full of English words.
 *
 * Snowball's French knows endings by their accents (`-ée`, `-ité`, `-ière`), which people leave out when they type. So
 * accents are dropped first, and put back where only one reading of the ending is common; then the typed and the written
 * form give one stem. Where two readings are common (`modifie`, `different`), the accents of the text decide and a word
 * typed without accents asks for both: `askedStemsOf`.
 */
import { stemmer as stemEnglish } from '@orama/stemmers/english';
import { stemmer as stemFrench } from '@orama/stemmers/french';
import { eachWord, fold, MAX_TEXT_WORDS, type Stems, type Word } from './words.ts';

/** What a word of a question is found by: any of these. */
export interface AskedStems {
  readonly french: readonly string[];
  readonly english: string;
}

type StemmedWord = Pick<Word, 'folded' | 'accented'>;

/** How many words the stemmers' answers are kept for; the vocabulary of a company is smaller. */
const REMEMBERED_WORDS = 50_000;

/** Unaccented ending → the accented one that Snowball knows. The longest comes first. */
const ACCENTED_ENDINGS: readonly (readonly [string, string])[] = [
  ['ierement', 'ièrement'],
  ['ieres', 'ières'],
  ['iere', 'ière'],
  ['ites', 'ités'],
  ['ite', 'ité'],
  ['ees', 'ées'],
  ['ee', 'ée'],
];

/** Endings with two common readings: put back only where the text says so. */
const AMBIGUOUS_ENDINGS: readonly (readonly [string, string])[] = [
  ['erent', 'èrent'],
  ['ies', 'iés'],
  ['ie', 'ié'],
];

/** Words Snowball gets wrong and a company uses: plurals in -aux of words in -ail, and languages, whose -ais it takes for a verb's. */
const IRREGULAR: ReadonlyMap<string, string> = new Map(
  Object.entries({
    travaux: 'travail',
    baux: 'bail',
    vitraux: 'vitrail',
    yeux: 'oeil',
    francaise: 'francais',
    francaises: 'francais',
    anglaise: 'anglais',
    anglaises: 'anglais',
  }),
);

const HAS_DIGIT = /\p{N}/u;
/** The stemmers look words up in plain objects, where `constructor` and the like are found: they are left as they are. */
const isKept = (folded: string): boolean => HAS_DIGIT.test(folded) || folded in Object.prototype;

const swapEnding = (folded: string, [plain, accented]: readonly [string, string]): string =>
  folded.slice(0, folded.length - plain.length) + accented;

const restoreEnding = ({ folded, accented }: StemmedWord): string => {
  for (const pair of AMBIGUOUS_ENDINGS) if (accented.endsWith(pair[1])) return swapEnding(folded, pair);
  const found = ACCENTED_ENDINGS.find(([plain]) => folded.endsWith(plain));
  return found ? swapEnding(folded, found) : folded;
};

/** Snowball writes a final y as i only after some endings; here always, so that all forms of `employer` meet. */
const frenchStem = (word: string): string => {
  const stem = fold(stemFrench(IRREGULAR.get(word) ?? word));
  if (stem === '') return fold(word);
  return stem.length > 3 && stem.endsWith('y') ? `${stem.slice(0, -1)}i` : stem;
};

const remembered = new Map<string, Stems>();

export const stemsOf = (word: StemmedWord): Stems => {
  const known = remembered.get(word.accented);
  if (known) return known;
  const stems = isKept(word.folded)
    ? { french: word.folded, english: word.folded }
    : { french: frenchStem(restoreEnding(word)), english: stemEnglish(word.folded) || word.folded };
  if (remembered.size >= REMEMBERED_WORDS) remembered.clear();
  remembered.set(word.accented, stems);
  return stems;
};

/** The stems of a text's words, for an index: each list between spaces. */
export const stemmedText = (text: string): Stems => {
  const french: string[] = [];
  const english: string[] = [];
  eachWord(text, MAX_TEXT_WORDS, (form) => {
    form.stems ??= stemsOf(form);
    french.push(form.stems.french);
    english.push(form.stems.english);
  });
  return { french: french.join(' '), english: english.join(' ') };
};

/** The stems a question's word is found by: the other reading of an ambiguous ending too when no accent was typed. */
export const askedStemsOf = (word: StemmedWord): AskedStems => {
  const { french, english } = stemsOf(word);
  const pair = word.accented === word.folded ? AMBIGUOUS_ENDINGS.find(([plain]) => word.folded.endsWith(plain)) : undefined;
  const other = pair && frenchStem(swapEnding(word.folded, pair));
  return { french: other && other !== french ? [french, other] : [french], english };
};
