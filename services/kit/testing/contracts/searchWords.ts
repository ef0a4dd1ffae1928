import { describe, expect, it } from '@jest/globals';
import type { SearchIndex, SearchQuery, SearchScope } from '../../ports/searchIndex.ts';
import { aBatch, aComment, aGroup, aPerson, aPost, aQuery, aScope } from '../searchDocuments.ts';
import { APART_PAIRS, ENGLISH_PAIRS, FRENCH_PAIRS, type WordPair } from '../stemmingTable.ts';

/** Texts that mean something to an engine, and nothing to a person. */
const HOSTILE = [
  '"',
  '""',
  '*',
  'budg*',
  'a* OR b*',
  'NEAR(a b)',
  'title_fr:budget',
  '{title_fr} : budget',
  '^budget',
  '(((((',
  ')',
  "'; DROP TABLE words; --",
  'AND',
  'NOT budget',
  '- - -',
  '-"',
  '+budget',
  '\u0000',
  'a\u0000b',
  '%_',
  '\\',
  '🙂 budget 👩‍👩‍👧',
  'مرحبا بالعالم',
  '\u202ebudget\u202c',
  '$where',
  '__proto__',
  'constructor',
  '\ud800',
  'x'.repeat(10_000),
  'mot '.repeat(2_500),
  '("'.repeat(1_000),
];

/** What is found by which words. */
export const searchWords = (given: () => SearchIndex): void => {
  const keys = async (text: string, query: Partial<SearchQuery> = {}, scope: Partial<SearchScope> = {}): Promise<string[]> => {
    const page = await given().search(aQuery(text, { limit: 100, ...query }), aScope(scope));
    return page.hits.map((hit) => hit.document.key).sort();
  };

  describe('words', () => {
    const wrong = async (pairs: readonly WordPair[], expected: boolean, language: string): Promise<WordPair[]> => {
      const puts = pairs.map(([, written], nth) => aPost(`p${nth}`, { body: `xx ${written} yy`, language }));
      await given().write(aBatch({ puts }));
      const failures: WordPair[] = [];
      for (const [nth, pair] of pairs.entries()) {
        const found = (await keys(pair[0])).includes(`post:p${nth}`);
        if (found !== expected) failures.push(pair);
      }
      return failures;
    };

    it.each(['fr', 'en', ''])('meets French inflections, with and without accents, in a text taken for %j', async (language) => {
      expect(await wrong(FRENCH_PAIRS, true, language)).toEqual([]);
    });
    it.each(['fr', 'en', ''])('meets English inflections in a text taken for %j', async (language) => {
      expect(await wrong(ENGLISH_PAIRS, true, language)).toEqual([]);
    });
    it('keeps words that mean something else apart', async () => {
      expect(await wrong(APART_PAIRS, false, 'fr')).toEqual([]);
    });

    it('wants every word, anywhere in title, body or further words', async () => {
      const puts = [
        aPost('both', { title: 'Budget', body: 'pour 2027' }),
        aPost('one', { title: 'Budget' }),
        aPost('extra', { body: 'budget', extra: 'annexe-2027.pdf' }),
      ];
      await given().write(aBatch({ puts }));
      expect(await keys('2027 budgets')).toEqual(['post:both', 'post:extra']);
      expect(await keys('le budget de 2027')).toEqual(['post:both', 'post:extra']);
    });

    it('knows phrases and exclusions', async () => {
      const puts = [aPost('plan', { body: 'le plan de relance' }), aPost('mixed', { body: 'relance du plan' })];
      await given().write(aBatch({ puts }));
      expect(await keys('"plan de relance"')).toEqual(['post:plan']);
      expect(await keys('plan relance')).toEqual(['post:mixed', 'post:plan']);
      expect(await keys('relance -"plan de relance"')).toEqual(['post:mixed']);
      expect(await keys('plan -relances')).toEqual([]);
      expect(await keys('-plan')).toEqual([]);
    });

    it('finds every type, each by its own words', async () => {
      await given().write(
        aBatch({
          puts: [
            aPost('p', { title: 'Facteurs' }),
            aComment('c', 'p', { body: 'le facteur est passé' }),
            aPerson('f', { title: 'Jeanne Facteur', extra: 'jfacteur Logistique' }),
            aGroup('open', { title: 'Facteurs humains', body: 'Ergonomie' }),
          ],
        }),
      );
      expect(await keys('facteur')).toEqual(['comment:c', 'group:open', 'person:f', 'post:p']);
      expect(await keys('facteur', { types: ['person', 'group'] })).toEqual(['group:open', 'person:f']);
      expect(await keys('jfacteur')).toEqual(['person:f']);
      expect(await keys('ergonomie')).toEqual(['group:open']);
    });

    it('finds people by their profile only where the scope covers it', async () => {
      await given().write(aBatch({ puts: [aPerson('a', { title: 'Ada', profile: 'apiculture' })] }));
      expect(await keys('apiculture')).toEqual(['person:a']);
      expect(await keys('apiculture', {}, { profiles: false })).toEqual([]);
      expect(await keys('ada -apiculture', {}, { profiles: false })).toEqual(['person:a']);
    });

    it('puts a title before a body when the best are asked for', async () => {
      const filler = Array.from({ length: 40 }, (_, nth) => aPost(`filler${nth}`, { body: 'autre chose encore' }));
      const puts = [
        aPost('body', { title: 'Divers', body: `budget ${'mot '.repeat(60)}`, atMs: 2_000_000 }),
        aPost('title', { title: 'Budget', body: 'mot', atMs: 1_000_000 }),
        ...filler,
      ];
      await given().write(aBatch({ puts }));
      const page = await given().search(aQuery('budget', { sort: 'best' }), aScope());
      expect(page.hits.map((hit) => hit.document.id)).toEqual(['title', 'body']);
      expect(page.hits[0]?.score).toBeGreaterThan(page.hits[1]?.score ?? 0);
    });

    /** True when the text neither fails nor shows anything beyond the scope. */
    const isData = async (text: string): Promise<boolean> => {
      const shown = async (sort: SearchQuery['sort']) => (await given().search(aQuery(text, { sort, withFacets: true }), aScope())).hits;
      const hits = [...(await shown('newest')), ...(await shown('best'))].map((hit) => hit.document);
      const filtered = await given().search(aQuery('budget', { kind: text, hashtag: text, authorId: text, groupId: text }), aScope());
      const suggested = await given().suggest(text, [], aScope(), 10);
      return filtered.hits.length === 0 && [...hits, ...suggested].every((document) => document.groupId === 'open');
    };

    it('takes whatever is typed as data', async () => {
      await given().write(aBatch({ puts: [aPost('secret', { groupId: 'hidden', title: 'Budget' }), aPost('p', { title: 'Budget' })] }));
      const failures: string[] = [];
      for (const text of HOSTILE) if (!(await isData(text).catch(() => false))) failures.push(text.slice(0, 40));
      expect(failures).toEqual([]);
      expect(await keys('budget')).toEqual(['post:p']);
    });
  });

  describe('suggestions', () => {
    const suggested = async (prefix: string, scope: Partial<SearchScope> = {}, limit = 10): Promise<string[]> =>
      (await given().suggest(prefix, [], aScope(scope), limit)).map((document) => document.key);

    it('finds the words typed, the last one begun, of titles and handles: people, groups, then posts', async () => {
      await given().write(
        aBatch({
          puts: [
            aPost('p', { title: 'Élections du comité', body: 'marathon' }),
            aComment('c', 'p', { body: 'élections' }),
            aGroup('open', { title: 'Élections 2027' }),
            aPerson('e', { title: 'Éléonore Dupont', parts: { handle: 'edupont' } }),
            aPerson('hidden', { title: 'Éléonore Cachée', hidden: true }),
          ],
        }),
      );
      expect(await suggested('ele')).toEqual(['person:e', 'group:open', 'post:p']);
      expect(await suggested('ÉLÉ')).toEqual(['person:e', 'group:open', 'post:p']);
      expect(await suggested('eleonore du')).toEqual(['person:e']);
      expect(await suggested('com')).toEqual(['post:p']);
      expect(await suggested('edup')).toEqual(['person:e']);
      expect(await suggested('mara')).toEqual([]);
      expect(await suggested('')).toEqual([]);
      expect(await suggested('ele', {}, 2)).toEqual(['person:e', 'group:open']);
      expect((await given().suggest('ele', ['post'], aScope(), 10)).map((document) => document.key)).toEqual(['post:p']);
    });

    it('stays within the scope', async () => {
      const puts = [
        aPost('p', { title: 'Projet', groupId: 'other' }),
        aGroup('other', { title: 'Projet' }),
        aPerson('x', { title: 'Projet' }),
      ];
      await given().write(aBatch({ puts }));
      expect(await suggested('proj', { people: [] })).toEqual([]);
      expect(await suggested('proj', { people: ['x'], listedGroupIds: ['other'] })).toEqual(['person:x', 'group:other']);
      expect(await suggested('proj', { people: [], groupIds: ['other'] })).toEqual(['post:p']);
    });
  });
};
