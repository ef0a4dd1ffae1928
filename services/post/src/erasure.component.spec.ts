import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPostNetwork, PostKind, type PostNetwork, refusal } from '../testing/postNetwork.ts';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
let net: PostNetwork;
let ada: string;
let bob: string;
let group: string;

beforeAll(async () => {
  net = await createPostNetwork();
  const { network } = net;
  ada = await network.givenEmployee();
  bob = await network.givenEmployee();
  group = await network.givenGroup({ privacy: 'open', owners: [ada], members: [bob] });
  await network.settled();
});
afterAll(() => net.close());

const erase = async (personId: string, contributions: boolean): Promise<void> => {
  const { network } = net;
  await network.emit('identity', `person/${personId}`, [{ $case: 'personErased', value: { by: ada, contributions } }]);
  await network.vault.destroy({ personId, kind: 'who' });
  if (contributions) await network.vault.destroy({ personId, kind: 'contributions' });
  await network.settled();
};

const exported = async (personId: string) => {
  const chunks: Uint8Array[] = [];
  for await (const { chunk } of net.posts.exportMyContributions({}, net.as(personId))) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
};

it('exports what one person contributed, and nothing of others', async () => {
  const file = await net.upload(bob, Buffer.from('x'), { name: 'bobs.txt' });
  const post = await net.publish(bob, group, { title: 'Bob’s', body: 'bob wrote', fileIds: [file.id] });
  const adas = await net.publish(ada, group, { kind: PostKind.ANNOUNCEMENT, title: 'A', body: 'ada wrote', acknowledgementAsked: true });
  const comment = await net.comment(bob, adas, 'bob said "this"');
  await net.comment(ada, adas, 'ada said');
  await net.run(bob, 'react', { postId: adas, kind: 1 });
  await net.run(bob, 'acknowledgePost', { postId: adas });
  await net.run(bob, 'reportItem', { postId: adas, reason: 'bob reports' });
  await net.run(bob, 'deletePost', { postId: await net.publish(bob, group, { body: 'deleted' }) });
  const document = await exported(bob);
  expect(document).toMatchObject({
    personId: bob,
    posts: [{ id: post, kind: 'discussion', title: 'Bob’s', body: 'bob wrote', attachments: [{ fileId: file.id, name: 'bobs.txt' }] }],
    comments: [{ id: comment, postId: adas, body: 'bob said "this"' }],
    reactions: [{ itemId: adas, kind: 'like' }],
    acknowledgements: [{ postId: adas }],
    reports: [{ postId: adas, reason: 'bob reports' }],
  });
  expect(document.posts).toHaveLength(1);
  expect(document.comments).toHaveLength(1);
  expect(await exported(ada)).toMatchObject({ reactions: [], comments: [{ body: 'ada said' }] });
});

it('exports more than one chunk of rows whole', async () => {
  const { network } = net;
  const carol = await network.givenEmployee();
  await network.givenMember(group, carol);
  await Promise.all(
    Array.from({ length: 450 }, (_, nth) =>
      net.service.imports.importPost(
        { commandId: `carol/${nth}`, requestHash: '', actor: '' },
        { groupId: group, authorId: carol, kind: PostKind.DISCUSSION, title: '', body: `post ${nth}`, publishedAt: undefined },
      ),
    ),
  );
  await network.settled();
  const { posts } = await exported(carol);
  expect(new Set(posts.map(({ body }: { body: string }) => body)).size).toBe(450);
});

it('shows a mark in place of what was erased, keeps the rest of the thread, and removes the files', async () => {
  const { network } = net;
  const carol = await network.givenEmployee();
  await network.givenMember(group, carol);
  await network.settled();
  const file = await net.upload(carol, Buffer.from('x'));
  const post = await net.publish(carol, group, { title: 'Carol’s', body: '#carol wrote', fileIds: [file.id] });
  await net.comment(bob, post, 'bob said');
  await net.comment(carol, post, 'carol said');
  expect((await net.post(bob, post)).hashtags).toEqual(['carol']);
  await erase(carol, true);
  expect(await net.post(bob, post)).toMatchObject({
    erased: true,
    title: '',
    body: '',
    hashtags: [],
    attachments: [],
    state: 'visible',
    authorId: carol,
  });
  const { comments } = await net.posts.listComments({ postId: post, cursor: '', limit: 0 }, net.as(bob));
  expect(comments.map(({ body, erased }) => [body, erased])).toEqual([
    ['bob said', false],
    ['', true],
  ]);
  const { revisions } = await net.posts.listRevisions({ postId: post, commentId: '' }, net.as(bob));
  expect(revisions.map(({ body }) => body)).toEqual(['']);
  expect((await refusal(net.download(bob, file.id))).kind).toBe('not-found');
  expect(await net.ports.blobs.exists(file.id)).toBe(false);
});

it('keeps contributions as by a former member when the erasure says so, and removes the photo always', async () => {
  const { network } = net;
  const dora = await network.givenEmployee();
  await network.givenMember(group, dora);
  await network.settled();
  const photo = await net.upload(dora, PNG, { purpose: 'photo' });
  const file = await net.upload(dora, Buffer.from('kept'));
  const post = await net.publish(dora, group, { body: 'kept', fileIds: [file.id] });
  await erase(dora, false);
  expect(await net.post(bob, post)).toMatchObject({ erased: false, body: 'kept' });
  expect((await net.download(bob, file.id)).content.toString()).toBe('kept');
  expect(await net.ports.blobs.exists(photo.id)).toBe(false);
});

it('lets nobody write the mark of an erased text', async () => {
  expect((await refusal(net.publish(bob, group, { body: '\u2300erased' }))).kind).toBe('invalid');
});
