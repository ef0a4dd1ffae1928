import { describe, expect, it } from '@jest/globals';
import { languageOf } from './language.ts';

describe('language of a page', () => {
  it.each([
    [undefined, undefined, 'en'],
    ['fr', undefined, 'fr'],
    ['de fr-CA en', undefined, 'fr'],
    ['de', 'fr', 'fr'],
    ['en', 'fr', 'en'],
    [undefined, 'fr-FR,fr;q=0.9,en;q=0.8', 'fr'],
    [undefined, 'en;q=0.3, fr;q=0.7', 'fr'],
    [undefined, 'fr;q=0, en', 'en'],
    [undefined, 'de,it', 'en'],
    [['fr'], '*', 'en'],
    [undefined, `${'x,'.repeat(5_000)}fr`, 'en'],
  ])('%j and %.40j: %s', (asked, accepted, language) => expect(languageOf(asked, accepted)).toBe(language));
});
