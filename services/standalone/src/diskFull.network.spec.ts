/** The disk fills up under a network that runs: nothing is acknowledged that was not kept, reads go on, and it recovers by itself. */
import { writeFileSync } from 'node:fs';
import { readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeUnless } from '@parvis/kit/testing/describeUnless.ts';
import { until } from '@parvis/kit/testing/eventually.ts';
import { missingSmallDisk, mountSmallDisk, type SmallDisk } from '@parvis/kit/testing/smallDisk.ts';
import { backupFolder } from './safety/backup.ts';
import { must } from './testing/erasureStory.ts';
import { type Caller, startTestNetwork, TEST_DOMAIN, type TestNetwork } from './testing/testNetwork.ts';
import { verifyDataFolder } from './verify.ts';

const MEGABYTES = 64;
const BODY = 'full '.repeat(4_000);
const MOST_POSTS = 2_000;

describeUnless(missingSmallDisk(), 'a disk without space', () => {
  let disk: SmallDisk;
  let network: TestNetwork;
  let author: Caller;
  let groupId: string;
  const kept: string[] = [];
  const ballast = () => join(disk.folder, 'ballast');

  const publish = () => author.post(`/groups/${groupId}/posts`, { body: BODY });

  beforeAll(async () => {
    disk = mountSmallDisk(MEGABYTES);
    network = await startTestNetwork({ dataFolder: join(disk.folder, 'network') });
    author = await network.signIn(`ada@${TEST_DOMAIN}`);
    groupId = must(await author.post('/groups', { name: 'G', privacy: 'open', admitsPartners: false, language: 'en' })).body.id;
    await network.settled();
  }, 60_000);
  afterAll(async () => {
    await network?.close();
    disk?.remove();
  });

  it('refuses a backup in words and leaves nothing of it', async () => {
    const { bavail, bsize } = await statfs(disk.folder);
    writeFileSync(ballast(), Buffer.alloc(Math.max(0, bavail * bsize - 16 * 1024)));
    const backup = backupFolder({ dataFolder: network.dataFolder, to: join(disk.folder, 'b.tar'), now: () => new Date() });
    await expect(backup)
      .rejects.toThrow(/no space left/)
      .finally(() => rm(ballast()));
    expect((await readdir(disk.folder)).sort()).toEqual(['network', 'network.erased']);
  });

  it('answers writes 507 and goes on reading', async () => {
    const { bavail, bsize } = await statfs(disk.folder);
    writeFileSync(ballast(), Buffer.alloc(Math.max(0, bavail * bsize - 3 * 1024 * 1024)));
    let status = 201;
    for (let nth = 0; nth < MOST_POSTS && status === 201; nth++) {
      const answer = await publish();
      status = answer.status;
      if (status === 201) kept.push(answer.body.id);
    }
    expect(status).toBe(507);
    expect(kept.length).toBeGreaterThan(0);
    for (let nth = 0; nth < 5; nth++) expect((await publish()).status).toBe(507);
    expect((await author.get(`/posts/${kept[0]}`)).status).toBe(200);
    expect((await author.get('/me')).status).toBe(200);
    expect((await author.get(`/groups/${groupId}/posts`)).status).toBe(200);
  }, 60_000);

  it('writes again without a restart when there is space, and has kept what it acknowledged and nothing else', async () => {
    await rm(ballast());
    await until(async () => {
      const { status, body } = await publish();
      if (status === 201) kept.push(body.id);
      return status === 201;
    }, 'a write after space came back');
    await network.settled();
    const { items } = must(await author.get(`/groups/${groupId}/posts?limit=100`)).body;
    const shown = items.map(({ id }: { id: string }) => id);
    const inLog = new Set<string>();
    for (const [lane, head] of (await network.network.stores.logs.post.heads()).entries()) {
      if (head === 0) continue;
      for (const { stream, type } of await network.network.stores.logs.post.readLane(lane, { after: 0, limit: 10_000 })) {
        if (type === 'parvis.post.v1.PostPublished') inLog.add(stream.replace('group/', '').replace('/post/', '.'));
      }
    }
    expect([...inLog].sort()).toEqual([...kept].sort());
    expect(shown.every((id: string) => inLog.has(id))).toBe(true);
    const findings: string[] = [];
    await verifyDataFolder({ dataFolder: network.dataFolder, print: (line) => findings.push(line) });
    expect(findings).toEqual([]);
  }, 60_000);
});
