import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import { createPostNetwork, type PostNetwork, refusal } from '../testing/postNetwork.ts';
import { CHUNK_BYTES } from './app/fileSeal.ts';
import type { FileSlip } from './app/fileSlips.ts';
import { DRAFT_LIFE_MS, SWEEP_EVERY_MS } from './app/fileSweeper.ts';
import { FILE_BYTES_LIMIT, FILE_NAME_LIMIT } from './app/uploadFile.ts';
import { ATTACHMENTS_LIMIT } from './domain/limits.ts';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const CANARY = 'canary-7f3a91';

let net: PostNetwork;
let ada: string;
let bob: string;
let outsider: string;
let group: string;

beforeAll(async () => {
  net = await createPostNetwork();
  const { network } = net;
  ada = await network.givenEmployee();
  bob = await network.givenEmployee();
  outsider = await network.givenEmployee();
  group = await network.givenGroup({ privacy: 'restricted', owners: [ada], members: [bob] });
  await network.settled();
});
afterAll(() => net.close());

const attached = async (content: Uint8Array = Buffer.from('text'), name = 'notes.txt') => {
  const file = await net.upload(ada, content, { name });
  return { file, postId: await net.publish(ada, group, { fileIds: [file.id] }) };
};

describe('uploading', () => {
  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 300_001])('keeps %d bytes as they were', async (size) => {
    const content = randomBytes(size);
    const file = await net.upload(ada, content, { chunk: 7_919 });
    expect(file).toMatchObject({ name: 'notes.txt', sizeBytes: size, authorId: ada });
    const back = await net.download(ada, file.id);
    expect(createHash('sha256').update(back.content).digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
    expect(back.file).toEqual(file);
  });

  it('takes the cap and not a byte more', async () => {
    const content = Buffer.alloc(FILE_BYTES_LIMIT);
    expect((await net.upload(ada, content, { chunk: 1_000_000 })).sizeBytes).toBe(FILE_BYTES_LIMIT);
    const more = net.upload(ada, Buffer.alloc(FILE_BYTES_LIMIT + 1), { chunk: 1_000_000 });
    expect(await refusal(more)).toMatchObject({ kind: 'too-large', code: 'file.too-large' });
  });

  it.each([
    ['picture.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 'application/octet-stream'],
    ['picture.svg', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', 'application/octet-stream'],
    ['photo.png', '<!DOCTYPE html><html><script>alert(1)</script></html>', 'application/octet-stream'],
    ['photo.png', 'just text', 'application/octet-stream'],
    ['page.html', PNG, 'image/png'],
    ['paper', '%PDF-1.7\n%âãÏÓ', 'application/pdf'],
    ['bundle.jpg', Buffer.from('504b0506000000000000000000000000000000000000', 'hex'), 'application/zip'],
  ])('finds the type of %s from its bytes', async (name, content, mediaType) => {
    expect((await net.upload(ada, Buffer.from(content as string), { name })).mediaType).toBe(mediaType);
  });

  it('takes only images as photo, group image and logo', async () => {
    for (const purpose of ['photo', 'image', 'logo']) {
      expect((await refusal(net.upload(ada, Buffer.from('<svg/>'), { purpose }))).kind).toBe('unsupported-type');
      expect((await net.upload(ada, PNG, { purpose })).mediaType).toBe('image/png');
    }
    expect((await refusal(net.upload(ada, PNG, { purpose: 'other' }))).message).toContain('purpose');
  });

  it('keeps the last part of a name and refuses misleading ones', async () => {
    expect((await net.upload(ada, PNG, { name: '../../etc/passwd' })).name).toBe('passwd');
    expect((await net.upload(ada, PNG, { name: 'C:\\files\\été.png' })).name).toBe('été.png');
    expect((await net.upload(ada, PNG, { name: 'n'.repeat(FILE_NAME_LIMIT) })).name).toHaveLength(FILE_NAME_LIMIT);
    for (const name of ['', ' ', '..', 'a/', 'a\u0000b', 'a\r\nb', 'a\u202egnp.exe', 'n'.repeat(FILE_NAME_LIMIT + 1)]) {
      expect((await refusal(net.upload(ada, PNG, { name }))).message).toContain('name');
    }
  });

  it('makes one file of one key, and refuses another content under it', async () => {
    const first = await net.upload(ada, Buffer.from('one'), { key: 'u1' });
    expect(await net.upload(ada, Buffer.from('one'), { key: 'u1' })).toEqual(first);
    expect((await refusal(net.upload(ada, Buffer.from('two'), { key: 'u1' }))).kind).toBe('unprocessable');
    expect((await net.upload(bob, Buffer.from('one'), { key: 'u1' })).id).not.toBe(first.id);
    expect(first.id).toMatch(/^[a-z2-7]{26}$/);
  });

  it('leaves neither content nor name readable in any store', async () => {
    const { file } = await attached(Buffer.from(`${CANARY} content `.repeat(1_000)), `${CANARY}.txt`);
    await net.network.settled();
    const blob: Uint8Array[] = [];
    for await (const chunk of await net.ports.blobs.get(file.id)) blob.push(chunk);
    expect(Buffer.concat(blob).includes(CANARY)).toBe(false);
    const found: string[] = [];
    for (const entry of await readdir(net.network.folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      if ((await readFile(path)).includes(CANARY)) found.push(path);
    }
    expect(found).toEqual([]);
    expect((await net.download(bob, file.id)).file.name).toBe(`${CANARY}.txt`);
  });
});

describe('attaching', () => {
  it('takes only files that are mine and hang nowhere, and says the same of all others', async () => {
    const { file } = await attached();
    const bobs = await net.upload(bob, Buffer.from('x'));
    const photo = await net.upload(ada, PNG, { purpose: 'photo' });
    const tries = [file.id, bobs.id, photo.id, randomId(), 'nonsense'].map((id) => refusal(net.publish(ada, group, { fileIds: [id] })));
    expect(new Set((await Promise.all(tries)).map(({ message }) => message))).toEqual(
      new Set(['fileIds: expected files you uploaded and did not use yet']),
    );
    const mine = await net.upload(ada, Buffer.from('x'));
    expect((await refusal(net.publish(ada, group, { fileIds: [mine.id, mine.id] }))).message).toContain('each file once');
  });

  it('gives a file back when the command is refused', async () => {
    const file = await net.upload(ada, Buffer.from('x'));
    expect((await refusal(net.publish(ada, group, { fileIds: [file.id, randomId()] }))).kind).toBe('invalid');
    expect((await refusal(net.publish(ada, group, { kind: 2, title: '', fileIds: [file.id] }))).kind).toBe('invalid');
    await net.publish(ada, group, { fileIds: [file.id] });
  });

  it('gives one of two posts that want it at once', async () => {
    const file = await net.upload(ada, Buffer.from('x'));
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => net.publish(ada, group, { fileIds: [file.id] })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await net.download(bob, file.id)).content.toString()).toBe('x');
  });

  it('holds the number of files', async () => {
    const upload = () => net.upload(ada, Buffer.from('x'));
    const files = await Promise.all(Array.from({ length: ATTACHMENTS_LIMIT + 1 }, upload));
    const fileIds = files.map(({ id }) => id);
    expect((await refusal(net.publish(ada, group, { fileIds }))).message).toContain('at most 10 files');
    const id = await net.publish(ada, group, { fileIds: fileIds.slice(1), body: '' });
    expect((await net.post(bob, id)).attachments.map((file) => file.fileId)).toEqual(fileIds.slice(1));
  });

  it('changes with an edit: what is dropped is gone', async () => {
    const { file: one, postId } = await attached();
    const two = await net.upload(ada, Buffer.from('two'));
    await net.run(ada, 'editPost', { postId, fileIds: [two.id, one.id], fileIdsSet: true });
    expect((await net.post(bob, postId)).attachments.map((file) => file.fileId)).toEqual([two.id, one.id]);
    await net.run(ada, 'editPost', { postId, body: 'more' });
    expect((await net.post(bob, postId)).attachments).toHaveLength(2);
    await net.run(ada, 'editPost', { postId, fileIds: [two.id], fileIdsSet: true });
    expect((await refusal(net.download(bob, one.id))).kind).toBe('not-found');
    expect((await refusal(net.run(ada, 'editPost', { postId, fileIds: [one.id], fileIdsSet: true }))).kind).toBe('invalid');
    await net.network.settled();
    expect(await net.ports.blobs.exists(one.id)).toBe(false);
    expect(await net.ports.blobs.exists(two.id)).toBe(true);
  });
});

describe('downloading', () => {
  it('gives a draft to its uploader alone', async () => {
    const file = await net.upload(ada, Buffer.from('draft'));
    expect((await net.download(ada, file.id)).content.toString()).toBe('draft');
    expect(await refusal(net.download(bob, file.id))).toEqual(await refusal(net.download(bob, randomId())));
  });

  it('follows the item it hangs on', async () => {
    const { file, postId } = await attached();
    const inComment = await net.upload(bob, Buffer.from('comment'));
    const { id: commentId } = await net.run(bob, 'addComment', { postId, body: '', fileIds: [inComment.id] });
    expect((await net.download(bob, file.id)).file).toMatchObject({ postId, commentId: '' });
    expect((await net.download(ada, inComment.id)).file).toMatchObject({ postId, commentId });
    expect((await refusal(net.download(outsider, file.id))).kind).toBe('not-found');
    const list = async () => {
      const { files } = await net.posts.listFiles({ groupId: group, cursor: '', limit: 100 }, net.as(bob));
      return files.map(({ id }) => id).filter((id) => id === file.id || id === inComment.id);
    };
    expect((await list()).sort()).toEqual([file.id, inComment.id].sort());
    await net.run(ada, 'hidePost', { postId, reason: 'r' });
    expect((await refusal(net.download(bob, file.id))).kind).toBe('not-found');
    expect((await refusal(net.download(bob, inComment.id))).kind).toBe('not-found');
    expect((await net.download(ada, file.id)).content.toString()).toBe('text');
    expect(await list()).toEqual([]);
    await net.run(ada, 'restorePost', { postId });
    await net.run(ada, 'deletePost', { postId });
    for (const person of [ada, bob]) expect((await refusal(net.download(person, file.id))).kind).toBe('not-found');
    expect((await net.download(ada, inComment.id)).content.toString()).toBe('comment');
    expect(await list()).toEqual([inComment.id]);
    await net.run(bob, 'deleteComment', { commentId });
    expect((await refusal(net.download(bob, inComment.id))).kind).toBe('not-found');
    await net.network.settled();
    expect(await net.ports.blobs.exists(file.id)).toBe(false);
    expect(await net.ports.blobs.exists(inComment.id)).toBe(false);
  });

  it('pages through the files of a group', async () => {
    const place = await net.network.givenGroup({ privacy: 'open', owners: [ada] });
    await net.network.settled();
    const names: string[] = [];
    for (let nth = 0; nth < 3; nth++) {
      const files = await Promise.all(['a', 'b'].map((letter) => net.upload(ada, Buffer.from('x'), { name: `${nth}${letter}` })));
      await net.publish(ada, place, { fileIds: files.map(({ id }) => id) });
      names.push(...files.map(({ name }) => name));
    }
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await net.posts.listFiles({ groupId: place, cursor, limit: 4 }, net.as(bob));
      seen.push(...page.files.map(({ name }) => name));
      if (page.nextCursor === '') break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([...names].reverse());
  });

  it('binds a file to the item that carries it, whatever its slip says', async () => {
    const { file: one, postId } = await attached();
    const { file: two, postId: other } = await attached();
    const mine = await net.publish(bob, group);
    const slips = net.ports.state.table<FileSlip>('files');
    const slip = (await slips.get(one.id)) as FileSlip;
    for (const target of [other, mine, `${postId}.aaaa`, `${group}.aaaa`, group, bob, '', 'network']) {
      await slips.put(one.id, { ...slip, target });
      expect([target, (await refusal(net.download(bob, one.id))).kind]).toEqual([target, 'not-found']);
    }
    await slips.put(one.id, slip);
    await net.download(bob, one.id);
    await net.download(bob, two.id);
  });

  it('refuses bytes that were tampered with', async () => {
    const { file } = await attached(randomBytes(2 * CHUNK_BYTES + 5));
    const { file: other } = await attached(randomBytes(2 * CHUNK_BYTES + 5));
    const { blobs } = net.ports;
    const parts: Uint8Array[] = [];
    for await (const part of await blobs.get(file.id)) parts.push(part);
    const sealed = Buffer.concat(parts);
    const put = (bytes: Uint8Array) =>
      blobs.put(
        file.id,
        (async function* () {
          yield bytes;
        })(),
      );
    const chunk = CHUNK_BYTES + 16;
    const swapped = Buffer.concat([
      sealed.subarray(0, 17),
      sealed.subarray(17 + chunk, 17 + 2 * chunk),
      sealed.subarray(17, 17 + chunk),
      sealed.subarray(17 + 2 * chunk),
    ]);
    const flipped = Buffer.from(sealed);
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    for (const bytes of [
      flipped,
      swapped,
      sealed.subarray(0, 17 + 2 * chunk),
      sealed.subarray(0, 17 + chunk),
      sealed.subarray(0, 10),
      Buffer.alloc(0),
    ]) {
      await put(bytes);
      expect((await refusal(net.download(bob, file.id))).code).toBe('file.damaged');
    }
    for await (const part of await blobs.get(other.id)) await put(part);
    expect((await refusal(net.download(bob, file.id))).code).toBe('file.damaged');
    await put(sealed);
    await net.download(bob, file.id);
  });
});

describe('photos, images and the logo', () => {
  it('are drafts until they are used, then follow what uses them', async () => {
    const { network } = net;
    const image = await net.upload(ada, PNG, { purpose: 'image' });
    const foreign = await net.upload(bob, PNG, { purpose: 'image' });
    expect((await refusal(net.download(bob, image.id))).kind).toBe('not-found');
    const use = (imageFileId: string) =>
      network.emit('group', `group/${group}`, [{ $case: 'groupChanged', value: { imageFileId, by: ada } }]);
    await use(image.id);
    await network.settled();
    expect((await net.download(outsider, image.id)).content).toEqual(PNG);
    await use(foreign.id);
    await network.settled();
    expect((await refusal(net.download(ada, foreign.id))).kind).toBe('not-found');
    expect(await net.ports.blobs.exists(image.id)).toBe(false);

    const hidden = await network.givenGroup({ privacy: 'hidden', owners: [ada] });
    const secret = await net.upload(ada, PNG, { purpose: 'image' });
    await network.emit('group', `group/${hidden}`, [{ $case: 'groupChanged', value: { imageFileId: secret.id, by: ada } }]);
    await network.settled();
    expect((await refusal(net.download(bob, secret.id))).kind).toBe('not-found');
    expect((await net.download(ada, secret.id)).content).toEqual(PNG);

    const photo = await net.upload(ada, PNG, { purpose: 'photo' });
    await network.emit('identity', `person/${ada}`, [
      { $case: 'personProfileChanged', value: { by: ada, profile: { photoFileId: photo.id, languages: [] } } },
    ]);
    const logo = await net.upload(ada, PNG, { purpose: 'logo' });
    await network.emit('identity', `organisation/${network.hostId}`, [
      { $case: 'networkSettingsChanged', value: { logoFileId: logo.id, by: ada } },
    ]);
    await network.settled();
    expect((await net.download(outsider, photo.id)).content).toEqual(PNG);
    expect((await net.download(outsider, logo.id)).content).toEqual(PNG);
    const partner = await network.givenPartner({ organisationId: await network.givenOrganisation({ sponsorId: ada }), sponsorId: ada });
    await network.settled();
    expect((await refusal(net.download(partner, photo.id))).kind).toBe('not-found');
    expect((await net.download(partner, logo.id)).content).toEqual(PNG);
  });
});

describe('what nothing uses', () => {
  it('is swept a day later, and nothing else is', async () => {
    const draft = await net.upload(ada, Buffer.from('draft'));
    const { file } = await attached();
    const { clock } = net.network;
    clock.advance(DRAFT_LIFE_MS - 2 * SWEEP_EVERY_MS);
    await net.service.stop();
    expect(await net.ports.blobs.exists(draft.id)).toBe(true);
    await net.service.start();
    clock.advance(4 * SWEEP_EVERY_MS);
    await net.service.stop();
    expect(await net.ports.blobs.exists(draft.id)).toBe(false);
    expect(await net.ports.blobs.exists(file.id)).toBe(true);
    await net.service.start();
    expect((await net.download(bob, file.id)).content.toString()).toBe('text');
    expect((await refusal(net.download(ada, draft.id))).kind).toBe('not-found');
  });
});
