import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Comment } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { createPostNetwork, PostKind, type PostNetwork, refusal } from '../testing/postNetwork.ts';
import { REPLY_DEPTH_LIMIT } from './domain/limits.ts';

let net: PostNetwork;
let ada: string;
let bob: string;
let owner: string;
let group: string;

beforeAll(async () => {
  net = await createPostNetwork();
  const { network } = net;
  ada = await network.givenEmployee();
  bob = await network.givenEmployee();
  owner = await network.givenEmployee();
  group = await network.givenGroup({ privacy: 'open', owners: [owner], members: [ada, bob] });
  await network.settled();
});
afterAll(() => net.close());

const thread = async (viewer: string, postId: string, limit = 200): Promise<Comment[]> => {
  const comments: Comment[] = [];
  for (let cursor = ''; ; ) {
    const page = await net.posts.listComments({ postId, cursor, limit }, net.as(viewer));
    comments.push(...page.comments);
    if (page.nextCursor === '') return comments;
    cursor = page.nextCursor;
  }
};
const bodies = (comments: readonly Comment[]): string[] => comments.map(({ body }) => body);

describe('a thread', () => {
  it('puts each comment before its replies, oldest first, on pages of any size', async () => {
    const post = await net.publish(ada, group);
    const a = await net.comment(ada, post, 'a');
    const b = await net.comment(bob, post, 'b');
    const a1 = await net.comment(bob, post, 'a1', a);
    await net.comment(ada, post, 'b1', b);
    await net.comment(ada, post, 'a1x', a1);
    await net.comment(bob, post, 'c');
    await net.comment(bob, post, 'a2', a);
    const order = ['a', 'a1', 'a1x', 'a2', 'b', 'b1', 'c'];
    for (const limit of [1, 2, 3, 7, 200]) expect(bodies(await thread(bob, post, limit))).toEqual(order);
    const [first] = await thread(bob, post);
    expect(first).toMatchObject({ replyCount: 2, parentId: '', postId: post });
    expect(await net.post(bob, post)).toMatchObject({ commentCount: 7 });
    expect((await thread(bob, post)).find(({ body }) => body === 'a1x')?.parentId).toBe(a1);
  });

  it('keeps its pages while comments arrive', async () => {
    const post = await net.publish(ada, group);
    const ids: string[] = [];
    for (let nth = 0; nth < 6; nth++) ids.push(await net.comment(ada, post, `c${nth}`));
    const first = await net.posts.listComments({ postId: post, cursor: '', limit: 3 }, net.as(bob));
    await net.comment(bob, post, 'late reply', ids[0]);
    await net.comment(bob, post, 'late');
    const second = await net.posts.listComments({ postId: post, cursor: first.nextCursor, limit: 10 }, net.as(bob));
    expect(bodies([...first.comments, ...second.comments])).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'late']);
    const elsewhere = await net.publish(ada, group);
    const misused = net.posts.listComments({ postId: elsewhere, cursor: first.nextCursor, limit: 10 }, net.as(bob));
    expect((await refusal(misused)).message).toContain('cursor');
  });

  it('hangs replies that go too deep on the last level', async () => {
    const post = await net.publish(ada, group);
    const chain: string[] = [];
    for (let level = 0; level < REPLY_DEPTH_LIMIT + 2; level++) chain.push(await net.comment(ada, post, `l${level}`, chain.at(-1)));
    const comments = await thread(ada, post);
    const parents = new Map(comments.map(({ id, parentId }) => [id, parentId]));
    const depthOf = (id: string): number => (id === '' ? 0 : 1 + depthOf(parents.get(id) ?? ''));
    expect(comments.map(({ id }) => depthOf(id))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8, 8]);
    expect(bodies(comments)).toEqual(chain.map((_, level) => `l${level}`));
  });

  it('keeps the place of what was deleted or hidden when there are replies, and only then', async () => {
    const post = await net.publish(ada, group);
    const withReply = await net.comment(ada, post, 'with reply');
    const alone = await net.comment(ada, post, 'alone');
    const hidden = await net.comment(ada, post, 'hidden');
    await net.comment(bob, post, 'reply', withReply);
    await net.run(ada, 'deleteComment', { commentId: withReply });
    await net.run(owner, 'deleteComment', { commentId: alone, reason: 'off topic' });
    await net.run(owner, 'hideComment', { commentId: hidden, reason: 'rude' });
    expect((await thread(bob, post)).map(({ state, body }) => [state, body])).toEqual([
      ['deleted', ''],
      ['visible', 'reply'],
    ]);
    expect((await thread(ada, post)).at(-1)).toMatchObject({ state: 'hidden', body: 'hidden', stateReason: 'rude' });
    expect((await refusal(net.posts.getComment({ commentId: alone }, net.as(bob)))).kind).toBe('not-found');
    expect((await refusal(net.posts.getComment({ commentId: hidden }, net.as(bob)))).kind).toBe('not-found');
    expect((await refusal(net.comment(bob, post, 'x', hidden))).kind).toBe('not-found');
    expect((await net.posts.getComment({ commentId: withReply }, net.as(bob))).comment).toMatchObject({ state: 'deleted', body: '' });
    expect((await net.post(bob, post)).commentCount).toBe(1);
    await net.run(owner, 'restoreComment', { commentId: hidden });
    expect(bodies(await thread(bob, post))).toEqual(['', 'reply', 'hidden']);
    expect((await net.post(bob, post)).commentCount).toBe(2);
  });

  it('takes no comment from elsewhere as a parent', async () => {
    const [one, two] = [await net.publish(ada, group), await net.publish(ada, group)];
    const comment = await net.comment(ada, one);
    expect((await refusal(net.comment(bob, two, 'x', comment))).kind).toBe('not-found');
    expect((await refusal(net.comment(bob, one, 'x', `${one}.aaaa`))).kind).toBe('not-found');
    expect((await refusal(net.run(bob, 'react', { postId: two, commentId: comment, kind: 1 }))).kind).toBe('not-found');
    const mismatched = net.posts.listRevisions({ postId: two, commentId: comment }, net.as(ada));
    expect((await refusal(mismatched)).kind).toBe('not-found');
  });
});

describe('imported conversations', () => {
  it('keep their dates, their order and their depth, and come once', async () => {
    const { imports } = net.service;
    const meta = (name: string) => ({ commandId: `import/${name}`, requestHash: name, actor: '' });
    const at = (day: number) => new Date(Date.UTC(2019, 0, day));
    const post = { groupId: group, authorId: ada, kind: PostKind.QUESTION, title: 'Old', body: 'old', publishedAt: at(1) };
    const postId = await imports.importPost(meta('p'), post);
    expect(await imports.importPost(meta('p'), post)).toBe(postId);
    const comment = (name: string, day: number, parentId = '') =>
      imports.importComment(meta(name), { postId, parentId, authorId: bob, body: name, publishedAt: at(day) });
    await comment('third', 4);
    const first = await comment('first', 2);
    await comment('second', 3);
    const chain = [first];
    for (let level = 1; level < REPLY_DEPTH_LIMIT + 1; level++) chain.push(await comment(`reply${level}`, 10, chain.at(-1)));
    await imports.importReaction(meta('r'), { itemId: postId, personId: bob, kind: 1 });
    await imports.importReaction(meta('r2'), { itemId: first, personId: ada, kind: 2 });
    await net.network.settled();
    expect(await net.post(ada, postId)).toMatchObject({ publishedAt: at(1), commentCount: 11, lastActivityAt: at(10), version: 1 });
    expect((await net.post(ada, postId)).reactions).toEqual([{ kind: 1, count: 1 }]);
    const comments = await thread(ada, postId);
    expect(comments.filter(({ parentId }) => parentId === '').map(({ body }) => body)).toEqual(['first', 'second', 'third']);
    expect(comments[0]?.publishedAt).toEqual(at(2));
    const { revisions } = await net.posts.listRevisions({ postId, commentId: '' }, net.as(ada));
    expect(revisions[0]?.at).toEqual(at(1));
    await expect(imports.importPost(meta('bad'), { ...post, body: 'bell \u0007' })).rejects.toThrow('control characters');
    await expect(
      imports.importComment(meta('lost'), { postId: `${group}.aaaa`, parentId: '', authorId: bob, body: 'x', publishedAt: undefined }),
    ).rejects.toThrow('post not found');
  });
});
