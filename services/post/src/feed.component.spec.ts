import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Post } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { createPostNetwork, PostKind, type PostNetwork, refusal } from '../testing/postNetwork.ts';
import { DEEP_CHUNK, RING_ENTRIES } from './app/groupLogs.ts';
import { POSTS_PAGE } from './app/pages.ts';

let net: PostNetwork;
let ada: string;
let bob: string;
let groups: string[];
let elsewhere: string;

beforeAll(async () => {
  net = await createPostNetwork();
  const { network } = net;
  ada = await network.givenEmployee();
  bob = await network.givenEmployee();
  groups = [];
  for (let nth = 0; nth < 6; nth++)
    groups.push(await network.givenGroup({ privacy: nth % 2 ? 'restricted' : 'open', owners: [ada], members: [bob] }));
  elsewhere = await network.givenGroup({ privacy: 'open', owners: [ada] });
  await network.settled();
});
afterAll(() => net.close());

const group = (nth: number): string => groups[nth % groups.length] as string;

const feed = async (
  viewer: string,
  options: { limit?: number; kind?: PostKind; between?: () => Promise<unknown> } = {},
): Promise<Post[]> => {
  const posts: Post[] = [];
  for (let cursor = ''; ; ) {
    const page = await net.posts.getFeed({ cursor, limit: options.limit ?? 50, kind: options.kind ?? 0 }, net.as(viewer));
    posts.push(...page.posts);
    if (page.nextCursor === '') return posts;
    cursor = page.nextCursor;
    await options.between?.();
  }
};

/** Imports posts with their dates, in groups by turns. @returns ids, in the order of the dates given */
const bring = async (name: string, dates: readonly number[], into: (nth: number) => string = group): Promise<string[]> =>
  Promise.all(
    dates.map((day, nth) =>
      net.service.imports.importPost(
        { commandId: `${name}/${nth}`, requestHash: `${nth}`, actor: '' },
        {
          groupId: into(nth),
          authorId: ada,
          kind: nth % 5 === 0 ? PostKind.QUESTION : PostKind.DISCUSSION,
          title: `${name} ${nth}`,
          body: `${day}`,
          publishedAt: new Date(Date.UTC(2020, 0, 1) + day * 60_000),
        },
      ),
    ),
  );

const ids = (posts: readonly Post[]): string[] => posts.map(({ id }) => id);

describe('the home feed', () => {
  let brought: string[];
  beforeAll(async () => {
    // Dates of three posts each are the same minute, in several groups.
    brought = await bring(
      'history',
      Array.from({ length: 400 }, (_, nth) => Math.floor(nth / 3)),
    );
    await bring('other', [1, 2, 3], () => elsewhere);
    await net.network.settled();
  });

  it('gives every post of my groups once, latest first, on pages of any size', async () => {
    const whole = await feed(bob);
    expect(ids(whole).sort()).toEqual([...brought].sort());
    const times = whole.map(({ publishedAt }) => publishedAt?.getTime() ?? 0);
    expect(times).toEqual([...times].sort((left, right) => right - left));
    for (const limit of [1, 7, 49]) expect(ids(await feed(bob, { limit }))).toEqual(ids(whole));
    expect(brought.length).toBeGreaterThan(groups.length * (RING_ENTRIES + 1));
  });

  it('has neither repeats nor holes while posts arrive and go', async () => {
    const whole = ids(await feed(bob));
    let nth = 0;
    const removed = whole.at(-1) as string;
    const seen = await feed(bob, {
      limit: 30,
      async between() {
        nth += 1;
        await net.publish(ada, group(nth), { body: `arrives ${nth}` });
        if (nth === 3) await net.run(ada, 'deletePost', { postId: removed });
      },
    });
    expect(ids(seen)).toEqual(whole.filter((id) => id !== removed));
    const now = await feed(bob);
    expect(now.length).toBe(whole.length - 1 + nth);
    expect(now[0]?.body).toBe(`arrives ${nth}`);
  });

  it('shows a post at once to who carries the token of its publication', async () => {
    for (let nth = 0; nth < 20; nth++) {
      const id = await net.publish(ada, group(nth));
      const page = await net.posts.getFeed({ cursor: '', limit: 1, kind: 0 }, net.as(bob));
      expect(ids(page.posts)).toEqual([id]);
    }
  });

  it('filters by kind beyond what is remembered', async () => {
    const all = await feed(bob);
    const questions = await feed(bob, { kind: PostKind.QUESTION, limit: 9 });
    expect(ids(questions)).toEqual(ids(all.filter(({ kind }) => kind === PostKind.QUESTION)));
    expect(questions.length).toBeGreaterThan(70);
    expect(await feed(bob, { kind: PostKind.ANNOUNCEMENT })).toEqual([]);
    expect((await refusal(feed(bob, { kind: PostKind.POLL }))).message).toContain('kind');
  });

  it('follows membership without rewriting anything', async () => {
    const { network } = net;
    const carol = await network.givenEmployee();
    await network.settled();
    expect(await feed(carol)).toEqual([]);
    await network.givenMember(group(1), carol);
    await network.settled();
    const joined = await feed(carol);
    expect(joined.length).toBeGreaterThan(DEEP_CHUNK);
    expect(new Set(joined.map(({ groupId }) => groupId))).toEqual(new Set([group(1)]));
    await network.emit('group', `group/${group(1)}/member/${carol}`, [{ $case: 'memberLeft', value: { personId: carol } }]);
    await network.settled();
    expect(await feed(carol)).toEqual([]);
  });

  it('holds its page limit, and takes only its own cursors', async () => {
    const get = (cursor: string, limit: number, viewer = bob, kind: PostKind = 0) =>
      net.posts.getFeed({ cursor, limit, kind }, net.as(viewer));
    expect((await get('', 0)).posts).toHaveLength(POSTS_PAGE.usual);
    expect((await get('', POSTS_PAGE.most)).posts).toHaveLength(POSTS_PAGE.most);
    expect((await refusal(get('', POSTS_PAGE.most + 1))).message).toContain('limit');
    const { nextCursor } = await get('', 5);
    expect((await refusal(get(nextCursor, 5, ada))).message).toContain('cursor');
    expect((await refusal(get(nextCursor, 5, bob, PostKind.QUESTION))).message).toContain('cursor');
    expect((await refusal(get('AAAA', 5))).message).toContain('cursor');
    // A cursor tells neither times nor volumes.
    expect(Buffer.from(nextCursor, 'base64url').toString()).not.toContain('position');
  });
});

describe('the log of a group', () => {
  it('is read by whoever reads the group, latest first, and counts what is there', async () => {
    const list = async (limit: number, kind: PostKind = 0): Promise<Post[]> => {
      const posts: Post[] = [];
      for (let cursor = ''; ; ) {
        const page = await net.posts.listGroupPosts({ groupId: elsewhere, kind, cursor, limit }, net.as(bob));
        posts.push(...page.posts);
        if (page.nextCursor === '') return posts;
        cursor = page.nextCursor;
      }
    };
    const late = await net.publish(ada, elsewhere, { body: 'late' });
    expect((await list(2)).map(({ body }) => body)).toEqual(['late', '3', '2', '1']);
    expect((await list(50, PostKind.QUESTION)).map(({ body }) => body)).toEqual(['1']);
    expect(await net.posts.countPosts({ groupId: elsewhere }, net.as(bob))).toEqual({ posts: 4 });
    await net.run(ada, 'hidePost', { postId: late, reason: 'r' });
    expect(await net.posts.countPosts({ groupId: elsewhere }, net.as(bob))).toEqual({ posts: 3 });
    await net.run(ada, 'deletePost', { postId: late });
    expect(await net.posts.countPosts({ groupId: elsewhere }, net.as(bob))).toEqual({ posts: 3 });
    expect((await list(2)).map(({ body }) => body)).toEqual(['3', '2', '1']);
  });
});
