import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GroupPrivacy } from '@parvis/access/src/facts.ts';
import { PostServiceService } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import { createPostNetwork, PostKind, type PostNetwork, refusal } from '../testing/postNetwork.ts';

/**
 * Who may read what, for every operation of the service: a member, another employee, a partner who is a member, one who
 * is not, somebody banned, and the roles that give no right to read, each on a group of each privacy.
 */
type Viewer = 'member' | 'employee' | 'partner' | 'otherPartner' | 'banned' | 'moderator' | 'administrator';
const VIEWERS: readonly Viewer[] = ['member', 'employee', 'partner', 'otherPartner', 'banned', 'moderator', 'administrator'];
const PRIVACIES: readonly GroupPrivacy[] = ['open', 'restricted', 'hidden'];

/** The rule of the design, written down again by hand: employees read open groups, members read theirs, nobody else does. */
const READERS: Readonly<Record<GroupPrivacy, readonly Viewer[]>> = {
  open: ['member', 'partner', 'employee', 'moderator', 'administrator'],
  restricted: ['member', 'partner'],
  hidden: ['member', 'partner'],
};

interface Place {
  readonly groupId: string;
  readonly postId: string;
  readonly commentId: string;
  readonly fileId: string;
}

let net: PostNetwork;
const people = {} as Record<Viewer, string>;
const places = {} as Record<GroupPrivacy, Place>;
let author: string;

const nowhere = (): Place => {
  const groupId = randomId();
  const postId = `${groupId}.${randomId()}`;
  return { groupId, postId, commentId: `${postId}.${randomId()}`, fileId: randomId() };
};

const givenPlace = async (privacy: GroupPrivacy): Promise<Place> => {
  const { network } = net;
  const members = [author, people.member, people.partner];
  const groupId = await network.givenGroup({ privacy, admitsPartners: true, owners: [author], members: members.slice(1) });
  await network.emit('group', `group/${groupId}/member/${people.banned}`, [
    { $case: 'memberBanned', value: { personId: people.banned, by: author, reason: '' } },
  ]);
  await network.settled();
  const file = await net.upload(author, Buffer.from('file'));
  const post = { kind: PostKind.ANNOUNCEMENT, title: 'T', body: 'canary', acknowledgementAsked: true, fileIds: [file.id] };
  const postId = await net.publish(author, groupId, post);
  const commentId = await net.comment(author, postId);
  await net.run(author, 'react', { postId, commentId: '', kind: 1 });
  return { groupId, postId, commentId, fileId: file.id };
};

beforeAll(async () => {
  net = await createPostNetwork();
  const { network } = net;
  author = await network.givenEmployee();
  people.member = await network.givenEmployee();
  people.employee = await network.givenEmployee();
  people.banned = await network.givenEmployee();
  people.moderator = await network.givenEmployee({ roles: ['member', 'moderator'] });
  people.administrator = await network.givenEmployee({ roles: ['member', 'administrator'] });
  const organisationId = await network.givenOrganisation({ sponsorId: author });
  people.partner = await network.givenPartner({ organisationId, sponsorId: author });
  people.otherPartner = await network.givenPartner({ organisationId, sponsorId: author });
  for (const privacy of PRIVACIES) places[privacy] = await givenPlace(privacy);
});
afterAll(() => net.close());

const page = { cursor: '', limit: 0 };
type Read = (viewer: string, place: Place) => Promise<unknown>;

/** Reads that answer or say not-found. */
const READS: Readonly<Record<string, Read>> = {
  getPost: (viewer, { postId }) => net.posts.getPost({ postId }, net.as(viewer)),
  listGroupPosts: (viewer, { groupId }) => net.posts.listGroupPosts({ groupId, kind: 0, ...page }, net.as(viewer)),
  listComments: (viewer, { postId }) => net.posts.listComments({ postId, ...page }, net.as(viewer)),
  getComment: (viewer, { commentId }) => net.posts.getComment({ commentId }, net.as(viewer)),
  listRevisions: (viewer, { postId }) => net.posts.listRevisions({ postId, commentId: '' }, net.as(viewer)),
  listReactions: (viewer, { postId }) => net.posts.listReactions({ postId, commentId: '', ...page }, net.as(viewer)),
  listFiles: (viewer, { groupId }) => net.posts.listFiles({ groupId, ...page }, net.as(viewer)),
  downloadFile: (viewer, { fileId }) => net.download(viewer, fileId),
  countPosts: (viewer, { groupId }) => net.posts.countPosts({ groupId }, net.as(viewer)),
};

/** Commands that say not-found to whoever may not read the place. */
const COMMANDS: Readonly<Record<string, (viewer: string, place: Place) => Promise<unknown>>> = {
  publishPost: (viewer, { groupId }) => net.run(viewer, 'publishPost', { groupId, kind: PostKind.DISCUSSION, body: 'B' }),
  editPost: (viewer, { postId }) => net.run(viewer, 'editPost', { postId, body: 'B' }),
  deletePost: (viewer, { postId }) => net.run(viewer, 'deletePost', { postId, reason: 'r' }),
  hidePost: (viewer, { postId }) => net.run(viewer, 'hidePost', { postId, reason: 'r' }),
  restorePost: (viewer, { postId }) => net.run(viewer, 'restorePost', { postId }),
  closePost: (viewer, { postId }) => net.run(viewer, 'closePost', { postId }),
  reopenPost: (viewer, { postId }) => net.run(viewer, 'reopenPost', { postId }),
  acceptAnswer: (viewer, { postId, commentId }) => net.run(viewer, 'acceptAnswer', { postId, commentId }),
  addComment: (viewer, { postId }) => net.run(viewer, 'addComment', { postId, body: 'B' }),
  editComment: (viewer, { commentId }) => net.run(viewer, 'editComment', { commentId, body: 'B' }),
  deleteComment: (viewer, { commentId }) => net.run(viewer, 'deleteComment', { commentId, reason: 'r' }),
  hideComment: (viewer, { commentId }) => net.run(viewer, 'hideComment', { commentId, reason: 'r' }),
  restoreComment: (viewer, { commentId }) => net.run(viewer, 'restoreComment', { commentId }),
  react: (viewer, { postId }) => net.run(viewer, 'react', { postId, kind: 1 }),
  acknowledgePost: (viewer, { postId }) => net.run(viewer, 'acknowledgePost', { postId }),
  reportItem: (viewer, { postId }) => net.run(viewer, 'reportItem', { postId, reason: 'r' }),
};

/** Judged below, or by suites of their own. */
const ELSEWHERE = ['execute', 'listAcknowledgements', 'getPosts', 'getFeed', 'uploadFile', 'listReports', 'exportMyContributions'];

describe('the access matrix', () => {
  it('has a row for every operation', () => {
    expect([...Object.keys(READS), ...ELSEWHERE].sort()).toEqual(Object.keys(PostServiceService).sort());
  });

  describe.each(PRIVACIES)('a group that is %s', (privacy) => {
    it.each(Object.keys(READS))('%s', async (name) => {
      const read = READS[name] as Read;
      for (const viewer of VIEWERS) {
        const answer = read(people[viewer], places[privacy]);
        if (READERS[privacy].includes(viewer)) {
          await expect(answer).resolves.toBeDefined();
        } else {
          expect([viewer, await refusal(answer)]).toEqual([viewer, await refusal(read(people[viewer], nowhere()))]);
        }
      }
    });

    it.each(Object.keys(COMMANDS))('%s is answered as for an unknown item to who may not read', async (name) => {
      const command = COMMANDS[name] as Read;
      for (const viewer of VIEWERS.filter((one) => !READERS[privacy].includes(one))) {
        const told = await refusal(command(people[viewer], places[privacy]));
        expect([viewer, told]).toEqual([viewer, await refusal(command(people[viewer], nowhere()))]);
        expect(told.kind).toBe('not-found');
      }
    });

    it('listAcknowledgements is for who asked and who moderates; to who may not read, there is no post', async () => {
      const { postId } = places[privacy];
      const asked = (viewer: string, id = postId) => net.posts.listAcknowledgements({ postId: id, ...page }, net.as(viewer));
      expect((await asked(author)).total).toBe(0);
      for (const viewer of VIEWERS) {
        const told = await refusal(asked(people[viewer]));
        if (READERS[privacy].includes(viewer)) expect([viewer, told.code]).toEqual([viewer, 'post.acknowledgements-of-others']);
        else expect([viewer, told]).toEqual([viewer, await refusal(asked(people[viewer], nowhere().postId))]);
      }
    });

    it('getPosts and getFeed leave out what may not be read', async () => {
      const { postId } = places[privacy];
      for (const viewer of VIEWERS) {
        const { posts } = await net.posts.getPosts({ postIds: [postId, nowhere().postId, 'no id'] }, net.as(people[viewer]));
        expect([viewer, posts.map(({ id }) => id)]).toEqual([viewer, READERS[privacy].includes(viewer) ? [postId] : []]);
        const feed = await net.posts.getFeed({ kind: 0, ...page }, net.as(people[viewer]));
        const follows = viewer === 'member' || viewer === 'partner';
        expect([viewer, feed.posts.some(({ id }) => id === postId)]).toEqual([viewer, follows]);
      }
    });
  });

  it('asks who is there before anything else', async () => {
    const { posts, network } = net;
    const { postId } = places.open;
    expect((await refusal(posts.getPost({ postId }, network.anonymous()))).kind).toBe('unauthenticated');
    expect((await refusal(posts.getPost({ postId }, network.serviceContext('search')))).kind).toBe('unauthenticated');
    expect((await refusal(posts.execute({ command: undefined, idempotencyKey: '' }, network.anonymous()))).kind).toBe('unauthenticated');
    const download = posts.downloadFile({ fileId: places.open.fileId }, network.anonymous());
    expect((await refusal(download[Symbol.asyncIterator]().next())).kind).toBe('unauthenticated');
  });

  it('answers malformed ids as unknown ones', async () => {
    for (const bad of ['', 'a', 'a.b.c', 'A.B', '../x', 'a.b/c', "a.'b"]) {
      expect(await refusal(net.posts.getPost({ postId: bad }, net.as(people.member)))).toMatchObject({ kind: 'not-found' });
      expect(await refusal(net.run(people.member, 'react', { postId: bad, kind: 1 }))).toMatchObject({ kind: 'not-found' });
      expect(await refusal(net.posts.getComment({ commentId: bad }, net.as(people.member)))).toMatchObject({ kind: 'not-found' });
      expect(await refusal(net.download(people.member, bad))).toMatchObject({ kind: 'not-found' });
      expect(await refusal(net.posts.countPosts({ groupId: bad }, net.as(people.member)))).toMatchObject({ kind: 'not-found' });
    }
  });
});

describe('access that ends', () => {
  it('ends with the membership, the ban, the suspension', async () => {
    const { network } = net;
    const { postId, groupId } = places.restricted;
    const gone = await network.givenEmployee();
    await network.givenMember(groupId, gone);
    await network.settled();
    await net.post(gone, postId);
    await network.emit('group', `group/${groupId}/member/${gone}`, [{ $case: 'memberLeft', value: { personId: gone } }]);
    await network.settled();
    expect((await refusal(net.post(gone, postId))).kind).toBe('not-found');
    await network.emit('identity', `person/${gone}`, [{ $case: 'personSuspended', value: { by: author, reason: '' } }]);
    await network.settled();
    expect((await refusal(net.posts.getFeed({ kind: 0, ...page }, net.as(gone)))).kind).toBe('forbidden');
  });

  it.each(['restricted', 'hidden'] as const)(
    'tells a person invited to a %s group the number of posts, and nothing more',
    async (privacy) => {
      const { network } = net;
      const { postId, groupId } = places[privacy];
      const invited = await network.givenEmployee();
      const expiresAt = new Date(network.clock.now().getTime() + 3_600_000);
      await network.emit('group', `group/${groupId}/member/${invited}`, [
        { $case: 'memberInvited', value: { personId: invited, by: author, expiresAt } },
      ]);
      await network.settled();
      expect(await net.posts.countPosts({ groupId }, net.as(invited))).toEqual({ posts: 1 });
      expect((await refusal(net.post(invited, postId))).kind).toBe('not-found');
      network.clock.advance(3_600_001);
      expect((await refusal(net.posts.countPosts({ groupId }, net.as(invited)))).kind).toBe('not-found');
    },
  );
});
