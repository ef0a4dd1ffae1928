import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold, MAX_WORD_LENGTH, wordsOf } from './words.ts';

const folded = (text: string): string[] => wordsOf(text).map((word) => word.folded);

describe('words', () => {
  it('folds case, accents, ligatures and compatibility forms', () => {
    expect(folded('Œuvre ÉTÉ ﬁnance ２０２６ straße Łódź İzmir')).toEqual(['oeuvre', 'ete', 'finance', '2026', 'strasse', 'lodz', 'izmir']);
    expect(fold('e\u0301te\u0301')).toBe('ete');
  });

  it('drops elided articles and English endings, with either apostrophe', () => {
    expect(folded("L'équipe qu’on d'Acme John's don't aujourd'hui")).toEqual(['equipe', 'on', 'acme', 'john', 'don', 'aujourd', 'hui']);
  });

  it('takes no words from mentions', () => {
    expect(folded('Merci @[person:abcdefghijklmnopqrstuvwxyz] pour le rapport')).toEqual(['merci', 'pour', 'le', 'rapport']);
  });

  it('cuts a word at the limit, and stops at the most words', () => {
    expect(folded('a'.repeat(MAX_WORD_LENGTH))[0]).toHaveLength(MAX_WORD_LENGTH);
    expect(folded('a'.repeat(MAX_WORD_LENGTH + 1))[0]).toHaveLength(MAX_WORD_LENGTH);
    expect(wordsOf('a b c', 2)).toHaveLength(2);
  });

  it('gives places of the original text and words of letters and digits alone, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const word of wordsOf(text)) {
          expect(word.end).toBeGreaterThan(word.start);
          expect(text.slice(word.start, word.end)).toMatch(/^[\p{L}\p{N}]/u);
          expect(word.folded).toMatch(/^[\p{L}\p{N}]+$/u);
        }
      }),
    );
  });
});
