import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { createSearchNetwork, type SearchNetwork } from './testing/searchNetwork.ts';

let given: SearchNetwork;
const groups: Record<string, string> = {};
const people: Record<string, string> = {};

/** Everything says `secret`; who finds what of it is the question. */
beforeEach(async () => {
  given = await createSearchNetwork();
  const { network } = given;
  people.ada = await network.givenEmployee({ givenName: 'Secret', familyName: 'Ada', profile: { about: 'intime' } });
  people.ben = await network.givenEmployee({ givenName: 'Secret', familyName: 'Ben' });
  const organisationId = await network.givenOrganisation({ sponsorId: people.ada });
  people.pia = await network.givenPartner({ organisationId, sponsorId: people.ada, givenName: 'Secret', familyName: 'Pia' });
  people.pol = await network.givenPartner({ organisationId, sponsorId: people.ada, givenName: 'Secret', familyName: 'Pol' });
  const group = async (
    name: string,
    privacy: 'open' | 'restricted' | 'hidden',
    members: string[],
    admitsPartners = false,
  ): Promise<void> => {
    groups[name] = await network.givenGroup({ name: `Secret ${name}`, privacy, members, admitsPartners });
    await given.post(groups[name] as string, people.ada as string, { title: `Secret ${name}`, body: '' });
  };
  await group('open', 'open', [people.ada]);
  await group('restricted', 'restricted', [people.ada]);
  await group('hidden', 'hidden', [people.ada]);
  await group('shared', 'restricted', [people.ada, people.pia], true);
});
afterEach(() => given.close());

const names = (): Map<string, string> =>
  new Map([
    ...Object.entries(groups).map(([name, id]) => [id, name] as const),
    ...Object.entries(people).map(([name, id]) => [id, name] as const),
  ]);

/** What a person finds, by name; hits, counts and suggestions must agree. */
const sees = async (person: string): Promise<{ posts: string[]; groups: string[]; people: string[] }> => {
  const id = people[person] as string;
  const answer = await given.search(id, { query: 'secret', limit: 50, withFacets: true });
  expect(answer.total).toBe(answer.hits.length);
  for (const { name, value, count } of answer.facets) {
    const own = { type: 'type', group: 'groupId', author: 'authorId', kind: 'kind' } as const;
    if (name in own) expect(answer.hits.filter((hit) => hit[own[name as keyof typeof own]] === value)).toHaveLength(count);
  }
  const suggested = await given.suggested(id, 'secr');
  expect(suggested).toEqual(answer.hits.map((hit) => `${hit.type}:${hit.id}`).sort());
  const named = (type: string): string[] =>
    answer.hits
      .filter((hit) => hit.type === type)
      .map((hit) => names().get(type === 'post' ? hit.groupId : hit.id) ?? '?')
      .sort();
  return { posts: named('post'), groups: named('group'), people: named('person') };
};

const everyone = ['ada', 'ben', 'pia', 'pol'];

describe('a viewer finds', () => {
  it('as an employee: open groups, memberships, names of restricted groups, everyone', async () => {
    expect(await sees('ben')).toEqual({ posts: ['open'], groups: ['open', 'restricted', 'shared'], people: everyone });
    expect(await sees('ada')).toEqual({
      posts: ['hidden', 'open', 'restricted', 'shared'],
      groups: ['hidden', 'open', 'restricted', 'shared'],
      people: everyone,
    });
  });

  it('as a partner: the shared group and who is in it, by their cards', async () => {
    expect(await sees('pia')).toEqual({ posts: ['shared'], groups: ['shared'], people: ['ada', 'pia'] });
    expect(await sees('pol')).toEqual({ posts: [], groups: [], people: ['pol'] });
    expect(await given.found(people.pia as string, 'intime')).toEqual([]);
    expect(await given.found(people.ben as string, 'intime')).toEqual([`person:${people.ada}`]);
  });

  it('no more by asking for a group or an author than without', async () => {
    for (const request of [{ groupId: groups.hidden as string }, { groupId: groups.hidden as string, authorId: people.ada as string }]) {
      const answer = await given.search(people.ben as string, { query: '', withFacets: true, ...request });
      expect(answer).toMatchObject({ hits: [], facets: [], total: 0, nextCursor: '' });
    }
  });

  it('nothing any more at once when a right ends, and more when one begins', async () => {
    const left = { $case: 'memberRemoved', value: { personId: people.pia, by: people.ada, reason: '' } };
    await given.happenToMember(groups.shared as string, people.pia as string, left);
    expect(await sees('pia')).toEqual({ posts: [], groups: [], people: ['pia'] });
    const banned = { $case: 'memberBanned', value: { personId: people.ben, by: people.ada, reason: '' } };
    await given.happenToMember(groups.open as string, people.ben as string, banned);
    expect((await sees('ben')).posts).toEqual([]);
    await given.happen('group', groups.restricted as string, {
      $case: 'groupPrivacyChanged',
      value: { privacy: 3, by: people.ada, confirmedPosts: 0, confirmedReaders: 0 },
    });
    expect((await sees('ben')).groups).toEqual(['open', 'shared']);
    await given.network.givenMember(groups.hidden as string, people.ben as string);
    await given.network.settled();
    expect(await sees('ben')).toEqual({ posts: ['hidden'], groups: ['hidden', 'open', 'shared'], people: everyone });
  });

  it('nothing when the group admits partners no longer, or the person is suspended', async () => {
    await given.happen('group', groups.shared as string, {
      $case: 'groupPartnerAdmissionChanged',
      value: { admitsPartners: false, by: people.ada },
    });
    expect((await sees('pia')).posts).toEqual([]);
    await given.happen('person', people.pia as string, { $case: 'personSuspended', value: { by: people.ada, reason: '' } });
    const failure = await given.search(people.pia as string, { query: 'secret' }).catch((error: unknown) => error);
    expect(isParvisError(failure, 'account.inactive')).toBe(true);
  });

  it('no name of a mentioned person they may not see', async () => {
    await given.post(groups.shared as string, people.ada as string, {
      title: 'x',
      body: `nappe @[person:${people.ben}] et @[person:${people.ada}]`,
    });
    const text = async (person: string): Promise<string> =>
      ((await given.search(people[person] as string, { query: 'nappe' })).hits[0]?.excerpt ?? []).map((part) => part.text).join('');
    expect(await text('pia')).toBe('nappe @… et @Secret Ada');
    expect(await text('ada')).toBe('nappe @Secret Ben et @Secret Ada');
  });
});
