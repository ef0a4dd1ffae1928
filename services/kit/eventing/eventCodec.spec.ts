import { describe, expect, it } from '@jest/globals';
import { PersonKind, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { PostEvent, PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { NewEvent, RecordedEvent } from '../ports/eventLog.ts';
import { createMemoryKeys } from '../testing/memoryKeys.ts';
import type { EventCodec } from './codec.ts';
import { ERASED } from './decodedEvent.ts';
import { createEventCodec } from './eventCodec.ts';

const stream = 'group/g/post/p';
const published = (over: object = {}): AnyEvent => ({
  $case: 'postPublished',
  value: {
    authorId: 'anna',
    kind: PostKind.QUESTION,
    title: 'Where is the café?',
    body: 'Ask @[person:bob].',
    mentions: ['bob'],
    attachments: [
      { fileId: 'f1', name: 'plan.pdf', mediaType: 'application/pdf', sizeBytes: 10 },
      { fileId: 'f2', name: '', mediaType: 'image/png', sizeBytes: 20 },
    ],
    language: 'en',
    acknowledgementAsked: false,
    publishedAt: undefined,
    ...over,
  },
});
const registered: AnyEvent = {
  $case: 'personRegistered',
  value: {
    kind: PersonKind.EMPLOYEE,
    organisationId: 'acme',
    profile: { givenName: 'Anna', familyName: '', languages: [] },
    email: 'anna@acme.example',
    handle: 'anna',
    roles: [PersonRole.MEMBER],
    sponsorId: '',
    expiresAt: undefined,
    emailClaim: 'claim',
    handleClaim: 'claim',
  },
};

const record = (event: NewEvent, place: Partial<RecordedEvent> = {}): RecordedEvent => ({
  epoch: 'e',
  lane: 1,
  position: 1,
  stream,
  version: 1,
  at: new Date(0),
  commandId: 'c',
  actor: 'anna',
  traceparent: '',
  ...event,
  ...place,
});

const setup = async (event: AnyEvent = published(), on = stream) => {
  const keys = createMemoryKeys('anna', 'bob');
  const codec = createEventCodec({ keys });
  const [encoded] = (await codec.encode(on, [event])) as [NewEvent];
  return { keys, codec, encoded, recorded: record(encoded, { stream: on }) };
};

const sealedValue = (codec: EventCodec, recorded: RecordedEvent): AnyEvent['value'] => {
  const [decoded] = codec.keepSealed('post', [recorded]);
  if (!decoded?.event) throw new Error('the event was not decoded');
  return decoded.event.value;
};

describe('event codec', () => {
  it('writes no personal text, and reads it again', async () => {
    const { codec, encoded, recorded } = await setup();
    const bytes = Buffer.from(encoded.data).toString('latin1');
    for (const text of ['Where', 'caf', 'Ask', 'plan.pdf']) expect(bytes).not.toContain(text);
    expect(bytes).toContain('image/png');
    expect(encoded.type).toBe('parvis.post.v1.PostPublished');
    const [decoded] = await codec.open('post', [recorded]);
    expect(decoded).toMatchObject({ source: 'post', stream, version: 1, type: 'parvis.post.v1.PostPublished', event: published() });
  });

  it('leaves the event it was given as it was', async () => {
    const event = published();
    await setup(event);
    expect(event).toEqual(published());
  });

  it('seals nested fields with the keys of the person of the path, absent and empty ones not at all', async () => {
    const { codec, encoded, recorded } = await setup(registered, 'person/anna');
    const { profile, email, handle } = sealedValue(codec, recorded);
    expect([email, handle, profile.givenName]).toEqual(Array(3).fill(expect.stringMatching(/^s1:anna:w:[\w-]+$/)));
    expect(profile).toMatchObject({ familyName: '' });
    expect(profile.title).toBeUndefined();
    expect(Buffer.from(encoded.data).toString('latin1')).not.toContain('Anna');
    expect((await codec.open('identity', [recorded]))[0]?.event?.value).toMatchObject({
      email: 'anna@acme.example',
      profile: { givenName: 'Anna' },
    });
  });

  it('decrypts a field when it is first read, and only then', async () => {
    const { codec, recorded } = await setup();
    const [decoded] = await codec.open('post', [recorded]);
    const value = decoded?.event?.value;
    expect(Object.getOwnPropertyDescriptor(value, 'body')?.get).toBeDefined();
    expect(value.body).toBe('Ask @[person:bob].');
    expect(Object.getOwnPropertyDescriptor(value, 'body')).toMatchObject({ value: 'Ask @[person:bob].', enumerable: true, writable: true });
    expect(Object.getOwnPropertyDescriptor(value, 'title')?.get).toBeDefined();
    expect({ ...value }.title).toBe('Where is the café?');
  });

  it('asks for each key once per page, at most 500 at a time', async () => {
    const { codec, keys, recorded } = await setup();
    keys.asked.splice(0);
    await codec.open('post', [recorded, recorded, recorded]);
    expect(keys.asked).toEqual([[{ personId: 'anna', kind: 'contributions' }]]);
    const people = Array.from({ length: 501 }, (_, index) => `p${index}`);
    for (const person of people) keys.create(person);
    await codec.encode(
      stream,
      people.map((authorId) => published({ authorId })),
    );
    expect(keys.asked.slice(1).map((refs) => refs.length)).toEqual([500, 1]);
  });

  it('gives a marker for what was erased, and keeps the rest', async () => {
    const { codec, keys, recorded } = await setup();
    keys.destroy({ personId: 'anna', kind: 'contributions' });
    const [decoded] = await codec.open('post', [recorded]);
    expect(decoded?.event?.value).toMatchObject({
      authorId: 'anna',
      title: ERASED,
      body: ERASED,
      mentions: ['bob'],
      attachments: [{ name: ERASED }, { name: '' }],
    });
  });

  it('seals nothing with a destroyed key', async () => {
    const { codec, keys } = await setup();
    keys.destroy({ personId: 'anna', kind: 'contributions' });
    await expect(codec.encode(stream, [published()])).rejects.toMatchObject({ code: 'key-destroyed' });
    // Nothing in it is personal: no key is needed.
    expect(await codec.encode(stream, [{ $case: 'postClosed', value: { by: 'anna' } }])).toHaveLength(1);
  });

  it('asks twice for a key it does not know, then says to try again', async () => {
    const { codec, keys } = await setup();
    keys.asked.splice(0);
    await expect(codec.encode(stream, [published({ authorId: 'nobody' })])).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'key.unknown',
    });
    expect(keys.asked).toHaveLength(2);
    keys.create('late');
    expect(await codec.encode(stream, [published({ authorId: 'late' })])).toHaveLength(1);
  });

  it.each([
    ['another stream', { stream: 'group/g/post/other' }],
    ['another group', { stream: 'group/h/post/p' }],
  ])('does not open what was moved to %s', async (_name, place) => {
    const { codec, encoded } = await setup();
    const [moved] = await codec.open('post', [record(encoded, place)]);
    expect(() => moved?.event?.value.body).toThrow(expect.objectContaining({ kind: 'conflict', code: 'seal.broken' }));
  });

  it('does not open what was moved to another field, to another person, or altered', async () => {
    const { codec, recorded } = await setup();
    const { title, body } = sealedValue(codec, recorded);
    const open = (field: string, text: string) => codec.openTexts([{ stream, field, text }]);
    expect(await open('body', body)).toEqual(['Ask @[person:bob].']);
    const forged = [
      open('body', title),
      open('title', body),
      open('body', body.replace(':anna:', ':bob:')),
      open('body', body.replace(':c:', ':w:')),
    ];
    const last = body.at(-2) === 'A' ? 'B' : 'A';
    forged.push(open('body', `${body.slice(0, -2)}${last}${body.at(-1)}`), open('body', `${body.slice(0, 12)}AAAA`));
    for (const answer of forged) await expect(answer).rejects.toMatchObject({ code: 'seal.broken' });
  });

  it('opens sealed texts of rows in one go, and leaves others as they are', async () => {
    const { codec, keys, recorded } = await setup();
    const { title, attachments } = sealedValue(codec, recorded);
    keys.asked.splice(0);
    const texts = [
      { stream, field: 'title', text: title },
      { stream, field: 'title', text: 'plain, s1: too' },
      { stream, field: 'attachments.name', text: attachments[0].name },
      { stream, field: 'title', text: '' },
    ];
    expect(await codec.openTexts(texts)).toEqual(['Where is the café?', 'plain, s1: too', 'plan.pdf', '']);
    expect(keys.asked).toHaveLength(1);
    keys.destroy({ personId: 'anna', kind: 'contributions' });
    expect(await codec.openTexts(texts)).toEqual([ERASED, 'plain, s1: too', ERASED, '']);
  });

  it('seals a text that looks sealed like any other', async () => {
    const sly = 's1:bob:c:AAAA';
    const { codec, recorded } = await setup(published({ body: sly }));
    expect((await codec.open('post', [recorded]))[0]?.event?.value.body).toBe(sly);
  });

  it('knows no event of a type or case that a later release wrote', async () => {
    const { codec, encoded } = await setup();
    const ofLaterType = record({ type: 'parvis.post.v1.PostTranslated', data: encoded.data });
    // Field 99 of the union, which this release does not know.
    const ofLaterCase = record({ type: encoded.type, data: new Uint8Array([0x9a, 0x06, 0x00]) });
    const later = [ofLaterType, ofLaterCase];
    expect((await codec.open('post', later)).map(({ event }) => event)).toEqual([undefined, undefined]);
    expect(codec.keepSealed('post', later).map(({ event, type }) => [event, type])).toEqual([
      [undefined, 'parvis.post.v1.PostTranslated'],
      [undefined, encoded.type],
    ]);
  });

  it('reads an event written before its message had today’s fields', async () => {
    const { codec } = await setup();
    const old = PostEvent.encode(
      PostEvent.fromPartial({ event: { $case: 'postPublished', value: { authorId: 'anna', kind: PostKind.IDEA } } }),
    ).finish();
    const [decoded] = await codec.open('post', [record({ type: 'parvis.post.v1.PostPublished', data: old })]);
    expect(decoded?.event?.value).toMatchObject({ authorId: 'anna', kind: PostKind.IDEA, title: '', attachments: [] });
  });

  it('says where bytes lie that can not be read', async () => {
    const { codec } = await setup();
    const torn = record({ type: 'parvis.post.v1.PostPublished', data: new Uint8Array([0x0a, 0x7f, 1]) }, { lane: 3, position: 7 });
    expect(() => codec.keepSealed('post', [torn])).toThrow(
      expect.objectContaining({ code: 'event.undecodable', message: expect.stringContaining('lane 3, position 7') }),
    );
  });

  it('refuses an event that is not of its stream, and one that names nobody', async () => {
    const { codec } = await setup();
    await expect(codec.encode('group/g', [published()])).rejects.toThrow('postPublished is no event of the stream group/g');
    await expect(codec.encode(stream, [published({ authorId: '' })])).rejects.toThrow('names nobody');
  });
});
