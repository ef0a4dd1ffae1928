import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_QUESTION_WORDS, matcherOf, parseQuestion } from './question.ts';
import { wordsOf } from './words.ts';

const shape = (text: string): { wanted: string[]; excluded: string[] } => {
  const { wanted, excluded } = parseQuestion(text);
  const plain = (phrases: typeof wanted) => phrases.map((phrase) => phrase.map((term) => term.french[0]).join(' '));
  return { wanted: plain(wanted), excluded: plain(excluded) };
};

describe('a question', () => {
  it('reads words, phrases and exclusions', () => {
    expect(shape('réunion -budget "plan de relance" -"prix cassés"')).toEqual({
      wanted: ['reunion', 'plan de relanc'],
      excluded: ['budget', 'prix cass'],
    });
    expect(shape('« chiffre d’affaires »').wanted).toEqual(['chiffr affair']);
  });

  it('keeps words joined by hyphens and the like together, and others apart', () => {
    expect(shape('PO-1234 red,blue').wanted).toEqual(['po 1234', 'red', 'blu']);
  });

  it('leaves words that say nothing out, unless there are no others or they are quoted', () => {
    expect(shape('le plan de la société').wanted).toEqual(['plan', 'societ']);
    expect(shape('the who').wanted).toEqual(['the', 'who']);
    expect(shape('"to be"').wanted).toEqual(['to be']);
  });

  it.each(['', '   ', '"', '""', '***', '()', '-', '-- "', ':', '\u0000', '🙂', '\ud800'])('finds no word in %j', (text) => {
    expect(shape(text)).toEqual({ wanted: [], excluded: [] });
  });

  it('takes engine syntax as words', () => {
    expect(shape('NEAR(red blue) OR title:green* AND {x}').wanted).toEqual(['near', 'red', 'blu', 'titl', 'green', 'x']);
  });

  it('holds at most the named number of words', () => {
    const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(' ');
    expect(parseQuestion(words(MAX_QUESTION_WORDS)).wanted).toHaveLength(MAX_QUESTION_WORDS);
    expect(parseQuestion(words(MAX_QUESTION_WORDS + 1)).wanted).toHaveLength(MAX_QUESTION_WORDS);
    expect(parseQuestion(`"${words(40)}" more`).wanted.flat()).toHaveLength(MAX_QUESTION_WORDS);
  });

  it('reads any text without an error, within its bounds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12_000 }), (text) => {
        const { wanted, excluded } = parseQuestion(text);
        expect([...wanted.flat(), ...excluded.flat()].length).toBeLessThanOrEqual(MAX_QUESTION_WORDS);
      }),
    );
  });

  it('tells the words it found', () => {
    const found = matcherOf(parseQuestion('réunions -budget'));
    expect(
      wordsOf('La réunion du budget')
        .filter(found)
        .map((word) => word.folded),
    ).toEqual(['reunion']);
  });
});
