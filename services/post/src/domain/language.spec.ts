import { describe, expect, it } from '@jest/globals';
import { languageOf } from './language.ts';

describe('languageOf', () => {
  it.each([
    ['Nous avons déplacé la réunion à jeudi, merci de confirmer.', 'fr'],
    ['Comment faites-vous pour suivre les factures dans votre équipe ?', 'fr'],
    ['We moved the meeting to Thursday, please confirm that you can be there.', 'en'],
    ['How do you follow up on invoices in your team?', 'en'],
    ['OK', ''],
    ['12345 !!! 🎉', ''],
    ['Guten Morgen zusammen', ''],
    ['', ''],
  ])('%s → %s', (text, language) => {
    expect(languageOf(text)).toBe(language);
  });

  it('looks at a bounded sample only', () => {
    expect(languageOf(`${'the and of '.repeat(200)}${'le la les '.repeat(10_000)}`)).toBe('en');
  });
});
