import { describe, expect, it } from '@jest/globals';
import { APART_PAIRS, ENGLISH_PAIRS, FRENCH_PAIRS } from '../../testing/stemmingTable.ts';
import { matcherOf, parseQuestion } from './question.ts';
import { askedStemsOf, stemsOf } from './stems.ts';
import { wordsOf } from './words.ts';

const finds = (typed: string, written: string): boolean => wordsOf(written).some(matcherOf(parseQuestion(typed)));

describe('stems', () => {
  it.each(FRENCH_PAIRS)('finds %s in %s', (typed, written) => expect(finds(typed, written)).toBe(true));
  it.each(ENGLISH_PAIRS)('finds %s in %s', (typed, written) => expect(finds(typed, written)).toBe(true));
  it.each(APART_PAIRS)('keeps %s and %s apart', (typed, written) => expect(finds(typed, written)).toBe(false));

  it('asks for both readings of an ending that only an accent tells apart', () => {
    const stems = (text: string) => askedStemsOf(wordsOf(text)[0] as never).french;
    expect(stems('modifie')).toEqual(['modif', 'modifi']);
    expect(stems('modifié')).toEqual(['modifi']);
  });

  it.each(Object.getOwnPropertyNames(Object.prototype).filter((name) => /^[a-z]+$/i.test(name)))('stems the word %s', (name) => {
    expect(finds(name, name)).toBe(true);
  });

  it('leaves words with digits as they are', () => {
    expect(stemsOf({ folded: 'rs232es', accented: 'rs232es' })).toEqual({ french: 'rs232es', english: 'rs232es' });
  });
});
