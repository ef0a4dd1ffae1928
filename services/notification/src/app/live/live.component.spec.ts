import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GroupPrivacy, JoinedVia } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { OrganisationEnded, PersonErased, PersonSuspended } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { NotificationLevel } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import type { LiveResponse } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { PostKind, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { callContext } from '@parvis/kit/runtime/callContext.ts';
import { reactionStream } from '@parvis/kit/runtime/ids.ts';
import fc from 'fast-check';
import { createNotificationNetwork, type NotificationNetwork } from '../../testing/notificationNetwork.ts';
import { LIVE_QUEUE } from './liveQueue.ts';
import { HEARTBEAT_MS } from './liveStream.ts';
import { REPLAY_LIMIT } from './replay.ts';

let n: NotificationNetwork;
let ada: string;
let ben: string;
let group: string;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  n = await createNotificationNetwork();
  ada = await n.givenEmployee();
  ben = await n.givenEmployee();
  group = await n.givenGroup({ privacy: 'restricted', owners: [ada], members: [ben] });
  await n.settled();
});
afterEach(async () => {
  for (const stream of open.splice(0)) await stream.close();
  await n.close();
});

/** A reader: `next` gives the next tick, or 'end'. The first heartbeat of the stream was read. */
const listen = async (personId: string, lastEventId = '', begin = true) => {
  const leaving = new AbortController();
  const context = {
    ...callContext({ credential: { kind: 'bearer', token: `person:${personId}` }, timeoutMs: Number.POSITIVE_INFINITY }),
    signal: leaving.signal,
  };
  const iterator = n.client.live({ lastEventId }, context)[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const next = async (): Promise<LiveResponse | 'end'> => {
    const step = iterator.next();
    last = step.catch(() => undefined);
    const { value, done } = await step;
    return done ? 'end' : value;
  };
  const reader = {
    next,
    /** Ticks up to the next heartbeat, which is asked for now: everything before was handed over. */
    async rest(): Promise<LiveResponse[]> {
      await n.settled();
      n.clock.advance(HEARTBEAT_MS);
      const ticks: LiveResponse[] = [];
      for (let tick = await next(); tick !== 'end' && tick.type !== 'heartbeat'; tick = await next()) ticks.push(tick);
      return ticks;
    },
    async close() {
      leaving.abort();
      await last;
    },
  };
  open.push(reader);
  const first = begin ? await next() : undefined;
  return { ...reader, first };
};
const types = (ticks: readonly LiveResponse[]) => ticks.map(({ type }) => type);

describe('what a stream tells', () => {
  it('is ids and kinds of what happens in my groups, and of my inbox', async () => {
    const stream = await listen(ben);
    expect(stream.first).toMatchObject({ type: 'heartbeat' });
    const post = await n.post(group, ada, PostKind.QUESTION, { title: 'Canary title', body: 'Canary body' });
    const comment = await n.comment(post, ada, { mentions: [ben], body: 'Canary comment' });
    await n.onPost(post, { $case: 'postClosed', value: { by: ada } });
    const ticks = await stream.rest();
    expect(types(ticks)).toEqual(['post.published', 'notification.added', 'comment.added', 'notification.added', 'post.changed']);
    expect(ticks[0]).toMatchObject({ groupId: group, postId: post, commentId: '', actorId: ada });
    expect(ticks[3]).toMatchObject({ groupId: group, postId: post, commentId: comment, actorId: ada });
    const ids = (await n.inbox(ben)).map(({ id }) => id);
    expect(ticks.filter(({ type }) => type === 'notification.added').map(({ notificationId }) => notificationId)).toEqual(
      [...ids].reverse(),
    );
    expect(JSON.stringify(ticks)).not.toContain('Canary');
  });

  it('is nothing of other groups, of hidden ones least of all, nor of requests unless I moderate', async () => {
    const other = await n.givenGroup({ privacy: 'hidden', owners: [ada] });
    const openGroup = await n.givenGroup({ privacy: 'open', owners: [ada] });
    const eva = await n.givenEmployee();
    const [stream, owner] = [await listen(ben), await listen(ada)];
    await n.post(other, ada, PostKind.DISCUSSION, { mentions: [ben] });
    await n.post(openGroup, ada);
    await n.onMember(group, eva, 'membershipRequested', { message: '' });
    expect(await stream.rest()).toEqual([]);
    const told = await owner.rest();
    expect(types(told).filter((type) => type !== 'post.published')).toEqual(['membership.changed', 'notification.added']);
  });

  it('follows my level and what I join', async () => {
    const stream = await listen(ben);
    await n.wish(ben, { $case: 'setGroupLevel', value: { groupId: group, level: NotificationLevel.NONE } });
    await n.settled();
    await n.post(group, ada, PostKind.QUESTION, { mentions: [ben] });
    expect(types(await stream.rest())).toEqual(['post.published']);
    const other = await n.givenGroup({ owners: [ada] });
    await n.post(other, ada);
    expect(await stream.rest()).toEqual([]);
    await n.onMember(other, ben, 'memberJoined', { via: JoinedVia.JOIN, by: ben, organisationId: n.hostId });
    await n.post(other, ada);
    expect(types(await stream.rest())).toEqual(['membership.changed', 'post.published']);
  });

  it('says when my marks changed elsewhere', async () => {
    const stream = await listen(ben);
    const { watermark } = await n.list(ben);
    await n.mark(ben, { watermark });
    expect(types(await stream.rest())).toEqual(['unread.changed']);
  });

  it('coalesces reactions to one item that still wait', async () => {
    const post = await n.post(group, ada);
    await n.settled();
    const stream = await listen(ben);
    const react = (personId: string) =>
      n.emit('post', reactionStream(post, personId), [{ $case: 'reactionSet', value: { personId, kind: ReactionKind.LIKE } }]);
    for (let nth = 0; nth < 20; nth++) await react(ada);
    await n.onPost(post, { $case: 'postClosed', value: { by: ada } });
    await react(ada);
    expect(types(await stream.rest())).toEqual(['post.changed', 'reactions.changed']);
  });
});

describe('revocation on an open stream', () => {
  /** Everything until the stream tells that access changed. */
  const untilResync = async (stream: Awaited<ReturnType<typeof listen>>) => {
    const tick = await stream.next();
    expect(tick).toMatchObject({ type: 'resync', reason: 'access-changed', groupId: '', postId: '' });
  };

  it('after removal, at once, nothing more of the group', async () => {
    const stream = await listen(ben);
    const startMs = performance.now();
    await n.onMember(group, ben, 'memberRemoved', { by: ada, reason: '' });
    const post = n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben] });
    await untilResync(stream);
    expect(performance.now() - startMs).toBeLessThan(1000);
    await post;
    const ticks = await stream.rest();
    // The removal itself is told as an entry; a restricted group's card stays visible to an employee.
    expect(ticks.filter(({ postId }) => postId !== '')).toEqual([]);
    expect(types(ticks).filter((type) => type.startsWith('post'))).toEqual([]);
  });

  it('never tells a post that was published after the removal, whatever comes in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('post', 'remove', 'join'), { maxLength: 12 }), async (steps) => {
        const cleo = await n.givenEmployee();
        await n.givenMember(group, cleo);
        await n.settled();
        const stream = await listen(cleo);
        const allowed: string[] = [];
        let member = true;
        for (const step of steps) {
          if (step === 'post') {
            const post = await n.post(group, ada);
            if (member) allowed.push(post);
            // Who is removed a moment later may or may not have got it; settled, it must be there.
            await n.settled();
          } else if (step === 'remove') {
            await n.onMember(group, cleo, 'memberRemoved', { by: ada, reason: '' });
            member = false;
          } else {
            await n.onMember(group, cleo, 'memberJoined', { via: JoinedVia.JOIN, by: cleo, organisationId: n.hostId });
            member = true;
          }
        }
        const told = (await stream.rest()).filter(({ type }) => type === 'post.published').map(({ postId }) => postId);
        for (const postId of told) expect(allowed).toContain(postId);
        await stream.close();
      }),
      { numRuns: 8 },
    );
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'the person is suspended',
      () => n.emit('identity', `person/${ben}`, [{ $case: 'personSuspended', value: PersonSuspended.fromPartial({ by: ada }) }]),
    ],
    [
      'the person is erased',
      () => n.emit('identity', `person/${ben}`, [{ $case: 'personErased', value: PersonErased.fromPartial({ by: ada }) }]),
    ],
  ])('the stream ends when %s', async (_, end) => {
    const stream = await listen(ben);
    await end();
    await untilResync(stream);
    expect(await stream.next()).toBe('end');
  });

  it('the stream of a partner ends with their organisation, and the group goes when it no longer admits partners', async () => {
    const acme = await n.givenOrganisation();
    const bob = await n.givenPartner({ organisationId: acme, sponsorId: ada });
    const shared = await n.givenGroup({ admitsPartners: true, owners: [ada], members: [bob] });
    await n.settled();
    const stream = await listen(bob);
    await n.onGroup(shared, { $case: 'groupPartnerAdmissionChanged', value: { admitsPartners: false, by: ada } });
    await untilResync(stream);
    await n.post(shared, ada);
    expect(await stream.rest()).toEqual([]);
    await n.emit('identity', `organisation/${acme}`, [{ $case: 'organisationEnded', value: OrganisationEnded.fromPartial({ by: ada }) }]);
    await untilResync(stream);
    expect(await stream.next()).toBe('end');
  });

  it('a group that closes keeps its members', async () => {
    const wide = await n.givenGroup({ owners: [ada], members: [ben] });
    await n.settled();
    const stream = await listen(ben);
    await n.onGroup(wide, {
      $case: 'groupPrivacyChanged',
      value: { privacy: GroupPrivacy.HIDDEN, by: ada, confirmedPosts: 0, confirmedReaders: 0 },
    });
    await n.post(wide, ada);
    expect(types(await stream.rest())).toEqual(['group.changed', 'post.published']);
  });

  it('ends when the token expires, and refuses who is not let in', async () => {
    const stream = await listen(ben);
    n.clock.advance(300_000);
    let tick = await stream.next();
    while (tick !== 'end' && tick.type === 'heartbeat') tick = await stream.next();
    expect(tick).toBe('end');
    await expect(listen('nobody')).rejects.toMatchObject({ code: 'account.unknown' });
    await expect(n.client.live({ lastEventId: '' }, n.anonymous())[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
  });
});

describe('resuming', () => {
  it('goes on after any tick, without a gap or a repeat', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 12 }), fc.nat(30), async (steps, cutAt) => {
        const other = await n.givenGroup({ owners: [ada], members: [ben] });
        await n.settled();
        const whole = await listen(ben);
        const first = await listen(ben);
        const post = await n.post(other, ada);
        for (const step of steps) {
          if (step === 0) await n.post(group, ada, PostKind.QUESTION);
          if (step === 1) await n.comment(post, ada, { mentions: [ben] });
          if (step === 2) await n.comment(post, ben);
          if (step === 3) await n.post(other, ada, PostKind.DISCUSSION, { mentions: [ben] });
          if (step === 4) await n.onPost(post, { $case: 'postClosed', value: { by: ada } });
          if (step === 5) await n.post(group, ben);
        }
        const expected = await whole.rest();
        const got: LiveResponse[] = [];
        let lastId = (first.first as LiveResponse).id;
        for (let nth = 0; nth < cutAt % (expected.length + 1); nth++) {
          const tick = (await first.next()) as LiveResponse;
          if (tick.type === 'heartbeat') continue;
          got.push(tick);
          lastId = tick.id;
        }
        await first.close();
        const again = await listen(ben, lastId, false);
        await n.post(group, ada);
        while (got.length < expected.length + 1) {
          const tick = (await again.next()) as LiveResponse;
          if (tick.type !== 'heartbeat') got.push(tick);
        }
        const shown = (ticks: readonly LiveResponse[], groupId: string) =>
          ticks
            .filter((tick) => tick.groupId === groupId)
            .map(({ type, postId, commentId, notificationId }) => [type, postId, commentId, notificationId].join(' '));
        // Lanes are replayed one after the other; what is in order is each group.
        expect(shown(got, other)).toEqual(shown(expected, other));
        expect(shown(got, group).slice(0, -1)).toEqual(shown(expected, group));
        expect(shown(got, group).at(-1)).toMatch(/^post.published/);
        await again.close();
        await whole.close();
      }),
      { numRuns: 15 },
    );
  });

  it('tells once what comes while it subscribes', async () => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    const quiet = await createNotificationNetwork((ports) => ({
      ...ports,
      bus: {
        ...ports.bus,
        async heads(source) {
          const during = source === 'post' ? meanwhile : undefined;
          if (during !== undefined) meanwhile = undefined;
          await during?.();
          return ports.bus.heads(source);
        },
      },
    }));
    const first = n;
    n = quiet;
    open.push({ close: () => first.close() });
    [ada, ben] = [await n.givenEmployee(), await n.givenEmployee()];
    group = await n.givenGroup({ owners: [ada], members: [ben] });
    await n.settled();
    const stream = await listen(ben);
    const { id } = stream.first as LiveResponse;
    await stream.close();
    let post = '';
    let handedOver: Promise<unknown> = Promise.resolve();
    const other = await listen(ada);
    meanwhile = async () => {
      post = await n.post(group, ada);
      handedOver = other.next();
      await handedOver;
    };
    const again = await listen(ben, id, false);
    const ticks = [(await again.next()) as LiveResponse, ...(await again.rest())];
    await n.post(group, ada);
    ticks.push(...(await again.rest()));
    expect(ticks.filter(({ postId }) => postId === post)).toHaveLength(1);
    expect(ticks.filter(({ type }) => type === 'post.published')).toHaveLength(2);
  });

  it('tells what was missed as far as it may be read now', async () => {
    const stream = await listen(ben);
    const { id } = stream.first as LiveResponse;
    await stream.close();
    await n.post(group, ada);
    await n.onMember(group, ben, 'memberRemoved', { by: ada, reason: '' });
    await n.settled();
    const again = await listen(ben, id, false);
    const ticks = [await again.next(), ...(await again.rest())] as LiveResponse[];
    expect(ticks.filter(({ postId }) => postId !== '')).toEqual([]);
  });

  it.each(['nonsense', 'AAAA'])('starts over with a cursor like %s', async (cursor) => {
    const stream = await listen(ben, cursor);
    expect(stream.first).toMatchObject({ type: 'resync', reason: 'cursor-too-old' });
    await n.post(group, ada);
    expect(types(await stream.rest())).toEqual(['post.published']);
  });

  it('starts over when too much was missed, and with the cursor of another history', async () => {
    const { epoch, heads } = await n.bus.heads('post');
    const zeros = heads.map(() => 0);
    const groupHeads = await n.bus.heads('group');
    const at = (epochs: object, positions: object) => n.sealer.seal('live-event-id', { epochs, positions });
    const epochs = { post: epoch, group: groupHeads.epoch };
    const past = { post: zeros, group: zeros };
    expect((await listen(ben, at({ ...epochs, post: 'other' }, past))).first).toMatchObject({ type: 'resync', reason: 'cursor-too-old' });
    expect((await listen(ben, at(epochs, { ...past, post: zeros.map((_, lane) => (lane ? 0 : -REPLAY_LIMIT)) }))).first).toMatchObject({
      type: 'resync',
    });
    expect(await listen(ben, at(epochs, past), false).then((stream) => stream.next())).not.toMatchObject({ type: 'resync' });
  });
});

describe('a slow reader', () => {
  it('is told to start over at the limit, and the stream ends; others go on', async () => {
    const [slow, fast] = [await listen(ben), await listen(ada)];
    for (let nth = 0; nth < LIVE_QUEUE + 1; nth++) {
      await n.post(group, ben);
      await fast.next();
    }
    await n.settled();
    expect(await slow.next()).toMatchObject({ type: 'resync', reason: 'slow-reader' });
    expect(await slow.next()).toBe('end');
    await n.post(group, ben);
    expect(types(await fast.rest())).toContain('post.published');
  });
});
