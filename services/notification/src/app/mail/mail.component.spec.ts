import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PersonErased, PersonSuspended } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { MailCadence, NotificationLevel } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { Mail } from '@parvis/kit/ports/mailer.ts';
import type { StateStore } from '@parvis/kit/ports/state.ts';
import { invalid, unavailable } from '@parvis/kit/runtime/errors.ts';
import { derivedId } from '@parvis/kit/runtime/ids.ts';
import { createNotificationNetwork, type NotificationNetwork } from '../../testing/notificationNetwork.ts';
import { dueDigest } from './digestSchedule.ts';
import { DIGEST_ROUND_MS } from './mailRound.ts';
import { MAIL_LIMITS, MAIL_TABLES, type OutboxRow } from './outbox.ts';
import { UNSUBSCRIBE_DAYS } from './unsubscribe.ts';

const DAY_MS = 24 * 3_600_000;
let n: NotificationNetwork;
/** Networks of one test; those given up are closed with it. */
const opened: NotificationNetwork[] = [];
let ada: string;
let ben: string;
let group: string;

const begin = async (change?: Parameters<typeof createNotificationNetwork>[0]) => {
  n = await createNotificationNetwork(change);
  opened.push(n);
  ada = await n.givenEmployee({ givenName: 'Ada', familyName: 'Lovelace' });
  ben = await n.givenEmployee({ givenName: 'Ben', familyName: 'Okri', email: 'ben@example.org' });
  group = await n.givenGroup({ name: 'Tea room', owners: [ada], members: [ben] });
  await n.settled();
};
beforeEach(() => begin());
afterEach(async () => {
  for (const network of opened.splice(0)) await network.close();
});

/** Waits for the machine, not for a length of time: the condition comes true or the test fails. */
const eventually = async (condition: () => boolean | Promise<boolean>, what: string) => {
  for (let tries = 0; tries < 1000; tries++) {
    if (await condition()) return;
    await pause(5);
  }
  throw new Error(`${what} did not happen`);
};
const state = async (): Promise<StateStore> => (await n.ports('notification')).state;
/** Every mail at once that is due was sent, dropped or put off. */
const mailed = async (): Promise<readonly Mail[]> => {
  await n.settled();
  const outbox = (await state()).table<OutboxRow>(MAIL_TABLES.outbox);
  const nowMs = n.clock.now().getTime();
  await eventually(
    async () =>
      (await outbox.range('', { limit: 1000 })).every(({ value }) => !value.claimed && value.nextMs > nowMs && value.attempts > 0),
    'mail',
  );
  return n.mails;
};
const cadence = async (personId: string, value: MailCadence, digestHour = 8, timeZone = 'UTC') => {
  await n.wish(personId, { $case: 'setMailCadence', value: { cadence: value, digestHour, timeZone } });
  await n.settled();
};
const mention = (title = 'Kettle', body = 'Who boils?') => n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben], title, body });

/** Moves to an instant and waits until Ben's digest of that day is settled. */
const at = async (instant: string, timeZone = 'UTC', digestHour = 8) => {
  const { table } = await state();
  n.clock.advance(Date.parse(instant) - n.clock.now().getTime());
  const date = dueDigest(n.clock.now(), timeZone, digestHour);
  await eventually(async () => {
    n.clock.advance(DIGEST_ROUND_MS / 5);
    const row = await table<{ date: string; pending?: object }>(MAIL_TABLES.digests).get(`${ben}/`);
    return row?.date === date && row.pending === undefined;
  }, `the digest of ${date}`);
};
const digests = () => n.mails.filter(({ subject }) => subject.startsWith('Your day'));

describe('mail at once', () => {
  it('tells an employee who said what, in their language, with a link', async () => {
    const post = await mention('Kettle', `Hello @[person:${ben}], **who** boils?`);
    const [mail, ...more] = await mailed();
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ to: 'ben@example.org', subject: 'Ada Lovelace mentioned you in Tea room “Kettle”' });
    expect(mail?.text).toContain('Hello @Ben Okri, who boils?');
    expect(mail?.text).toContain(`http://localhost:8080/posts/${post}`);
    const zoe = await n.givenEmployee({ language: 'fr' });
    await n.givenMember(group, zoe);
    await n.post(group, ada, PostKind.DISCUSSION, { mentions: [zoe], title: 'Thé' });
    expect((await mailed()).at(-1)?.subject).toBe('Ada Lovelace vous a mentionné dans Tea room « Thé »');
  });

  it('tells a partner only that there is something', async () => {
    const bob = await n.givenPartner({ organisationId: await n.givenOrganisation(), sponsorId: ada });
    const shared = await n.givenGroup({ name: 'Shared secret', admitsPartners: true, owners: [ada], members: [bob] });
    await n.post(shared, ada, PostKind.DISCUSSION, { mentions: [bob], title: 'Merger', body: 'Confidential' });
    const [mail] = await mailed();
    expect(mail?.subject).toBe('1 new notification on Parvis');
    for (const secret of ['Merger', 'Confidential', 'Shared secret', 'Ada', shared]) expect(JSON.stringify(mail)).not.toContain(secret);
  });

  it('goes to those who moderate when someone asks to join, and to whoever is invited', async () => {
    const closed = await n.givenGroup({ name: 'Board', privacy: 'restricted', owners: [ada], members: [ben] });
    const eva = await n.givenEmployee({ givenName: 'Eva', familyName: 'Maas' });
    await n.onMember(closed, eva, 'membershipRequested', { message: 'Please' });
    expect((await mailed()).map(({ subject }) => subject)).toEqual(['Eva Maas asks to join Board']);
    const zoe = await n.givenEmployee();
    await n.onMember(closed, zoe, 'memberInvited', { by: ada, expiresAt: new Date(n.clock.now().getTime() + DAY_MS) });
    expect((await mailed()).at(-1)?.subject).toBe('Ada Lovelace invited you to Board');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the post was deleted', async () => undefined],
    ['the cadence is off', () => cadence(ben, MailCadence.OFF)],
    ['everything comes with the digest', () => cadence(ben, MailCadence.DAILY)],
    ['the group is silenced', () => n.wish(ben, { $case: 'setGroupLevel', value: { groupId: group, level: NotificationLevel.NONE } })],
    [
      'the person left the group',
      async () => {
        await n.onGroup(group, { $case: 'groupPrivacyChanged', value: { privacy: 3, by: ada, confirmedPosts: 0, confirmedReaders: 0 } });
        await n.onMember(group, ben, 'memberLeft');
      },
    ],
    [
      'the person is suspended',
      () => n.emit('identity', `person/${ben}`, [{ $case: 'personSuspended', value: PersonSuspended.fromPartial({ by: ada }) }]),
    ],
  ])('is not sent when %s', async (why, make) => {
    await make();
    await n.settled();
    const post = await mention();
    if (why === 'the post was deleted') await n.onPost(post, { $case: 'postDeleted', value: { by: ada, reason: '' } });
    const sent = await mailed();
    // A deletion may come after the mail went out; everything else was there before.
    if (why !== 'the post was deleted') expect(sent).toEqual([]);
    else expect(sent.length).toBeLessThanOrEqual(1);
  });

  it('shows the text as it is now, not as it was', async () => {
    await begin((ports) => ({
      ...ports,
      mailer: { ...ports.mailer, send: (mail) => (open ? ports.mailer.send(mail) : Promise.reject(unavailable('smtp.down', 'down'))) },
    }));
    let open = false;
    const post = await mention('Salary list', 'Secret numbers');
    await mailed();
    await n.editMentions(post, [ben]);
    await n.settled();
    open = true;
    n.clock.advance(MAIL_LIMITS.retryMs * 4);
    await eventually(() => n.mails.length === 1, 'the mail');
    expect(n.mails[0]?.text).toContain('Edited');
    expect(JSON.stringify(n.mails)).not.toContain('Secret numbers');
  });

  it('keeps header lines whole whatever people write', async () => {
    await mention('Hi\r\nBcc: everyone@example.org', 'x');
    const [mail] = await mailed();
    expect(mail?.subject).toContain('Hi Bcc: everyone@example.org');
    for (const value of [mail?.subject, mail?.to, ...Object.values(mail?.headers ?? {})]) expect(value).not.toMatch(/[\r\n]/);
    const odd = await n.givenEmployee({ email: 'x@example.org\r\nBcc: all@example.org' });
    await n.post(group, ada, PostKind.DISCUSSION, { mentions: [odd] });
    expect(await mailed()).toHaveLength(1);
    expect(await (await state()).table(MAIL_TABLES.parked).range(`${odd}/`, { limit: 10 })).toMatchObject([
      { value: { reason: 'bad-address' } },
    ]);
  });

  it("stops at the hour's limit, and the digest tells the rest", async () => {
    await at('2029-01-01T12:00:00Z');
    for (let nth = 0; nth < MAIL_LIMITS.perHour + 2; nth++) await mention(`Post ${nth}`);
    expect(await mailed()).toHaveLength(MAIL_LIMITS.perHour);
    await at('2029-01-02T12:00:00Z');
    expect(n.mails.at(-1)?.subject).toBe('Your day on Parvis: 2 notifications');
  });
});

describe('a failing mailer', () => {
  it('is tried again with the same id when the failure passes', async () => {
    let failures = 2;
    const tried: string[] = [];
    await begin((ports) => ({
      ...ports,
      mailer: {
        ...ports.mailer,
        async send(mail) {
          tried.push(mail.id);
          if (failures-- > 0) throw unavailable('smtp.down', 'no next hop');
          await ports.mailer.send(mail);
        },
      },
    }));
    await mention();
    await mailed();
    expect(n.mails).toHaveLength(0);
    for (let round = 0; round < 4 && n.mails.length === 0; round++) {
      n.clock.advance(MAIL_LIMITS.retryMs * 2 ** (round + 1));
      await mailed();
    }
    expect(n.mails).toHaveLength(1);
    expect(new Set(tried).size).toBe(1);
    expect(tried).toHaveLength(3);
  });

  it('parks what never will be taken, and goes on with others', async () => {
    await begin((ports) => ({
      ...ports,
      mailer: {
        ...ports.mailer,
        send: (mail) => (mail.to === 'ben@example.org' ? Promise.reject(invalid('to', 'a mailbox')) : ports.mailer.send(mail)),
      },
    }));
    const zoe = await n.givenEmployee({ email: 'zoe@example.org' });
    await n.post(group, ada, PostKind.DISCUSSION, { mentions: [ben, zoe] });
    expect((await mailed()).map(({ to }) => to)).toEqual(['zoe@example.org']);
    expect(await (await state()).table(MAIL_TABLES.parked).range(`${ben}/`, { limit: 10 })).toHaveLength(1);
  });

  it('sends once, by id, after a crash between send and record', async () => {
    let crashes = 1;
    await begin((ports) => ({
      ...ports,
      state: {
        ...ports.state,
        table: <V>(name: string) => {
          const table = ports.state.table<V>(name);
          if (name !== MAIL_TABLES.done) return table;
          return {
            ...table,
            put: (key: string, value: V) => (crashes-- > 0 ? Promise.reject(new Error('power cut')) : table.put(key, value)),
          };
        },
      },
    }));
    await mention();
    await mailed();
    expect(n.mails).toHaveLength(1);
    n.clock.advance(MAIL_LIMITS.retryMs * 4);
    await eventually(() => n.mails.length === 2, 'the repeat');
    await mailed();
    expect(new Set(n.mails.map(({ id }) => id)).size).toBe(1);
    n.clock.advance(DAY_MS / 24);
    await mailed();
    expect(n.mails).toHaveLength(2);
  });
});

describe('the digest', () => {
  it("comes once a day at the person's hour, on both days of daylight saving too", async () => {
    const paris = ['Europe/Paris', 2] as const;
    await cadence(ben, MailCadence.DAILY, 2, 'Europe/Paris');
    await at('2030-03-29T12:00:00Z', ...paris);
    await mention('First');
    await n.settled();
    await at('2030-03-30T00:50:00Z', ...paris);
    expect(digests()).toHaveLength(0);
    await at('2030-03-30T01:00:00Z', ...paris);
    expect(digests()).toHaveLength(1);
    await mention('Second');
    await n.settled();
    await at('2030-03-31T00:50:00Z', ...paris);
    expect(digests()).toHaveLength(1);
    // Two o'clock never comes on this day.
    await at('2030-03-31T01:00:00Z', ...paris);
    expect(digests()).toHaveLength(2);
    await at('2030-10-26T12:00:00Z', ...paris);
    await mention('Third');
    await n.settled();
    await at('2030-10-27T00:00:00Z', ...paris);
    expect(digests()).toHaveLength(3);
    // And here it comes twice.
    await mention('Fourth');
    await n.settled();
    await at('2030-10-27T01:00:00Z', ...paris);
    await at('2030-10-27T02:00:00Z', ...paris);
    await at('2030-10-28T02:00:00Z', ...paris);
    const idOf = (date: string) => derivedId(`${ben}/digest/${date}`, 'mail');
    expect(digests().map(({ id }) => id)).toEqual(['2030-03-30', '2030-03-31', '2030-10-27', '2030-10-28'].map(idOf));
    for (const [nth, title] of ['First', 'Second', 'Third', 'Fourth'].entries()) expect(digests()[nth]?.text).toContain(title);
  });

  it('holds what was not read, not what was mailed or read, and nothing is no mail', async () => {
    await cadence(ben, MailCadence.AT_ONCE, 8);
    await at('2031-01-01T12:00:00Z');
    await mention('Mailed at once');
    await n.post(group, ada, PostKind.ANNOUNCEMENT, { title: 'For all' });
    const question = await n.post(group, ada, PostKind.QUESTION, { title: 'Read already' });
    expect(await mailed()).toHaveLength(1);
    const asked = (await n.inbox(ben)).find(({ postId }) => postId === question);
    await n.mark(ben, { notificationIds: [asked?.id ?? ''] });
    await at('2031-01-02T09:00:00Z');
    expect(digests()[0]?.subject).toBe('Your day on Parvis: 1 notification');
    expect(digests()[0]?.text).toContain('For all');
    expect(digests()[0]?.text).not.toMatch(/Mailed at once|Read already/);
    await at('2031-01-03T09:00:00Z');
    expect(digests()).toHaveLength(1);
  });

  it('missed while down goes out late, once', async () => {
    await cadence(ben, MailCadence.DAILY, 8);
    await at('2032-01-01T12:00:00Z');
    await mention('While down');
    await n.settled();
    await n.service.stop();
    n.clock.advance(3 * DAY_MS);
    await n.startAgain();
    await eventually(() => digests().length === 1, 'the late digest');
    await at('2032-01-05T12:00:00Z');
    expect(digests()).toHaveLength(1);
  });
});

describe('unsubscribing', () => {
  const tokenOf = (mail: Mail | undefined) =>
    decodeURIComponent(/token=([^>]+)>/.exec(mail?.headers?.['List-Unsubscribe'] ?? '')?.[1] ?? '');
  const unsubscribe = (token: string) => n.client.unsubscribe({ token }, n.anonymous());

  it('takes one click without signing in, as often as one likes', async () => {
    await mention();
    const [mail] = await mailed();
    expect(mail?.headers).toMatchObject({ 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' });
    await unsubscribe(tokenOf(mail));
    await unsubscribe(tokenOf(mail));
    await mention();
    expect(await mailed()).toHaveLength(1);
    await cadence(ben, MailCadence.AT_ONCE);
    await unsubscribe(tokenOf(mail));
    await n.settled();
    expect((await n.client.getPreferences({}, n.contextFor(ben))).cadence).toBe(MailCadence.OFF);
  });

  it('refuses forged, altered and expired tokens', async () => {
    await mention();
    const [mail] = await mailed();
    const token = tokenOf(mail);
    const forged = Buffer.from(JSON.stringify({ personId: ben, untilMs: Number.MAX_SAFE_INTEGER })).toString('base64url');
    const other = n.sealer.seal('cursor', { personId: ben, untilMs: Number.MAX_SAFE_INTEGER });
    for (const wrong of ['', 'x', forged, other, `${token.slice(0, -3)}AAA`]) {
      await expect(unsubscribe(wrong)).rejects.toMatchObject({ kind: 'invalid' });
    }
    n.clock.advance(UNSUBSCRIBE_DAYS * DAY_MS);
    await expect(unsubscribe(token)).rejects.toMatchObject({ kind: 'invalid' });
  });
});

describe('erasure', () => {
  it('leaves nothing of the person in state, and no mail on its way', async () => {
    let open = false;
    await begin((ports) => ({
      ...ports,
      mailer: { ...ports.mailer, send: (mail) => (open ? ports.mailer.send(mail) : Promise.reject(unavailable('smtp.down', 'down'))) },
    }));
    await mention();
    await mailed();
    const { notifications, watermark } = await n.list(ben);
    await n.mark(ben, { notificationIds: [notifications[0]?.id ?? ''] });
    await n.mark(ben, { watermark });
    await n.emit('identity', `person/${ben}`, [
      { $case: 'personErased', value: PersonErased.fromPartial({ by: ada, contributions: true }) },
    ]);
    await n.vault.destroy({ personId: ben, kind: 'who' });
    await n.settled();
    const store = await state();
    for (const name of [...Object.values(MAIL_TABLES), 'inboxWatermark', 'inboxReadUntil', 'inboxRead', 'groupWatermark']) {
      expect(await store.table(name).range(`${ben}/`, { limit: 10 })).toEqual([]);
    }
    open = true;
    n.clock.advance(DAY_MS);
    await mailed();
    expect(n.mails.filter(({ to }) => to === 'ben@example.org')).toEqual([]);
  });
});
