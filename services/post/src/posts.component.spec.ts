import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { createPostNetwork, type PostNetwork, refusal } from '../testing/postNetwork.ts';

let net: PostNetwork;
let ada: string;
let bob: string;
let owner: string;
let outsider: string;
let group: string;

beforeAll(async () => {
  net = await createPostNetwork();
  const { network } = net;
  ada = await network.givenEmployee();
  bob = await network.givenEmployee();
  owner = await network.givenEmployee();
  outsider = await network.givenEmployee();
  group = await network.givenGroup({ privacy: 'open', owners: [owner], members: [ada, bob] });
  await network.settled();
});
afterAll(() => net.close());

describe('publishing and reading', () => {
  it('tells what was published, at once, to its author and its readers', async () => {
    const post = await net.post(
      ada,
      await net.publish(ada, group, {
        kind: PostKind.QUESTION,
        title: 'How do we file invoices?',
        body: `Ask @[person:${bob}] about the form, please. #Été`,
      }),
    );
    expect(post).toMatchObject({
      groupId: group,
      authorId: ada,
      kind: PostKind.QUESTION,
      title: 'How do we file invoices?',
      mentions: [bob],
      hashtags: ['été'],
      language: 'en',
      state: 'visible',
      version: 1,
      commentCount: 0,
      erased: false,
      editedAt: undefined,
      acknowledgement: undefined,
    });
    expect(post.abilities).toEqual(['edit', 'delete', 'close', 'accept', 'react', 'comment']);
    expect((await net.post(outsider, post.id)).abilities).toEqual(['report']);
  });

  it('refuses what a kind does not allow', async () => {
    const publish = (personId: string, kind: PostKind, more = {}) =>
      refusal(net.run(personId, 'publishPost', { groupId: group, kind, title: 'T', body: 'B', ...more }));
    expect((await publish(ada, PostKind.ANNOUNCEMENT)).code).toBe('post.announcements-by-moderators');
    expect(await publish(ada, PostKind.POLL)).toMatchObject({
      code: 'invalid',
      message: 'kind: expected one of discussion, question, announcement',
    });
    expect((await publish(ada, PostKind.QUESTION, { title: '' })).message).toContain('title: expected');
    expect((await publish(ada, PostKind.DISCUSSION, { body: ' ' })).message).toContain('body: expected');
    expect((await publish(ada, PostKind.DISCUSSION, { acknowledgementAsked: true })).message).toContain('acknowledgementAsked');
    expect((await publish(ada, PostKind.DISCUSSION, { body: 'bell \u0007' })).message).toContain('control characters');
    expect(await publish(outsider, PostKind.DISCUSSION)).toMatchObject({ kind: 'forbidden', code: 'group.not-a-member' });
    expect(await refusal(net.posts.execute({ command: undefined, idempotencyKey: '' }, net.as(ada)))).toMatchObject({
      kind: 'invalid',
      message: 'command: expected one command',
    });
  });

  it('creates nothing twice for one key, and refuses another body under it', async () => {
    const first = await net.run(ada, 'publishPost', { groupId: group, kind: PostKind.DISCUSSION, body: 'once' }, { key: 'k1' });
    const again = await net.run(ada, 'publishPost', { groupId: group, kind: PostKind.DISCUSSION, body: 'once' }, { key: 'k1' });
    expect(again).toMatchObject({ id: first.id, version: 1, duplicate: true });
    const other = net.run(ada, 'publishPost', { groupId: group, kind: PostKind.DISCUSSION, body: 'twice' }, { key: 'k1' });
    expect((await refusal(other)).kind).toBe('unprocessable');
    const listed = await net.posts.listGroupPosts({ groupId: group, kind: 0, cursor: '', limit: 50 }, net.as(ada));
    expect(listed.posts.filter(({ body }) => body === 'once')).toHaveLength(1);
    // Another person's key of the same name is another key.
    expect((await net.run(bob, 'publishPost', { groupId: group, kind: PostKind.DISCUSSION, body: 'twice' }, { key: 'k1' })).duplicate).toBe(
      false,
    );
  });
});

describe('editing', () => {
  it('keeps every version, for the author alone to add to', async () => {
    const id = await net.publish(ada, group, { title: 'One', body: 'first' });
    await net.run(ada, 'editPost', { postId: id, body: 'second' }, { version: 1 });
    expect(await net.post(bob, id)).toMatchObject({ title: 'One', body: 'second', version: 2 });
    expect((await net.post(bob, id)).editedAt).toBeInstanceOf(Date);
    const { revisions } = await net.posts.listRevisions({ postId: id, commentId: '' }, net.as(bob));
    expect(revisions.map(({ title, body, version }) => [title, body, version])).toEqual([
      ['One', 'first', 1],
      ['One', 'second', 2],
    ]);
    expect((await refusal(net.run(ada, 'editPost', { postId: id, body: 'third' }, { version: 1 }))).kind).toBe('precondition-failed');
    expect((await refusal(net.run(bob, 'editPost', { postId: id, body: 'mine' }))).code).toBe('post.not-the-author');
    expect((await refusal(net.run(owner, 'editPost', { postId: id, body: 'mine' }))).code).toBe('post.not-the-author');
    expect((await refusal(net.run(ada, 'editPost', { postId: id, body: '' }))).message).toContain('body');
  });

  it('writes nothing for an edit that changes nothing', async () => {
    const id = await net.publish(ada, group, { body: 'same' });
    expect(await net.run(ada, 'editPost', { postId: id, body: 'same' })).toMatchObject({ version: 1 });
  });

  it('keeps the history of comments too', async () => {
    const post = await net.publish(ada, group);
    const id = await net.comment(bob, post, 'first');
    await net.run(bob, 'editComment', { commentId: id, body: 'second' }, { version: 1 });
    const { revisions } = await net.posts.listRevisions({ postId: post, commentId: id }, net.as(ada));
    expect(revisions.map(({ body }) => body)).toEqual(['first', 'second']);
    expect((await refusal(net.run(ada, 'editComment', { commentId: id, body: 'mine' }))).code).toBe('comment.not-the-author');
  });
});

describe('taking away', () => {
  it('removes a post without a thread wholly', async () => {
    const id = await net.publish(ada, group);
    expect((await refusal(net.run(bob, 'deletePost', { postId: id, reason: '' }))).code).toBe('group.moderators-only');
    await net.run(ada, 'deletePost', { postId: id });
    for (const person of [ada, bob, owner]) expect((await refusal(net.post(person, id))).kind).toBe('not-found');
    expect((await net.run(ada, 'deletePost', { postId: id })).version).toBe(2);
    expect((await refusal(net.run(bob, 'editPost', { postId: id, body: 'x' }))).kind).toBe('not-found');
    expect((await net.posts.getPosts({ postIds: [id] }, net.as(ada))).posts).toEqual([]);
    expect((await refusal(net.posts.listRevisions({ postId: id, commentId: '' }, net.as(ada)))).kind).toBe('not-found');
  });

  it('leaves a tombstone above a thread, which stays readable', async () => {
    const id = await net.publish(ada, group, { title: 'Gone', body: 'gone' });
    const comment = await net.comment(bob, id, 'still here');
    expect((await refusal(net.run(owner, 'deletePost', { postId: id, reason: '' }))).message).toContain('reason');
    await net.run(owner, 'deletePost', { postId: id, reason: 'off topic' });
    expect(await net.post(bob, id)).toMatchObject({
      state: 'deleted',
      title: '',
      body: '',
      stateReason: '',
      abilities: [],
      commentCount: 1,
    });
    expect((await net.post(ada, id)).stateReason).toBe('off topic');
    const { comments } = await net.posts.listComments({ postId: id, cursor: '', limit: 0 }, net.as(ada));
    expect(comments.map(({ body }) => body)).toEqual(['still here']);
    expect((await refusal(net.comment(bob, id))).kind).toBe('not-found');
    expect((await refusal(net.run(ada, 'react', { postId: id, commentId: comment, kind: 1 }))).kind).toBe('not-found');
    await net.run(bob, 'deleteComment', { commentId: comment });
    expect((await refusal(net.post(bob, id))).kind).toBe('not-found');
  });

  it('hides with a reason that the author and moderators see, and restores', async () => {
    const id = await net.publish(ada, group, { body: 'rude' });
    await net.comment(bob, id);
    expect((await refusal(net.run(ada, 'hidePost', { postId: id, reason: 'x' }))).code).toBe('group.moderators-only');
    await net.run(owner, 'hidePost', { postId: id, reason: 'rude' });
    expect(await net.post(ada, id)).toMatchObject({ state: 'hidden', body: 'rude', stateReason: 'rude', abilities: ['delete'] });
    expect((await net.post(owner, id)).abilities).toEqual(['delete', 'restore']);
    expect((await refusal(net.post(bob, id))).kind).toBe('not-found');
    expect((await refusal(net.posts.listComments({ postId: id, cursor: '', limit: 0 }, net.as(bob)))).kind).toBe('not-found');
    expect((await refusal(net.comment(bob, id))).kind).toBe('not-found');
    expect((await refusal(net.comment(ada, id))).code).toBe('post.hidden');
    const feed = await net.posts.getFeed({ cursor: '', limit: 50, kind: 0 }, net.as(bob));
    expect(feed.posts.map((post) => post.id)).not.toContain(id);
    await net.run(owner, 'restorePost', { postId: id });
    expect(await net.post(bob, id)).toMatchObject({ state: 'visible', body: 'rude', stateReason: '' });
  });

  it('closes to comments and reopens', async () => {
    const id = await net.publish(ada, group);
    await net.run(ada, 'closePost', { postId: id });
    expect(await net.post(bob, id)).toMatchObject({ closed: true });
    expect((await refusal(net.comment(bob, id))).code).toBe('post.closed');
    await net.run(bob, 'react', { postId: id, kind: 1 });
    await net.run(owner, 'reopenPost', { postId: id });
    await net.comment(bob, id);
  });
});

describe('questions and announcements', () => {
  it('has an answer accepted by the author or a moderator, one at a time', async () => {
    const id = await net.publish(ada, group, { kind: PostKind.QUESTION, title: 'Q' });
    const [one, two] = [await net.comment(bob, id, 'one'), await net.comment(bob, id, 'two')];
    expect((await refusal(net.run(bob, 'acceptAnswer', { postId: id, commentId: one }))).code).toBe('group.moderators-only');
    await net.run(ada, 'acceptAnswer', { postId: id, commentId: one });
    await net.run(owner, 'acceptAnswer', { postId: id, commentId: two });
    expect((await net.post(bob, id)).acceptedCommentId).toBe(two);
    const { comments } = await net.posts.listComments({ postId: id, cursor: '', limit: 0 }, net.as(bob));
    expect(comments.map(({ accepted }) => accepted)).toEqual([false, true]);
    await net.run(bob, 'deleteComment', { commentId: two });
    expect((await net.post(bob, id)).acceptedCommentId).toBe('');
    await net.run(ada, 'acceptAnswer', { postId: id, commentId: one });
    await net.run(ada, 'acceptAnswer', { postId: id, commentId: '' });
    expect((await net.post(bob, id)).acceptedCommentId).toBe('');
    const other = await net.publish(ada, group);
    const elsewhere = await net.comment(bob, other);
    expect((await refusal(net.run(ada, 'acceptAnswer', { postId: id, commentId: elsewhere }))).kind).toBe('not-found');
    expect((await refusal(net.run(ada, 'acceptAnswer', { postId: other, commentId: elsewhere }))).code).toBe('post.not-a-question');
  });

  it('counts acknowledgements once each', async () => {
    const post = { kind: PostKind.ANNOUNCEMENT, title: 'Move', body: 'We move.', acknowledgementAsked: true };
    const id = await net.publish(owner, group, post);
    await Promise.all([ada, bob, ada].map((person) => net.run(person, 'acknowledgePost', { postId: id })));
    expect((await net.post(ada, id)).acknowledgement).toEqual({ asked: true, count: 2, mine: true });
    expect((await net.post(owner, id)).acknowledgement).toEqual({ asked: true, count: 2, mine: false });
    const list = await net.posts.listAcknowledgements({ postId: id, cursor: '', limit: 1 }, net.as(owner));
    const rest = await net.posts.listAcknowledgements({ postId: id, cursor: list.nextCursor, limit: 1 }, net.as(owner));
    expect([...list.personIds, ...rest.personIds].sort()).toEqual([ada, bob].sort());
    expect([list.total, rest.nextCursor]).toEqual([2, '']);
    const plain = await net.publish(ada, group);
    expect((await refusal(net.run(bob, 'acknowledgePost', { postId: plain }))).code).toBe('post.no-acknowledgement-asked');
  });
});

describe('an archived group', () => {
  it('takes nothing more, and lets things be taken away', async () => {
    const archive = await net.network.givenGroup({ privacy: 'open', owners: [owner], members: [ada] });
    await net.network.settled();
    const id = await net.publish(ada, archive);
    await net.network.emit('group', `group/${archive}`, [{ $case: 'groupArchived', value: { by: owner } }]);
    await net.network.settled();
    expect((await refusal(net.publish(ada, archive))).code).toBe('group.archived');
    expect((await refusal(net.comment(ada, id))).code).toBe('group.archived');
    expect((await refusal(net.run(ada, 'editPost', { postId: id, body: 'x' }))).code).toBe('group.archived');
    expect((await refusal(net.run(ada, 'react', { postId: id, kind: 1 }))).code).toBe('group.archived');
    expect((await net.post(ada, id)).abilities).toEqual(['delete']);
    await net.run(ada, 'deletePost', { postId: id });
  });
});
