/** The same question on every path: whoever may not read a post gets the same nothing everywhere, and whoever may gets it everywhere. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@parvis/kit/testing/eventually.ts';
import fc from 'fast-check';
import { openLive } from './testing/liveReader.ts';
import { createRandomNetwork, type RandomNetwork, type RandomPerson, type RandomPost } from './testing/randomNetwork.ts';
import { startTestNetwork, type TestNetwork } from './testing/testNetwork.ts';

const FULL = process.env.PARVIS_TEST_SIZE === 'full';
const SIZE = FULL ? { employees: 12, partners: 6, groups: 12, posts: 60 } : { employees: 6, partners: 4, groups: 7, posts: 16 };
const SEED = Number(process.env.PARVIS_TEST_SEED ?? 20_261);
const MIXED_IDS = FULL ? 10_000 : 400;

let network: TestNetwork;
let random: RandomNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
  random = await createRandomNetwork(network, SIZE, SEED);
}, 300_000);
afterAll(() => network?.close());

type Ids = { readonly id: string }[];
const idsOf = (items: Ids): string[] => items.map(({ id }) => id);

/** Every page of a list. */
const all = async (person: RandomPerson, path: string): Promise<{ id: string; postId: string | null; reason?: string }[]> => {
  const items = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await person.caller.get(`${path}${path.includes('?') ? '&' : '?'}limit=100&cursor=${cursor}`);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    items.push(...body.items);
    if (body.nextCursor === null) return items;
    cursor = body.nextCursor;
  }
};

/** Which of the posts a path shows; each path is asked in its own way. */
const PATHS: Readonly<Record<string, (person: RandomPerson, post: RandomPost) => Promise<boolean>>> = {
  'the post': async ({ caller }, { id }) => shown(await caller.get(`/posts/${id}`)),
  'its comments': async ({ caller }, { id }) => shown(await caller.get(`/posts/${id}/comments`)),
  'its comment': async ({ caller }, { commentId }) => shown(await caller.get(`/comments/${commentId}`)),
  'its reactions': async ({ caller }, { id }) => shown(await caller.get(`/posts/${id}/reactions`)),
  'its revisions': async ({ caller }, { id }) => shown(await caller.get(`/posts/${id}/revisions`)),
  'its file': async ({ caller }, { fileId }) => shown(await caller.get(`/files/${fileId}`)),
  'the posts of its group': async ({ caller }, { id, groupId }) => listed(await caller.get(`/groups/${groupId}/posts?limit=100`), id),
  'the files of its group': async ({ caller }, { fileId, groupId }) =>
    listed(await caller.get(`/groups/${groupId}/files?limit=100`), fileId),
  'a search for its word': async ({ caller }, { id, word }) => listed(await caller.get(`/search?q=${word}&types=post`), id),
  'a search for its comment': async ({ caller }, { commentId, word }) =>
    listed(await caller.get(`/search?q=${word}&types=comment`), commentId),
  'a suggestion by its title': async ({ caller }, { id, word }) => listed(await caller.get(`/search/suggest?q=About+${word}`), id),
};

const shown = ({ status }: { status: number }): boolean => {
  if (status !== 200 && status !== 404) throw new Error(`answered ${status}`);
  return status === 200;
};
const listed = (answer: { status: number; body: { items: Ids } }, id: string): boolean =>
  shown(answer) && idsOf(answer.body.items).includes(id);

const pairs = (): [RandomPerson, RandomPost][] =>
  random.people.flatMap((person) => random.posts.map((post): [RandomPerson, RandomPost] => [person, post]));
const told = (person: RandomPerson, post: RandomPost): string => `${person.name} and ${post.word}`;

describe('every path gives the answer of the model', () => {
  it('the network holds what the suite is about', () => {
    const answers = pairs().map(([person, post]) => random.reads(person.id, post.groupId));
    const share = answers.filter(Boolean).length / answers.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.8);
  });

  it.each(Object.keys(PATHS))('%s', async (name) => {
    const path = PATHS[name] as (typeof PATHS)[string];
    const wrong: string[] = [];
    for (const [person, post] of pairs()) {
      const expected = random.reads(person.id, post.groupId);
      if ((await path(person, post)) !== expected) wrong.push(`${told(person, post)}: ${expected ? 'kept back' : 'shown'}`);
    }
    expect(wrong).toEqual([]);
  });

  it('the feed shows what may be read of the groups one is in', async () => {
    for (const person of random.people) {
      const expected = random.posts.filter(({ groupId }) => random.isMember(person.id, groupId) && random.reads(person.id, groupId));
      expect([person.name, idsOf(await all(person, '/feed')).sort()]).toEqual([person.name, idsOf(expected).sort()]);
    }
  });

  it('the inbox tells of mentions one may read, and of nothing else', async () => {
    for (const person of random.people) {
      const entries = await all(person, '/notifications');
      const unreadable = entries.filter(({ postId }) =>
        random.posts.some((post) => post.id === postId && !random.reads(person.id, post.groupId)),
      );
      expect([person.name, unreadable]).toEqual([person.name, []]);
      const mentioned = random.posts.filter((post) => post.mentionedId === person.id && post.authorId !== person.id);
      const expected = mentioned.filter(({ groupId }) => random.reads(person.id, groupId));
      const mentions = entries.filter(({ reason }) => reason === 'mention').map(({ postId }) => postId);
      expect([person.name, mentions.sort()]).toEqual([person.name, idsOf(expected).sort()]);
    }
  });

  it('the export holds what one wrote, and no word of what one may not read', async () => {
    for (const person of random.people) {
      const text = JSON.stringify((await person.caller.get('/me/export')).body);
      const wrong = random.posts.filter(({ word, authorId, groupId }) => {
        if (authorId === person.id) return !text.includes(word);
        return text.includes(word) && !random.reads(person.id, groupId);
      });
      expect([person.name, wrong.map(({ word }) => word)]).toEqual([person.name, []]);
    }
  });

  it('the live stream ticks for whoever may read, and for nobody else', async () => {
    const streams = await Promise.all(
      random.people.map(async (person) => ({ person, live: await openLive(network.address, person.caller.token) })),
    );
    // The owner reads every group: what has reached them was handed to everybody.
    const witness = await openLive(network.address, random.owner.token);
    try {
      const later = new Map<string, string>();
      for (const [at, groupId] of random.groupIds.entries()) later.set(await random.publish(groupId, `later${at}`), groupId);
      await until(() => [...later.keys()].every((id) => witness.posts().includes(id)), 'all ticks of the owner');
      const entryId = (await Promise.all(random.people.map((person) => all(person, '/notifications')))).flat()[0]?.id;
      for (const { person, live } of streams) {
        // Comes after whatever was handed before.
        expect((await person.caller.post('/notifications/read', { notificationIds: [entryId] })).status).toBe(200);
        await until(() => live.heard('unread.changed'), `the last tick of ${person.name}`);
        const expected = [...later].filter(([, groupId]) => random.isMember(person.id, groupId) && random.reads(person.id, groupId));
        expect([person.name, [...new Set(live.posts())].sort()]).toEqual([person.name, expected.map(([id]) => id).sort()]);
      }
    } finally {
      await Promise.all([witness.close(), ...streams.map(({ live }) => live.close())]);
    }
  });
});

/** A refusal without what differs from one request to the next. */
const refusal = async (person: RandomPerson, path: string): Promise<unknown> => {
  const { status, headers, body } = await person.caller.get(path);
  const { traceId: _trace, ...problem } = typeof body === 'object' ? body : {};
  const kept = [...headers].filter(([name]) => !['date', 'parvis-trace', 'ratelimit', 'ratelimit-policy'].includes(name));
  return { status, problem: JSON.stringify(problem), headers: kept };
};

const inGroup = (id: string, groupId: string): string => [groupId, ...id.split('.').slice(1)].join('.');
const UNKNOWN = 'a'.repeat(26);

describe('what is hidden looks as what is not there', () => {
  it.each([
    ['posts', ({ id }: RandomPost) => `/posts/${id}`, `/posts/${UNKNOWN}.${UNKNOWN}`],
    ['comments', ({ id }: RandomPost) => `/posts/${id}/comments`, `/posts/${UNKNOWN}.${UNKNOWN}/comments`],
    ['a comment', ({ commentId }: RandomPost) => `/comments/${commentId}`, `/comments/${UNKNOWN}.${UNKNOWN}.${UNKNOWN}`],
    ['a file', ({ fileId }: RandomPost) => `/files/${fileId}`, `/files/${UNKNOWN}`],
    ['the posts of a group', ({ groupId }: RandomPost) => `/groups/${groupId}/posts`, `/groups/${UNKNOWN}/posts`],
  ])('%s', async (_what, pathOf, unknown) => {
    let compared = 0;
    for (const person of random.people) {
      const expected = await refusal(person, unknown);
      for (const post of random.posts.filter(({ groupId }) => !random.reads(person.id, groupId))) {
        expect([told(person, post), await refusal(person, pathOf(post))]).toEqual([told(person, post), expected]);
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(10);
  });

  it(`${MIXED_IDS} ids put together from things that do not belong together are unknown`, async () => {
    const { owner, posts, groupIds } = random;
    const real = new Set(posts.flatMap(({ id, commentId }) => [id, commentId]));
    const post = fc.constantFrom(...posts);
    const mixed = fc
      .record({ group: fc.constantFrom(...groupIds), post, other: post, comment: fc.boolean() })
      .map(({ group, post: one, other, comment }) => {
        const postId = inGroup(one.id, group);
        return comment ? `${postId}.${other.commentId.split('.')[2]}` : postId;
      });
    const property = fc.asyncProperty(
      mixed.filter((id) => !real.has(id)),
      async (id) => {
        const path = id.split('.').length === 3 ? `/comments/${id}` : `/posts/${id}`;
        expect((await owner.get(path)).status).toBe(404);
      },
    );
    await fc.assert(property, { seed: SEED, numRuns: MIXED_IDS });
  }, 300_000);

  it('a file, a comment and a post work only where they belong', async () => {
    const { owner, posts } = random;
    const [one, other] = [posts[0] as RandomPost, posts.find(({ groupId }) => groupId !== posts[0]?.groupId) as RandomPost];
    const refused = async (path: string, body: unknown): Promise<unknown> => {
      const { status, body: problem } = await owner.post(path, body);
      return { ...problem, status, traceId: '' };
    };
    // A file of another post is as good as none, even for who may read both; so is a comment of another thread.
    const attach = (fileId: string) => refused(`/groups/${one.groupId}/posts`, { body: 'B', fileIds: [fileId] });
    expect(await attach(other.fileId)).toMatchObject({ status: 400 });
    expect(await attach(other.fileId)).toEqual(await attach(UNKNOWN));
    const reply = (parentId: string) => refused(`/posts/${one.id}/comments`, { body: 'B', parentId });
    expect(await reply(other.commentId)).toMatchObject({ status: 404 });
    expect(await reply(other.commentId)).toEqual(await reply(`${one.id}.${UNKNOWN}`));
    expect((await owner.put(`/posts/${one.id}/accepted-answer`, { commentId: other.commentId })).status).toBe(404);
    expect((await owner.post('/notifications/read', { groupId: one.groupId, postId: other.id })).status).toBe(400);
  });
});
