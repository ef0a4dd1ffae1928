/** Words that stand nowhere else, and a search for them through every byte of a folder. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const CONSONANTS = 'bcdfghjklmnpqrstvwxz';
const LENGTH = 11;

/** The nth canary: consonants only, so that no stemmer shortens it, and no two begin alike. */
export const canary = (nth: number): string => {
  let state = (nth + 1) * 2_654_435_761;
  const letters = Array.from({ length: LENGTH - 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return CONSONANTS[(state >>> 16) % CONSONANTS.length] as string;
  });
  const first = CONSONANTS[nth % CONSONANTS.length] as string;
  const second = CONSONANTS[Math.floor(nth / CONSONANTS.length)] as string;
  return `${first}${second}${letters.join('')}k`;
};

/** Full-text indexes store a word without what it shares with its neighbour: all but the first letters must do. */
const coreOf = (word: string): string => word.slice(2);

/** What base64 makes of the word at each of the three places it may stand in a group. */
const base64Of = (word: string): string[] =>
  [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(word)]).toString('base64');
    return encoded.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + word.length) * 4) / 3) - 1);
  });

export interface Sighting {
  readonly word: string;
  /** Below the folder searched. */
  readonly file: string;
}

const filesUnder = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const beside = (await readdir(dirname(folder))).filter((name) => name.startsWith(`${basename(folder)}.`));
  return [
    ...entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
    ...beside.map((name) => join(dirname(folder), name)),
  ];
};

/**
 * Searches every file of the folder and those beside it whose names begin alike: raw, in any case, and as base64 or
 * base64url, with or without line breaks. What SQLite has open is read as it lies on the disk.
 */
export const sightings = async (folder: string, words: readonly string[]): Promise<Sighting[]> => {
  const found: Sighting[] = [];
  for (const path of await filesUnder(folder)) {
    // A file may go while it is looked for: then it holds nothing.
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    const text = bytes.toString('latin1');
    const unbroken = text.replace(/=?\r?\n/g, '');
    const plain = `${text}\n${unbroken}`.toLowerCase();
    const coded = unbroken.replaceAll('-', '+').replaceAll('_', '/');
    for (const word of words) {
      const seen = plain.includes(coreOf(word)) || base64Of(word).some((code) => coded.includes(code));
      if (seen) found.push({ word, file: path.slice(folder.length).replace(/^\//, '') });
    }
  }
  return found;
};
