import { describe, expect, it } from '@jest/globals';
import type { SearchDocument, SearchIndex, SearchPage, SearchQuery, SearchScope } from '../../ports/searchIndex.ts';
import { isParvisError } from '../../runtime/errors.ts';
import { aBatch, aComment, aGroup, aPerson, aPost, aQuery, aScope } from '../searchDocuments.ts';

const GROUPS = ['open', 'red', 'blue', 'green'];
const DAY_MS = 86_400_000;

/** Posts, comments, people and groups over several groups, authors, kinds and months. */
const someDocuments = (count: number): SearchDocument[] =>
  Array.from({ length: count }, (_, nth): SearchDocument => {
    const groupId = GROUPS[nth % GROUPS.length] as string;
    const common = { groupId, body: 'commun', atMs: Date.UTC(2026, 0, 1) + nth * DAY_MS, authorId: `author${nth % 7}` };
    if (nth % 11 === 0) return aPerson(`person${nth}`, { title: 'Commun', atMs: common.atMs });
    if (nth % 13 === 0) return aGroup(`group${nth}`, { title: 'Commun', atMs: common.atMs });
    if (nth % 3 === 0) return aComment(`c${nth}`, `p${nth - 1}`, common);
    return aPost(`p${nth}`, { ...common, kind: nth % 2 === 0 ? 'question' : 'idea', hashtags: nth % 5 === 0 ? ['été'] : [] });
  });

const isIn = (document: SearchDocument, scope: SearchScope): boolean => {
  if (document.type === 'person') return scope.people === 'all' || scope.people.includes(document.id);
  return (document.type === 'group' ? scope.listedGroupIds : scope.groupIds).includes(document.groupId);
};

const allPages = async (index: SearchIndex, query: SearchQuery, scope: SearchScope, between?: (page: SearchPage) => Promise<void>) => {
  const keys: string[] = [];
  let cursor: string | undefined;
  for (let nth = 0; nth < 200; nth++) {
    const page = await index.search({ ...query, ...(cursor === undefined ? {} : { cursor }) }, scope);
    keys.push(...page.hits.map((hit) => hit.document.key));
    cursor = page.nextCursor;
    if (cursor === undefined) return keys;
    await between?.(page);
  }
  throw new Error('the pages do not end');
};

/** What a page shows, counts and leads to. */
export const searchPages = (given: () => SearchIndex): void => {
  describe('scope', () => {
    const documents = someDocuments(200);
    const scopes: [string, SearchScope][] = [
      ['nothing', aScope({ groupIds: [], listedGroupIds: [], people: [] })],
      ['one group', aScope({ groupIds: ['red'], listedGroupIds: [], people: [] })],
      ['some people', aScope({ groupIds: [], listedGroupIds: [], people: ['person0', 'person44'] })],
      ['cards of groups', aScope({ groupIds: [], listedGroupIds: ['group13', 'group26'], people: [] })],
      ['all of it', aScope({ groupIds: GROUPS, listedGroupIds: documents.map((document) => document.groupId) })],
      [
        'thousands of groups',
        aScope({ groupIds: ['blue', ...Array.from({ length: 5_000 }, (_, nth) => `g${nth}`)], listedGroupIds: [], people: [] }),
      ],
    ];

    it.each(scopes)('shows and counts %s, and nothing else', async (_name, scope) => {
      await given().write(aBatch({ puts: documents }));
      const expected = documents.filter((document) => isIn(document, scope));
      const page = await given().search(aQuery('commun', { withFacets: true, limit: 100 }), scope);
      expect(page.total).toBe(expected.length);
      expect(page.totalCapped).toBe(false);
      const newest = expected.map((document) => document.key).reverse();
      expect(page.hits.map((hit) => hit.document.key)).toEqual(newest.slice(0, 100));
      expect(page.facets).toEqual(expect.arrayContaining(recount(expected)));
      expect(page.facets).toHaveLength(recount(expected).length);
    });

    it('shows no hidden document, and keeps it', async () => {
      await given().write(aBatch({ puts: [aPost('p', { body: 'commun', hidden: true })] }));
      const page = await given().search(aQuery('commun', { withFacets: true }), aScope());
      expect(page).toEqual({ hits: [], facets: [], total: 0, totalCapped: false });
      expect((await given().get(['post:p']))[0]?.hidden).toBe(true);
    });
  });

  describe('filters', () => {
    const filters: [string, Partial<SearchQuery>, (document: SearchDocument) => boolean][] = [
      ['type', { types: ['comment'] }, (document) => document.type === 'comment'],
      ['types', { types: ['person', 'group'] }, (document) => ['person', 'group'].includes(document.type)],
      ['group', { groupId: 'red' }, (document) => document.groupId === 'red'],
      ['author', { authorId: 'author3' }, (document) => document.authorId === 'author3'],
      ['kind', { kind: 'question' }, (document) => document.kind === 'question'],
      ['hashtag, folded', { hashtag: 'ETE' }, (document) => document.hashtags.length > 0],
      [
        'dates, both inclusive',
        { fromMs: Date.UTC(2026, 1, 1), toMs: Date.UTC(2026, 1, 10) },
        (document) => document.atMs >= Date.UTC(2026, 1, 1) && document.atMs <= Date.UTC(2026, 1, 10),
      ],
      [
        'several',
        { kind: 'question', groupId: 'blue', types: ['post'] },
        (document) => document.kind === 'question' && document.groupId === 'blue',
      ],
    ];
    it.each(filters)('by %s, with words and without', async (_name, filter, passes) => {
      const documents = someDocuments(200);
      await given().write(aBatch({ puts: documents }));
      const scope = aScope({ groupIds: GROUPS, listedGroupIds: documents.map((document) => document.groupId) });
      const expected = documents
        .filter(passes)
        .map((document) => document.key)
        .reverse();
      expect(expected.length).toBeGreaterThan(0);
      for (const text of ['commun', '']) {
        const page = await given().search(aQuery(text, { ...filter, limit: 100 }), scope);
        expect(page.hits.map((hit) => hit.document.key)).toEqual(expected.slice(0, 100));
        expect(page.total).toBe(expected.length);
      }
    });
  });

  describe('pages', () => {
    const scope = aScope({ groupIds: GROUPS, listedGroupIds: [], people: [] });

    it.each(['newest', 'best'] as const)('%s: nothing twice and nothing left out while documents arrive', async (sort) => {
      const documents = someDocuments(120).filter((document) => isIn(document, scope));
      await given().write(aBatch({ puts: documents }));
      let arrived = 0;
      const keys = await allPages(given(), aQuery('commun', { sort, limit: 7 }), scope, async () => {
        arrived += 1;
        const late = aPost(`late${arrived}`, { body: 'commun commun', title: 'Commun', atMs: Date.UTC(2027, 0, arrived) });
        await given().write(aBatch({ puts: [late] }));
      });
      expect(keys.filter((key) => !key.startsWith('post:late')).sort()).toEqual(documents.map((document) => document.key).sort());
      expect(keys.filter((key) => key.startsWith('post:late'))).toEqual([]);
      expect(arrived).toBeGreaterThan(5);
    });

    it('keeps apart what shares a millisecond', async () => {
      const puts = Array.from({ length: 600 }, (_, nth) => aPost(`p${nth}`, { body: 'commun' }));
      await given().write(aBatch({ puts }));
      const keys = await allPages(given(), aQuery('commun', { limit: 100 }), scope);
      expect(new Set(keys).size).toBe(600);
      expect(keys).toHaveLength(600);
    });

    it('ends the best after 200', async () => {
      const puts = Array.from({ length: 250 }, (_, nth) => aPost(`p${nth}`, { body: 'commun' }));
      await given().write(aBatch({ puts }));
      const keys = await allPages(given(), aQuery('commun', { sort: 'best', limit: 60 }), scope);
      expect(new Set(keys).size).toBe(200);
    });

    it('counts to 1,000 and says when there is more', async () => {
      const puts = Array.from({ length: 1_001 }, (_, nth) => aPost(`p${nth}`, { body: nth < 1_000 ? 'commun' : 'commun rare' }));
      await given().write(aBatch({ puts }));
      const capped = await given().search(aQuery('commun', { withFacets: true }), scope);
      expect(capped).toMatchObject({ total: 1_000, totalCapped: true });
      expect(capped.facets.find((facet) => facet.name === 'type')?.count).toBe(1_000);
      const whole = await given().search(aQuery('commun -rare'), scope);
      expect(whole).toMatchObject({ total: 1_000, totalCapped: false });
    });

    const refuses = async (changes: Partial<SearchQuery>): Promise<boolean> => {
      const failure = await given()
        .search(aQuery('commun', changes), scope)
        .catch((error: unknown) => error);
      return isParvisError(failure, 'invalid');
    };

    it('refuses cursors it did not write, and limits out of bounds', async () => {
      const cursors = ['x', 'n', 'n-1', 'n1.2', 'b', 'nzzzzzzzzzzzzzzzzz', 'n%', `b${'1.'.repeat(300)}1`];
      for (const cursor of cursors) expect([cursor, await refuses({ cursor })]).toEqual([cursor, true]);
      for (const limit of [0, 101, 1.5, Number.NaN]) expect([limit, await refuses({ limit })]).toEqual([limit, true]);
      expect(await refuses({ limit: 100 })).toBe(false);
    });
  });
};

/** Facets counted one document at a time. */
const recount = (documents: readonly SearchDocument[]): { name: string; value: string; count: number }[] => {
  const counts = new Map<string, number>();
  const add = (name: string, value: string): void => {
    if (value !== '') counts.set(`${name} ${value}`, (counts.get(`${name} ${value}`) ?? 0) + 1);
  };
  for (const document of documents) {
    add('type', document.type);
    add('group', document.groupId);
    add('author', document.authorId);
    add('kind', document.kind);
    add('month', new Date(document.atMs).toISOString().slice(0, 7));
  }
  return [...counts].map(([name, count]) => ({ name: name.split(' ')[0] as string, value: name.split(' ')[1] as string, count }));
};
