import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GroupPrivacy, JoinedVia, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { NotificationLevel } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import { createNotificationNetwork, type NotificationNetwork } from '../testing/notificationNetwork.ts';

let n: NotificationNetwork;
/** An employee who owns what others write in, and colleagues who are members. */
let ada: string;
let ben: string;
let cleo: string;
let group: string;

beforeAll(async () => {
  n = await createNotificationNetwork();
});
afterAll(() => n.close());

const newGroup = async (options: Parameters<NotificationNetwork['givenGroup']>[0] = {}) => {
  [ada, ben, cleo] = [await n.givenEmployee(), await n.givenEmployee(), await n.givenEmployee()];
  group = await n.givenGroup({ owners: [ada], members: [ben, cleo], ...options });
};

describe('who gets what', () => {
  it('tells whoever is mentioned, in a post, a comment and an edit that adds them, and not the author', async () => {
    await newGroup();
    const post = await n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben, ada] });
    const comment = await n.comment(post, ben, { mentions: [cleo, ben] });
    expect(await n.reasons(ben)).toEqual(['mention']);
    expect(await n.inbox(cleo)).toMatchObject([
      { reason: 'mention', groupId: group, postId: post, commentId: comment, actorId: ben, read: false },
    ]);
    await n.editMentions(post, [ben, cleo]);
    expect(await n.reasons(cleo)).toEqual(['mention', 'mention']);
    expect(await n.reasons(ben)).toEqual(['mention']);
    expect(await n.reasons(ada)).toEqual(['comment']);
  });

  it('tells of a reply, a comment on my post, and in a thread I took part in; one entry per event', async () => {
    await newGroup();
    const dan = await n.givenEmployee();
    const post = await n.post(group, ada);
    const first = await n.comment(post, ben);
    await n.comment(post, cleo, { parentId: first });
    await n.comment(post, dan);
    expect(await n.reasons(ada)).toEqual(['comment', 'comment', 'comment']);
    expect(await n.reasons(ben)).toEqual(['comment', 'reply']);
    expect(await n.reasons(cleo)).toEqual(['comment']);
    expect(await n.reasons(dan)).toEqual([]);
  });

  it('tells of an accepted answer while it is accepted', async () => {
    await newGroup();
    const post = await n.post(group, ada, PostKind.QUESTION);
    const comment = await n.comment(post, ben);
    await n.onPost(post, { $case: 'answerAccepted', value: { commentId: comment, by: ada } });
    expect(await n.inbox(ben)).toMatchObject([{ reason: 'answer_accepted', commentId: comment, actorId: ada }, { reason: 'question' }]);
    await n.onPost(post, { $case: 'answerUnaccepted', value: { commentId: comment, by: ada } });
    expect(await n.reasons(ben)).toEqual(['question']);
  });

  it('tells nobody of what was imported with an older date', async () => {
    await newGroup();
    const past = new Date('2020-01-01');
    const post = await n.post(group, ada, PostKind.ANNOUNCEMENT, { mentions: [ben], publishedAt: past });
    await n.comment(post, cleo, { mentions: [ben], publishedAt: past });
    expect(await n.reasons(ben)).toEqual([]);
    expect(await n.reasons(ada)).toEqual([]);
    expect((await n.unread(ben)).groups).toEqual([]);
  });

  it('tells what happens to my membership, and what I did myself to nobody', async () => {
    await newGroup({ privacy: 'restricted' });
    const eva = await n.givenEmployee();
    await n.onMember(group, eva, 'membershipRequested', { message: 'Please' });
    expect(await n.inbox(ada)).toMatchObject([{ reason: 'request', actorId: eva, groupId: group }]);
    expect(await n.reasons(ben)).toEqual([]);
    await n.onMember(group, eva, 'memberJoined', { via: JoinedVia.APPROVAL, by: ada, organisationId: n.hostId });
    expect(await n.reasons(ada)).toEqual([]);
    await n.onMember(group, eva, 'memberRoleChanged', { role: MemberRole.MODERATOR, by: ada });
    await n.onMember(group, eva, 'memberRoleChanged', { role: MemberRole.MEMBER, by: eva });
    await n.onMember(group, eva, 'memberRemoved', { by: ada, reason: 'Left the project' });
    expect(await n.reasons(eva)).toEqual(['removed', 'role', 'approved']);
    const joining = { message: '' };
    await n.onMember(group, eva, 'membershipRequested', joining);
    await n.onMember(group, eva, 'membershipDeclined', { by: ada, reason: 'No' });
    expect((await n.reasons(eva))[0]).toBe('declined');
    await n.onMember(group, eva, 'memberLeft');
    expect((await n.reasons(eva))[0]).toBe('declined');
  });

  it('tells of an invitation while it stands', async () => {
    await newGroup({ privacy: 'hidden' });
    const eva = await n.givenEmployee();
    const soon = new Date(n.clock.now().getTime() + 3_600_000);
    await n.onMember(group, eva, 'memberInvited', { by: ada, expiresAt: soon });
    await n.onMember(group, eva, 'memberInvited', { by: ada, expiresAt: soon });
    expect(await n.inbox(eva)).toMatchObject([{ reason: 'invited', groupId: group, actorId: ada }]);
    await n.onMember(group, eva, 'memberInvitationRevoked', { by: ada });
    expect(await n.reasons(eva)).toEqual([]);
    await n.onMember(group, eva, 'memberInvited', { by: ada, expiresAt: new Date(n.clock.now().getTime() - 1) });
    expect(await n.reasons(eva)).toEqual([]);
  });

  it('tells all members of a take-over, but not who took over', async () => {
    await newGroup();
    const boss = await n.givenEmployee({ roles: ['administrator'] });
    await n.givenMember(group, boss);
    await n.onGroup(group, { $case: 'groupTakenOver', value: { personId: boss, reason: 'The owner is gone' } });
    expect(await n.reasons(ben)).toEqual(['taken_over']);
    expect(await n.reasons(boss)).toEqual([]);
    const late = await n.givenEmployee();
    await n.givenMember(group, late);
    expect(await n.reasons(late)).toEqual([]);
  });
});

describe('levels', () => {
  const level = async (personId: string, value: NotificationLevel) =>
    n.wish(personId, { $case: 'setGroupLevel', value: { groupId: group, level: value } });

  it.each([
    [NotificationLevel.ALL, ['mention', 'post', 'question', 'announcement'], 4],
    [NotificationLevel.MENTIONS_AND_QUESTIONS, ['mention', 'question', 'announcement'], 4],
    [NotificationLevel.NONE, [], undefined],
  ])('%p tells %p', async (value, told, posts) => {
    await newGroup();
    await level(ben, value);
    await n.post(group, ada, PostKind.ANNOUNCEMENT);
    await n.post(group, ada, PostKind.QUESTION);
    await n.post(group, ada, PostKind.IDEA);
    await n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben] });
    await n.post(group, ben, PostKind.QUESTION);
    expect(await n.reasons(ben)).toEqual(told);
    expect((await n.unread(ben)).groups[0]?.posts).toBe(posts);
  });

  it('are what was chosen, and an unknown group has none', async () => {
    await newGroup();
    const { version } = await level(ben, NotificationLevel.ALL);
    await n.settled();
    const preferences = await n.client.getPreferences({}, n.contextFor(ben));
    expect(preferences).toMatchObject({ groupLevels: [{ groupId: group, level: NotificationLevel.ALL }], version });
    const stale = n.wish(ben, { $case: 'setGroupLevel', value: { groupId: group, level: NotificationLevel.NONE } }, 7);
    await expect(stale).rejects.toMatchObject({ kind: 'precondition-failed' });
    const hidden = await n.givenGroup({ privacy: 'hidden', owners: [ada] });
    await n.settled();
    for (const groupId of [hidden, randomId(), 'no id']) {
      const attempt = n.wish(ben, { $case: 'setGroupLevel', value: { groupId, level: NotificationLevel.ALL } });
      await expect(attempt).rejects.toMatchObject({ kind: 'not-found', message: 'group not found' });
    }
  });

  it('of a thread: leaving it silences comments, following it tells of those to come', async () => {
    await newGroup();
    const post = await n.post(group, ada);
    await n.comment(post, ben);
    const follow = (personId: string, following: boolean) =>
      n.wish(personId, { $case: 'setThreadFollow', value: { groupId: group, postId: post, following } });
    await n.settled();
    await follow(ben, false);
    await follow(cleo, true);
    await n.settled();
    n.clock.advance(1000);
    const later = await n.comment(post, ada);
    await n.comment(post, ada, { mentions: [ben] });
    expect(await n.reasons(ben)).toEqual(['mention']);
    expect((await n.inbox(cleo)).map((entry) => [entry.reason, entry.commentId])[1]).toEqual(['comment', later]);
    expect(await n.reasons(cleo)).toEqual(['comment', 'comment']);
  });
});

describe('what may not be read vanishes', () => {
  it('after deletion, hiding, and comes back when restored', async () => {
    await newGroup();
    const post = await n.post(group, ada, PostKind.ANNOUNCEMENT, { mentions: [ben] });
    const comment = await n.comment(post, cleo, { mentions: [ben] });
    await n.onComment(comment, { $case: 'commentHidden', value: { by: ada, reason: 'Off topic' } });
    expect(await n.reasons(ben)).toEqual(['mention']);
    await n.onComment(comment, { $case: 'commentRestored', value: { by: ada } });
    expect(await n.reasons(ben)).toEqual(['mention', 'mention']);
    await n.onPost(post, { $case: 'postDeleted', value: { by: ada, reason: '' } });
    expect(await n.reasons(ben)).toEqual([]);
    expect(await n.unread(ben)).toEqual({ inbox: 0, groups: [] });
  });

  it('after removal, and when a group closes', async () => {
    await newGroup({ privacy: 'hidden' });
    await n.post(group, ada, PostKind.ANNOUNCEMENT, { mentions: [ben] });
    expect(await n.reasons(ben)).toEqual(['mention']);
    await n.onMember(group, ben, 'memberRemoved', { by: ada, reason: '' });
    const left = await n.inbox(ben);
    expect(left).toMatchObject([{ reason: 'removed', groupId: '', actorId: '', postId: '' }]);
    expect(JSON.stringify(left)).not.toContain(group);
    await newGroup();
    const outsider = await n.givenEmployee();
    await n.post(group, ada, PostKind.DISCUSSION, { mentions: [outsider] });
    expect(await n.reasons(outsider)).toEqual(['mention']);
    await n.onGroup(group, {
      $case: 'groupPrivacyChanged',
      value: { privacy: GroupPrivacy.RESTRICTED, by: ada, confirmedPosts: 0, confirmedReaders: 0 },
    });
    expect(await n.reasons(outsider)).toEqual([]);
  });

  it('partners are told of their groups only, and of nothing once these no longer admit them', async () => {
    await newGroup({ admitsPartners: true });
    const acme = await n.givenOrganisation();
    const bob = await n.givenPartner({ organisationId: acme, sponsorId: ada });
    await n.givenMember(group, bob);
    const open = await n.givenGroup({ owners: [ada] });
    await n.post(open, ada, PostKind.ANNOUNCEMENT, { mentions: [bob] });
    await n.post(group, ada, PostKind.DISCUSSION, { mentions: [bob] });
    expect((await n.inbox(bob)).map((entry) => entry.groupId)).toEqual([group]);
    await n.onGroup(group, { $case: 'groupPartnerAdmissionChanged', value: { admitsPartners: false, by: ada } });
    expect(await n.reasons(bob)).toEqual([]);
    expect(await n.unread(bob)).toEqual({ inbox: 0, groups: [] });
  });
});

describe('pages', () => {
  it('hold each entry once, in order, whatever the page size', async () => {
    await newGroup();
    const other = await n.givenGroup({ owners: [cleo], members: [ben] });
    for (let nth = 0; nth < 12; nth++) {
      await n.post(nth % 2 ? group : other, nth % 3 ? ada : cleo, nth % 4 ? PostKind.DISCUSSION : PostKind.QUESTION, { mentions: [ben] });
      await n.post(group, ada, PostKind.ANNOUNCEMENT);
    }
    const whole = (await n.list(ben, { limit: 100 })).notifications;
    expect(whole).toHaveLength(24);
    for (const limit of [1, 5, 24]) {
      const pages: string[] = [];
      let cursor = '';
      do {
        const page = await n.list(ben, { limit, cursor });
        pages.push(...page.notifications.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== '');
      expect(pages).toEqual(whole.map(({ id }) => id));
    }
    expect(new Set(whole.map(({ id }) => id)).size).toBe(24);
    expect([...whole].sort((a, b) => Number(b.at) - Number(a.at))).toEqual(whole);
  });

  it('are at most 100 long', async () => {
    await expect(n.list(ben, { limit: 101 })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('need a token of a person who is active', async () => {
    const call = { cursor: '', limit: 0, unreadOnly: false };
    await expect(n.client.listNotifications(call, n.anonymous())).rejects.toMatchObject({ kind: 'unauthenticated' });
    await expect(n.client.listNotifications(call, n.contextFor('nobody'))).rejects.toMatchObject({ code: 'account.unknown' });
  });
});

describe('watermarks', () => {
  it('count what is unread, and never move backwards, whoever marks', async () => {
    await newGroup();
    const marks: string[] = [];
    for (let nth = 0; nth < 4; nth++) {
      await n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben] });
      const { watermark, unread } = await n.list(ben);
      expect(unread).toBe(nth + 1);
      marks.push(watermark);
    }
    await Promise.all([3, 0, 2, 1, 0].map((nth) => n.mark(ben, { watermark: marks[nth] ?? '' })));
    expect((await n.list(ben)).unread).toBe(0);
    await n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben] });
    await n.mark(ben, { watermark: marks[0] ?? '' });
    const { notifications, unread } = await n.list(ben);
    expect(unread).toBe(1);
    expect(notifications.map(({ read }) => read)).toEqual([false, true, true, true, true]);
    expect((await n.list(ben, { unreadOnly: true })).notifications).toHaveLength(1);
  });

  it('of a later page cover what the first page could show, not what came since', async () => {
    await newGroup();
    for (let nth = 0; nth < 3; nth++) await n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben] });
    const first = await n.list(ben, { limit: 1 });
    await n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben] });
    const second = await n.list(ben, { limit: 1, cursor: first.nextCursor });
    expect((await n.mark(ben, { watermark: second.watermark })).unread).toBe(1);
  });

  it('of a group begin when one joins', async () => {
    await newGroup();
    await n.post(group, ada, PostKind.ANNOUNCEMENT);
    const late = await n.givenEmployee();
    n.clock.advance(10);
    await n.givenMember(group, late);
    expect(await n.unread(late)).toEqual({ inbox: 0, groups: [] });
    await n.post(group, ada);
    expect((await n.unread(late)).groups).toEqual([{ groupId: group, posts: 1, capped: false }]);
  });

  it('take single entries, and refuse what was not handed out to this person', async () => {
    await newGroup();
    for (let nth = 0; nth < 3; nth++) await n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben, cleo] });
    const { notifications, watermark } = await n.list(ben);
    const { unread } = await n.mark(ben, { notificationIds: [notifications[1]?.id ?? ''] });
    expect(unread).toBe(2);
    expect((await n.inbox(ben)).map(({ read }) => read)).toEqual([false, true, false]);
    expect((await n.inbox(cleo)).map(({ read }) => read)).toEqual([false, false, false]);
    await expect(n.mark(cleo, { watermark })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(n.mark(cleo, { watermark: `${watermark.slice(0, -2)}xx` })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(n.mark(cleo, { notificationIds: ['AAAAAAAAAAAAAAAAAAAAAA'] })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(n.mark(cleo, { notificationIds: Array.from({ length: 101 }, () => 'x') })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('of a group count posts of others, up to 100, and never move backwards', async () => {
    await newGroup();
    const posts: string[] = [];
    for (let nth = 0; nth < 102; nth++) posts.push(await n.post(group, ada));
    await n.post(group, ben);
    expect((await n.unread(ben)).groups).toEqual([{ groupId: group, posts: 100, capped: true }]);
    const mark = (nth: number) => n.mark(ben, { groupId: group, postId: posts[nth] ?? '' });
    await Promise.all([mark(98), mark(3), mark(50)]);
    expect((await n.unread(ben)).groups).toEqual([{ groupId: group, posts: 3, capped: false }]);
    await mark(1);
    expect((await n.unread(ben)).groups).toEqual([{ groupId: group, posts: 3, capped: false }]);
    await mark(101);
    expect((await n.unread(ben)).groups).toEqual([]);
  });

  it('of a group that may not be read answer as for one that is not there', async () => {
    await newGroup({ privacy: 'hidden' });
    const post = await n.post(group, ada);
    await n.settled();
    const eva = await n.givenEmployee();
    await n.settled();
    const unknown = `${randomId()}.${randomId()}`;
    await expect(n.mark(eva, { groupId: group, postId: post })).rejects.toMatchObject({ kind: 'not-found', message: 'post not found' });
    const nowhere = n.mark(eva, { groupId: unknown.split('.')[0] ?? '', postId: unknown });
    await expect(nowhere).rejects.toMatchObject({ kind: 'not-found', message: 'post not found' });
  });
});

describe('export', () => {
  it('holds preferences and entries', async () => {
    await newGroup();
    const post = await n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben] });
    await n.wish(ben, { $case: 'setGroupLevel', value: { groupId: group, level: NotificationLevel.ALL } });
    await n.settled();
    const { document } = await n.client.exportMyNotifications({}, n.contextFor(ben));
    expect(JSON.parse(document.toString())).toMatchObject({
      preferences: { groupLevels: [{ groupId: group, level: 'NOTIFICATION_LEVEL_ALL' }], mail: { timeZone: 'UTC' } },
      notifications: [{ reason: 'mention', postId: post, groupId: group }],
      complete: true,
    });
  });
});
