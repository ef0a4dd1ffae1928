import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { createSearchNetwork, keyOf, type SearchNetwork } from './testing/searchNetwork.ts';

let given: SearchNetwork;
let ada: string;
let ben: string;
let group: string;

beforeEach(async () => {
  given = await createSearchNetwork();
  ada = await given.network.givenEmployee({ givenName: 'Ada', familyName: 'Martin', handle: 'amartin' });
  ben = await given.network.givenEmployee({ givenName: 'Ben', familyName: 'Petit' });
  group = await given.network.givenGroup({ name: 'Achats', purpose: 'Négocier avec les fournisseurs', members: [ada] });
  await given.network.settled();
});
afterEach(() => given.close());

const marked = (parts: readonly { text: string; match: boolean }[]): string =>
  parts.map(({ text, match }) => (match ? `[${text}]` : text)).join('');

describe('from events to hits', () => {
  it('finds posts, comments, people and groups by any inflection, with what matched marked', async () => {
    const post = await given.post(group, ada, {
      kind: PostKind.QUESTION,
      title: 'Nos **réunions**',
      body: 'Qui a *décidé* de la prochaine ?',
    });
    const comment = await given.comment(post, ben, 'La réunion est annulée, voir @[person:ada]');
    expect(await given.found(ben, 'reunion')).toEqual([`comment:${comment}`, `post:${post}`]);
    const { hits } = await given.search(ben, { query: 'decidees' });
    expect(hits.map(keyOf)).toEqual([`post:${post}`]);
    expect(hits[0]).toMatchObject({ groupId: group, postId: '', authorId: ada, kind: 'question' });
    expect(marked(hits[0]?.excerpt ?? [])).toBe('Qui a [décidé] de la prochaine ?');
    const found = (await given.search(ben, { query: 'réunion', types: ['comment'] })).hits[0];
    expect(found).toMatchObject({ postId: post, authorId: ben });
    expect(marked(found?.title ?? [])).toBe('Nos **[réunions]**');
    expect(marked(found?.excerpt ?? [])).toBe('La [réunion] est annulée, voir @…');
    expect(await given.found(ben, 'negociations')).toEqual([`group:${group}`]);
    expect(await given.found(ben, 'martin')).toEqual([`person:${ada}`]);
    expect(await given.found(ben, 'amartin')).toEqual([`person:${ada}`]);
  });

  it('follows edits, deletions, hiding and restoring of posts and comments', async () => {
    const post = await given.post(group, ada, { title: 'Ancien', body: 'sujet' });
    const comment = await given.comment(post, ben, 'sujet');
    await given.editPost(post, ada, { title: 'Nouveau', body: 'sujet', language: 'fr' });
    await given.editComment(comment, ben, 'sujet autre');
    expect(await given.found(ben, 'ancien')).toEqual([]);
    expect(await given.found(ben, 'autre')).toEqual([`comment:${comment}`]);
    await given.happen('post', post, { $case: 'postHidden', value: { by: ada, reason: '' } });
    expect(await given.found(ben, 'sujet')).toEqual([]);
    const late = await given.comment(post, ben, 'sujet tardif');
    expect(await given.found(ben, 'sujet')).toEqual([]);
    await given.happen('post', post, { $case: 'postRestored', value: { by: ada } });
    expect(await given.found(ben, 'sujet')).toEqual([`comment:${comment}`, `comment:${late}`, `post:${post}`].sort());
    await given.happen('comment', comment, { $case: 'commentHidden', value: { by: ada, reason: '' } });
    expect(await given.found(ben, 'autre')).toEqual([]);
    await given.happen('comment', comment, { $case: 'commentRestored', value: { by: ada } });
    expect(await given.found(ben, 'autre')).toEqual([`comment:${comment}`]);
    await given.happen('comment', late, { $case: 'commentDeleted', value: { by: ben, reason: '' } });
    expect(await given.found(ben, 'tardif')).toEqual([]);
    await given.happen('post', post, { $case: 'postDeleted', value: { by: ada, reason: '' } });
    expect(await given.found(ben, 'sujet')).toEqual([]);
  });

  it('follows people and groups', async () => {
    await given.happen('person', ada, {
      $case: 'personProfileChanged',
      value: { profile: { familyName: 'Durand', about: 'apiculture', languages: [] }, by: ada },
    });
    await given.happen('person', ada, { $case: 'personHandleChanged', value: { handle: 'adurand', handleClaim: '', by: ada } });
    expect(await given.found(ben, 'ada durand')).toEqual([`person:${ada}`]);
    expect(await given.found(ben, 'adurand apiculture')).toEqual([`person:${ada}`]);
    expect(await given.found(ben, 'amartin')).toEqual([]);
    await given.happen('person', ada, { $case: 'personSuspended', value: { by: ben, reason: '' } });
    expect(await given.found(ben, 'durand')).toEqual([]);
    await given.happen('person', ada, { $case: 'personReactivated', value: { by: ben } });
    expect(await given.found(ben, 'durand')).toEqual([`person:${ada}`]);
    await given.happen('group', group, { $case: 'groupChanged', value: { name: 'Logistique', by: ada } });
    await given.happen('group', group, { $case: 'groupArchived', value: { by: ada } });
    const { hits } = await given.search(ben, { query: 'logistique fournisseurs' });
    expect(hits.map((hit) => [keyOf(hit), hit.kind])).toEqual([[`group:${group}`, 'archived']]);
  });

  it('finds by filters alone, by hashtags, and counts facets', async () => {
    const publishedAt = new Date('2025-03-04T10:00:00Z');
    const idea = await given.post(group, ada, {
      kind: PostKind.IDEA,
      title: 'Une idée',
      body: 'Pour le #Télétravail, `#code`',
      publishedAt,
    });
    const other = await given.post(group, ben, { title: 'Une autre idée', body: 'sans' });
    expect(await given.found(ben, '', { hashtag: 'teletravail' })).toEqual([`post:${idea}`]);
    expect(await given.found(ben, '', { authorId: ben })).toEqual([`post:${other}`]);
    expect(await given.found(ben, 'idée', { to: new Date('2025-12-31') })).toEqual([`post:${idea}`]);
    const answer = await given.search(ben, { query: 'idees', withFacets: true });
    expect(answer).toMatchObject({ total: 2, totalCapped: false, nextCursor: '' });
    expect(answer.facets).toEqual(
      expect.arrayContaining([
        { name: 'kind', value: 'idea', count: 1 },
        { name: 'kind', value: 'discussion', count: 1 },
        { name: 'author', value: ada, count: 1 },
        { name: 'group', value: group, count: 2 },
        { name: 'type', value: 'post', count: 2 },
        { name: 'month', value: '2025-03', count: 1 },
      ]),
    );
  });

  it('pages with sealed cursors', async () => {
    const posts: string[] = [];
    for (let nth = 0; nth < 5; nth++) posts.push(`post:${await given.post(group, ada, { title: 'Page', body: `${nth}` })}`);
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await given.search(ben, { query: 'page', limit: 2, cursor });
      seen.push(...page.hits.map(keyOf));
      cursor = page.nextCursor;
    } while (cursor !== '');
    expect(seen).toEqual(posts.reverse());
  });

  it('names mentioned people', async () => {
    await given.post(group, ada, { title: 'Merci', body: 'à @[person:'.concat(ben, '] pour la nappe') });
    const { hits } = await given.search(ada, { query: 'nappe' });
    expect(marked(hits[0]?.excerpt ?? [])).toBe('à @Ben Petit pour la [nappe]');
  });

  it('suggests by the beginning of a word', async () => {
    const post = await given.post(group, ada, { title: 'Achat de lampes', body: '' });
    expect(await given.suggested(ben, 'acha')).toEqual([`group:${group}`, `post:${post}`]);
    expect(await given.suggested(ben, 'mart')).toEqual([`person:${ada}`]);
    expect(await given.suggested(ben, 'acha', ['post'])).toEqual([`post:${post}`]);
  });
});

describe('requests', () => {
  const codeOf = async (request: Parameters<SearchNetwork['search']>[1]): Promise<string> => {
    const failure = await given.search(ada, request).catch((error: unknown) => error);
    return isParvisError(failure) ? (failure.fields[0]?.field ?? failure.code) : 'allowed';
  };
  it.each([
    ['query', { query: 'x'.repeat(501) }],
    ['limit', { limit: 51 }],
    ['types', { types: ['file'] }],
    ['sort', { sort: 'oldest' }],
    ['groupId', { groupId: '../x' }],
    ['authorId', { authorId: 'A' }],
    ['kind', { kind: 'x y' }],
    ['hashtag', { hashtag: 'x'.repeat(51) }],
    ['search.cursor', { cursor: 'n1' }],
  ] as const)('with a wrong %s are refused', async (field, request) => {
    expect(await codeOf({ ...request } as Parameters<SearchNetwork['search']>[1])).toBe(field);
  });
  it('at their limits are answered', async () => {
    expect(await codeOf({ query: 'x'.repeat(500), limit: 50, hashtag: 'x'.repeat(50) })).toBe('allowed');
  });
  it.each(['"', '*', 'NEAR(a b)', 'title_fr:x', ')))', '\u0000', '🙂', '-', '" OR 1=1 --'])(
    'with %j show nothing they should not',
    async (query) => {
      expect((await given.search(ada, { query })).hits).toEqual([]);
    },
  );
});
