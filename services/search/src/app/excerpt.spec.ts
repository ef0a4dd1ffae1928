import { describe, expect, it } from '@jest/globals';
import { matcherOf, parseQuestion } from '@parvis/kit/runtime/text/question.ts';
import fc from 'fast-check';
import { EXCERPT_LENGTH, excerptOf, titleParts } from './excerpt.ts';
import { PARSED_LENGTH, plainText } from './plainText.ts';

const excerpt = (markdown: string, query: string, names: ReadonlyMap<string, string> = new Map()) =>
  excerptOf(markdown, matcherOf(parseQuestion(query)), names);
const shown = (markdown: string, query: string): string =>
  excerpt(markdown, query)
    .map(({ text, match }) => (match ? `[${text}]` : text))
    .join('');
const filler = (count: number): string => 'lorem ipsum dolor '.repeat(count);

describe('plain text', () => {
  it('is what a reader sees, on one line', () => {
    const markdown =
      '# Titre\n\nDu **gras**, du `code` et [un lien](http://x.y/z).\n\n- un\n- deux\n\n> cité\n\n<b onclick="x">html</b>\n\n![image](y)';
    expect(plainText(markdown)).toBe('Titre Du gras, du code et un lien. un deux cité html image');
    expect(plainText('rien   à\nfaire')).toBe('rien à faire');
  });

  it.each([
    ['quotes', '>'.repeat(PARSED_LENGTH)],
    ['lists', '- '.repeat(PARSED_LENGTH / 2)],
    ['emphasis', '*a_'.repeat(PARSED_LENGTH / 3)],
    ['brackets', '['.repeat(PARSED_LENGTH)],
    ['nested links', '[a]('.repeat(PARSED_LENGTH / 4)],
    ['markers', '**'.repeat(PARSED_LENGTH / 2)],
    ['code', '`'.repeat(PARSED_LENGTH)],
    ['html', '<a '.repeat(PARSED_LENGTH / 3)],
  ])('of hostile %s comes in a moment', (_name, markdown) => {
    const from = process.cpuUsage();
    plainText(markdown);
    expect(process.cpuUsage(from).user / 1_000).toBeLessThan(100);
  });
});

describe('an excerpt', () => {
  it('marks every inflection', () => {
    expect(shown('Les réunions de la **réunion**', 'reunion')).toBe('Les [réunions] de la [réunion]');
  });

  it('lies around the best cluster and ends at words', () => {
    const text = `budget ${filler(40)} le budget de la réunion ${filler(40)}`;
    const found = shown(text, 'budget réunion');
    expect(found).toContain('le [budget] de la [réunion]');
    expect(found).toMatch(/^…\S/);
    expect(found).toMatch(/\S…$/);
  });

  it('finds its place in a text too long to be parsed', () => {
    expect(shown(`${filler(2_000)}\n\nLe **budget** ici.\n\n${filler(2_000)}`, 'budget')).toContain('Le [budget] ici.');
    expect(shown(`${'a'.repeat(5_000)} budget ${'b'.repeat(5_000)}`, 'budget')).toContain('[budget]');
  });

  it('names mentioned people, or says that there is one', () => {
    const parts = excerpt('Merci @[person:ada] et @[person:ben]', 'merci', new Map([['ada', 'Ada']]));
    expect(parts.map((part) => part.text).join('')).toBe('Merci @Ada et @…');
  });

  it('is never longer than its limit, and is text, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('budget', ' ', '\n\n', '**', '> ', '<script>')), {
          maxLength: 200,
        }),
        (pieces) => {
          const parts = excerpt(pieces.join(''), 'budget');
          expect(parts.map((part) => part.text).join('').length).toBeLessThanOrEqual(EXCERPT_LENGTH);
          expect(parts.every((part) => part.text.length > 0)).toBe(true);
        },
      ),
    );
  });

  it('keeps a title as it was written', () => {
    expect(titleParts('Le <b>budget</b>', matcherOf(parseQuestion('budget')))).toEqual([
      { text: 'Le <b>', match: false },
      { text: 'budget', match: true },
      { text: '</b>', match: false },
    ]);
  });
});
