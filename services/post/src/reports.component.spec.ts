import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPostNetwork, type PostNetwork, refusal } from '../testing/postNetwork.ts';

let net: PostNetwork;
let ada: string;
let bob: string;
let owner: string;
let moderator: string;
let outsider: string;
let group: string;
let other: string;

beforeAll(async () => {
  net = await createPostNetwork();
  const { network } = net;
  ada = await network.givenEmployee();
  bob = await network.givenEmployee();
  owner = await network.givenEmployee();
  outsider = await network.givenEmployee();
  moderator = await network.givenEmployee({ roles: ['member', 'moderator'] });
  group = await network.givenGroup({ privacy: 'hidden', owners: [owner], members: [ada, bob] });
  other = await network.givenGroup({ privacy: 'restricted', owners: [outsider], members: [ada] });
  await network.settled();
});
afterAll(() => net.close());

const queue = (viewer: string, state = 'open', limit = 0, cursor = '') => net.posts.listReports({ state, cursor, limit }, net.as(viewer));
const report = async (by: string, postId: string, commentId = '', reason = 'rude') =>
  (await net.run(by, 'reportItem', { postId, commentId, reason })).id;

it('shows a reported thread to the moderators of the network while the report is open, and no longer', async () => {
  const post = await net.publish(ada, group, { body: 'the post' });
  const comment = await net.comment(bob, post, 'the comment');
  const unreported = await net.publish(ada, group);
  expect((await refusal(net.post(moderator, post))).kind).toBe('not-found');
  const id = await report(ada, post, comment, 'rude words');
  expect(await net.post(moderator, post)).toMatchObject({ body: 'the post', abilities: ['report'] });
  const { comments } = await net.posts.listComments({ postId: post, cursor: '', limit: 0 }, net.as(moderator));
  expect(comments.map(({ body }) => body)).toEqual(['the comment']);
  expect((await net.posts.getPosts({ postIds: [post, unreported] }, net.as(moderator))).posts.map((one) => one.id)).toEqual([post]);
  expect((await refusal(net.post(moderator, unreported))).kind).toBe('not-found');
  expect((await refusal(net.posts.listGroupPosts({ groupId: group, kind: 0, cursor: '', limit: 0 }, net.as(moderator)))).kind).toBe(
    'not-found',
  );
  expect((await refusal(net.comment(moderator, post))).code).toBe('group.not-a-member');
  const { reports } = await queue(moderator);
  expect(reports).toEqual([
    expect.objectContaining({ id, groupId: group, postId: post, commentId: comment, reporterId: ada, reason: 'rude words', state: 'open' }),
  ]);

  expect((await refusal(net.run(moderator, 'resolveReport', { reportId: id, outcome: 'hidden', note: '' }))).message).toContain('note');
  expect((await refusal(net.run(moderator, 'resolveReport', { reportId: id, outcome: 'burnt', note: 'n' }))).message).toContain('outcome');
  await net.run(moderator, 'resolveReport', { reportId: id, outcome: 'hidden', note: 'too rude' });
  expect((await refusal(net.post(moderator, post))).kind).toBe('not-found');
  expect((await net.posts.getComment({ commentId: comment }, net.as(bob))).comment).toMatchObject({
    state: 'hidden',
    stateReason: 'too rude',
  });
  expect((await refusal(net.posts.getComment({ commentId: comment }, net.as(ada)))).kind).toBe('not-found');
  expect((await queue(moderator)).reports).toEqual([]);
  expect((await queue(moderator, 'resolved')).reports).toEqual([expect.objectContaining({ id, outcome: 'hidden' })]);
  expect((await refusal(net.run(owner, 'resolveReport', { reportId: id, outcome: 'kept', note: '' }))).code).toBe('report.resolved');
});

it('is resolved by moderators of the group too, and by nobody else', async () => {
  const post = await net.publish(ada, group);
  const id = await report(bob, post);
  expect((await queue(owner)).reports.map((one) => one.id)).toEqual([id]);
  for (const person of [ada, bob, outsider]) {
    expect((await queue(person)).reports).toEqual([]);
    expect((await refusal(net.run(person, 'resolveReport', { reportId: id, outcome: 'kept', note: '' }))).kind).toBe('not-found');
  }
  await net.run(owner, 'resolveReport', { reportId: id, outcome: 'deleted', note: 'spam' });
  expect((await refusal(net.post(ada, post))).kind).toBe('not-found');
});

it('lets one of two moderators resolve', async () => {
  const post = await net.publish(ada, group);
  const id = await report(bob, post);
  const resolve = (person: string, outcome: string) => net.run(person, 'resolveReport', { reportId: id, outcome, note: 'n' });
  const outcomes = await Promise.allSettled([resolve(owner, 'kept'), resolve(moderator, 'deleted')]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('asks for a reason, and takes reports of what is there only', async () => {
  const post = await net.publish(ada, group);
  expect((await refusal(report(bob, post, '', ' '))).message).toContain('reason');
  expect((await refusal(report(bob, post, `${post}.aaaa`))).kind).toBe('not-found');
  expect((await refusal(report(outsider, post))).kind).toBe('not-found');
  await net.run(ada, 'deletePost', { postId: post });
  expect((await refusal(report(bob, post))).kind).toBe('not-found');
});

it('pages through the queue, oldest first, for both kinds of moderators', async () => {
  const before = (await queue(moderator)).reports.length;
  const filed: string[] = [];
  for (let nth = 0; nth < 5; nth++) {
    const where = nth % 2 === 0 ? group : other;
    filed.push(await report(ada, await net.publish(ada, where)));
  }
  const all = async (viewer: string): Promise<string[]> => {
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await queue(viewer, 'open', 2, cursor);
      ids.push(...page.reports.map(({ id }) => id));
      if (page.nextCursor === '') return ids;
      cursor = page.nextCursor;
    }
  };
  expect((await all(moderator)).slice(before)).toEqual(filed);
  expect((await all(outsider)).slice(-2)).toEqual(filed.filter((_, nth) => nth % 2 === 1));
  expect((await all(owner)).slice(-3)).toEqual(filed.filter((_, nth) => nth % 2 === 0));
  expect((await refusal(queue(moderator, 'other'))).message).toContain('state');
});

it('pages through reports of several groups and equal times without repeats or holes', async () => {
  const { network } = net;
  const carol = await network.givenEmployee();
  const groups: string[] = [];
  for (let nth = 0; nth < 5; nth++) groups.push(await network.givenGroup({ privacy: 'hidden', owners: [carol], members: [ada] }));
  await network.settled();
  const posts = await Promise.all(groups.map((id) => net.publish(carol, id)));
  const filed = await Promise.all([...posts, ...posts, ...posts, ...posts, ...posts, ...posts].map((id) => report(ada, id)));
  const whole = (await queue(carol, 'open', 100)).reports;
  expect(new Set(whole.map(({ at }) => at?.getTime())).size).toBeLessThan(filed.length);
  const paged: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await queue(carol, 'open', 1, cursor);
    paged.push(...page.reports.map(({ id }) => id));
    if (page.nextCursor === '') break;
    cursor = page.nextCursor;
  }
  expect(paged).toEqual(whole.map(({ id }) => id));
  expect([...paged].sort()).toEqual([...filed].sort());
});
