import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import * as fc from 'fast-check';
import { createPostNetwork, type PostNetwork, refusal } from '../testing/postNetwork.ts';

let net: PostNetwork;
let people: string[];
let group: string;

beforeAll(async () => {
  net = await createPostNetwork();
  people = [];
  for (let nth = 0; nth < 5; nth++) people.push(await net.network.givenEmployee());
  group = await net.network.givenGroup({ privacy: 'open', owners: people.slice(0, 1), members: people.slice(1) });
  await net.network.settled();
});
afterAll(() => net.close());

const person = (nth: number): string => people[nth] as string;

/** What the numbers must be: a map of who reacted how, counted. */
const counted = (reactions: ReadonlyMap<string, ReactionKind>) => {
  const counts = new Map<ReactionKind, number>();
  for (const kind of reactions.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => ({ kind, count })).sort((left, right) => right.count - left.count || left.kind - right.kind);
};

describe('reactions', () => {
  it('are one per person and item, changed and taken back', async () => {
    const post = await net.publish(person(0), group);
    await net.run(person(1), 'react', { postId: post, kind: ReactionKind.LIKE });
    await net.run(person(1), 'react', { postId: post, kind: ReactionKind.LIKE });
    await net.run(person(1), 'react', { postId: post, kind: ReactionKind.SAD });
    await net.run(person(2), 'react', { postId: post, kind: ReactionKind.SAD });
    expect(await net.post(person(1), post)).toMatchObject({
      reactions: [{ kind: ReactionKind.SAD, count: 2 }],
      myReaction: ReactionKind.SAD,
    });
    await net.run(person(1), 'react', { postId: post, kind: ReactionKind.UNSPECIFIED });
    await net.run(person(1), 'react', { postId: post, kind: ReactionKind.UNSPECIFIED });
    expect(await net.post(person(1), post)).toMatchObject({ reactions: [{ kind: ReactionKind.SAD, count: 1 }], myReaction: 0, version: 1 });
    expect((await refusal(net.run(person(1), 'react', { postId: post, kind: 99 as ReactionKind }))).message).toContain(
      'kind: expected one of like',
    );
    const { reactions } = await net.posts.listReactions({ postId: post, commentId: '', cursor: '', limit: 0 }, net.as(person(0)));
    expect(reactions).toEqual([{ personId: person(2), kind: ReactionKind.SAD }]);
  });

  it('of many people at once are all counted, without a conflict', async () => {
    const post = await net.publish(person(0), group);
    await Promise.all(people.map((id) => net.run(id, 'react', { postId: post, kind: ReactionKind.LIKE })));
    await Promise.all([1, 2, 3].map((kind) => net.run(person(0), 'react', { postId: post, kind: kind as ReactionKind })));
    await net.network.settled();
    const { reactions } = await net.post(person(0), post);
    expect(reactions.reduce((sum, { count }) => sum + count, 0)).toBe(people.length);
    const pages: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await net.posts.listReactions({ postId: post, commentId: '', cursor, limit: 2 }, net.as(person(0)));
      pages.push(...page.reactions.map(({ personId }) => personId));
      if (page.nextCursor === '') break;
      cursor = page.nextCursor;
    }
    expect(pages.sort()).toEqual([...people].sort());
  });
});

describe('any history', () => {
  const step = fc.record({
    who: fc.nat({ max: 4 }),
    item: fc.nat({ max: 2 }),
    kind: fc.nat({ max: 6 }),
    together: fc.boolean(),
  });

  it('leaves numbers that are the sizes of sets, live and rebuilt', async () => {
    const runs = process.env.PARVIS_TEST_SIZE === 'full' ? 25 : 5;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const post = await net.publish(person(0), group);
        const comment = await net.comment(person(1), post);
        const reply = await net.comment(person(2), post, 'reply', comment);
        const items = [post, comment, reply];
        const model = items.map(() => new Map<string, ReactionKind>());
        // Orders that run side by side are of different people or items: of one person on one item the last must count.
        const running = new Map<string, Promise<unknown>>();
        for (const { who, item, kind, together } of steps) {
          const commentId = item === 0 ? '' : (items[item] as string);
          const key = `${who} ${item}`;
          if (!together || running.has(key)) {
            await Promise.all(running.values());
            running.clear();
          }
          running.set(key, net.run(person(who), 'react', { postId: post, commentId, kind: kind as ReactionKind }));
          if (kind === 0) model[item]?.delete(person(who));
          else model[item]?.set(person(who), kind as ReactionKind);
        }
        await Promise.all(running.values());
        const numbers = async () => {
          const { comments } = await net.posts.listComments({ postId: post, cursor: '', limit: 0 }, net.as(person(3)));
          return [(await net.post(person(3), post)).reactions, ...comments.map(({ reactions }) => reactions)];
        };
        expect(await numbers()).toEqual(model.map(counted));
      }),
      { numRuns: runs },
    );
    await net.network.settled();
    const view = async () => {
      const all = await net.posts.listGroupPosts({ groupId: group, kind: 0, cursor: '', limit: 50 }, net.as(person(3)));
      const threads = await Promise.all(
        all.posts.map(({ id }) => net.posts.listComments({ postId: id, cursor: '', limit: 0 }, net.as(person(3)))),
      );
      return { all, threads };
    };
    const live = await view();
    for (const name of ['posts', 'comments', 'responses', 'files', 'reports']) await net.service.rebuild(name);
    expect(await view()).toEqual(live);
  });
});
