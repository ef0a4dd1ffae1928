/** Made-up texts whose words are as unequal as those of real ones: a few are everywhere, most are rare. */
import { randomOf } from '../random.ts';

/** In every post: the worst that anybody can search for. */
export const WORD_OF_ALL = 'bulletin';

const VOCABULARY = 20_000;
const ONSETS = ['b', 'c', 'd', 'f', 'g', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'tr', 'pl', 'gr'];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ai', 'ou', 'é'];
const ENDS = ['', 'n', 'r', 's', 't', 'l'];

const wordsOf = (random: () => number): string[] => {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const words = new Set<string>();
  while (words.size < VOCABULARY) {
    const syllables = 2 + Math.floor(random() * 3);
    words.add(Array.from({ length: syllables }, () => `${pick(ONSETS)}${pick(VOWELS)}${pick(ENDS)}`).join(''));
  }
  return [...words];
};

export interface Texts {
  title(): string;
  body(): string;
  /** The word of a rank, 1 being the most frequent but WORD_OF_ALL: about one post in `rank / 3` has it. */
  word(rank: number): string;
}

/** The same texts, in the same order, for the same seed. */
export const createTexts = (seed: number): Texts => {
  const words = wordsOf(randomOf(1));
  const random = randomOf(seed);
  // Zipf's law with exponent 1: rank = V^u for u even in [0, 1).
  const next = (): string => words[Math.floor(VOCABULARY ** random()) - 1] as string;
  const sentence = (length: number): string => Array.from({ length }, next).join(' ');
  return {
    title: () => sentence(5),
    body: () => `${sentence(14)}. ${WORD_OF_ALL} ${sentence(13)}.`,
    word: (rank) => words[rank - 1] as string,
  };
};
