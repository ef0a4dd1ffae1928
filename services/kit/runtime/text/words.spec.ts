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

  it('finds the runs of letters and digits, and nothing in mentions, whatever the text', () => {
    const runs = /@\[person:[^\]\s]{1,64}\]|[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
    const pieces = [
      '@[person:ab]',
      '@[person:]',
      '@',
      'é',
      'e\u0301',
      '\u0301',
      'ſ',
      '\u017f\u0180',
      '漢字',
      '𝔘',
      '\ud835',
      '\udd18',
      '’',
      '…',
      '²',
      '_',
      ' ',
    ];
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 3 }))).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (written) => {
        const places = [...written.matchAll(runs)]
          .filter(([run]) => !run.startsWith('@'))
          .map(({ 0: run, index }) => [index, index + run.length]);
        const found = new Set(wordsOf(written).map(({ start, end }) => `${start} ${end}`));
        const expected = places.map(([start, end]) => `${start} ${end}`);
        expect([...found].filter((place) => !expected.includes(place))).toEqual([]);
        const dropped = expected.filter((place) => !found.has(place));
        // Elisions and endings stand beside an apostrophe; forms without a letter of their own fold to nothing.
        for (const place of dropped) {
          const [start, end] = place.split(' ').map(Number) as [number, number];
          expect(
            /['’ʼ]/.test(written.slice(Math.max(0, start - 1), end + 1)) || fold(written.slice(start, end)).match(/[\p{L}\p{N}]/u) === null,
          ).toBe(true);
        }
      }),
    );
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
