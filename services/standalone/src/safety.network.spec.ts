/** Import, verify, backup, restore and migrate of a whole network, while it works. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateNetwork, sizeForLines } from '@parvis/bench/src/generateNetwork.ts';
import { openSqliteLogReader } from '@parvis/kit/adapters/sqlite/log/reader.ts';
import type { RecordedEvent } from '@parvis/kit/ports/eventLog.ts';
import { type ImportLine, importLine } from './import/importFormat.ts';
import { backupFolder, keysArchiveOf } from './safety/backup.ts';
import { erasedFileOf } from './safety/erasedList.ts';
import { migrateFolder } from './safety/migrate.ts';
import { restoreFolder } from './safety/restore.ts';
import { eventsOf } from './safety/verifyKeys.ts';
import { LOG_SERVICES } from './stores.ts';
import { must } from './testing/erasureStory.ts';
import { type Caller, startTestNetwork, TEST_NETWORK_KEY, type TestNetwork } from './testing/testNetwork.ts';
import { verifyDataFolder } from './verify.ts';

const LINES = process.env.PARVIS_TEST_SIZE === 'full' ? 50_000 : 5_000;
const LONG_MS = process.env.PARVIS_TEST_SIZE === 'full' ? 600_000 : 110_000;

let folder: string;
let network: TestNetwork;
let lines: ImportLine[];
const opened: TestNetwork[] = [];

const start = async (dataFolder: string): Promise<TestNetwork> => {
  const started = await startTestNetwork({ dataFolder });
  opened.push(started);
  return started;
};

const verified = async (dataFolder: string) => {
  const findings: string[] = [];
  const { events } = await verifyDataFolder({ dataFolder, print: (line) => findings.push(line) });
  return { findings, events };
};

const headsOf = async (from: TestNetwork) => Promise.all(LOG_SERVICES.map((source) => from.network.stores.logs[source].heads()));

/** What people see, without what is sealed anew for every answer. */
const answersOf = async (from: TestNetwork) => {
  const reader = await from.signIn('u0@generated.example');
  const items = async (path: string) => must(await reader.get(path)).body.items;
  const groups = await items('/groups?limit=20');
  const withPosts = groups.slice(0, 5).map(({ id }: { id: string }) => id);
  return {
    groups,
    posts: await Promise.all(withPosts.map((id: string) => items(`/groups/${id}/posts`))),
    members: await Promise.all(withPosts.map((id: string) => items(`/groups/${id}/members`))),
    feed: await items('/feed'),
    people: await items('/people'),
    found: await items('/search?q=prototype'),
    inbox: await items('/notifications'),
  };
};

const told = ({ stream, version, type, data, at, lane, position }: RecordedEvent): string =>
  [lane, position, stream, version, type, Buffer.from(data).toString('base64'), at.getTime()].join(' ');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parvis-safety-'));
  lines = [...generateNetwork(sizeForLines(LINES))].map((line) => importLine.parse(line));
  network = await start(join(folder, 'network'));
  await network.seed(lines);
  await network.settled();
}, LONG_MS);
afterAll(async () => {
  for (const one of opened) await one.close();
  await rm(folder, { recursive: true, force: true });
});

describe('an imported network', () => {
  it(
    'is not changed by importing it again',
    async () => {
      const answers = await answersOf(network);
      const heads = await headsOf(network);
      await network.seed(lines);
      await network.settled();
      expect(await headsOf(network)).toEqual(heads);
      expect(await answersOf(network)).toEqual(answers);
    },
    LONG_MS,
  );

  it(
    'is verified while it runs',
    async () => {
      const { findings, events } = await verified(network.dataFolder);
      expect(findings).toEqual([]);
      expect(events).toBeGreaterThan(LINES);
    },
    LONG_MS,
  );
});

describe('a backup made while people write', () => {
  let busy: Promise<void>;
  let writes = 0;
  let stopped = false;
  const backup = () => join(folder, 'backup.tar');
  const write = async (author: Caller, groupId: string): Promise<void> => {
    while (!stopped) {
      must(await author.post(`/groups/${groupId}/posts`, { body: `written beside the backup ${writes}` }));
      writes += 1;
    }
  };

  beforeAll(async () => {
    const author = await network.signIn('u0@generated.example');
    const groupId = must(await author.post('/groups', { name: 'Beside', privacy: 'open', admitsPartners: false, language: 'en' })).body.id;
    await network.settled();
    busy = Promise.all([write(author, groupId), write(author, groupId)]).then(() => undefined);
    const report = await backupFolder({ dataFolder: network.dataFolder, to: backup(), now: () => new Date() });
    expect(report.events).toBeGreaterThan(LINES);
    stopped = true;
    await busy;
    await network.settled();
  }, LONG_MS);

  const restoreInto = (name: string, over: Partial<Parameters<typeof restoreFolder>[0]> = {}) =>
    restoreFolder({
      ...{ from: backup(), keys: undefined, erased: 'none', dataFolder: join(folder, name), networkKey: TEST_NETWORK_KEY },
      ...over,
    });

  it('saw the writes go on', () => {
    expect(writes).toBeGreaterThan(0);
  });

  it(
    'is restored into a network whose logs are a prefix of those it was made of',
    async () => {
      await restoreInto('restored');
      expect((await verified(join(folder, 'restored'))).findings).toEqual([]);
      for (const source of LOG_SERVICES) {
        const original = new Set<string>();
        for await (const event of eventsOf(network.dataFolder, source)) original.add(told(event));
        for await (const event of eventsOf(join(folder, 'restored'), source))
          if (!original.has(told(event))) throw new Error(`${source}: ${told(event)}`);
        const [before, after] = [network.dataFolder, join(folder, 'restored')].map((at) =>
          openSqliteLogReader({ source, folder: join(at, source) }),
        );
        expect((await after?.header())?.epoch).not.toBe((await before?.header())?.epoch);
        await before?.close();
        await after?.close();
      }
    },
    LONG_MS,
  );

  it(
    'answers as the original does, and appends nothing when it starts',
    async () => {
      const restored = await start(join(folder, 'restored'));
      const heads = await headsOf(restored);
      await restored.settled();
      expect(await headsOf(restored)).toEqual(heads);
      const { feed: _feed, ...answers } = await answersOf(restored);
      const { feed: _also, ...originals } = await answersOf(network);
      // The group that was written into meanwhile differs by what came after the cut.
      const ofOthers = (all: typeof answers) => ({
        ...all,
        groups: all.groups.filter(({ name }: { name: string }) => name !== 'Beside'),
        posts: [],
        members: [],
      });
      expect(ofOthers(answers)).toEqual(ofOthers(originals));
      expect((await verified(restored.dataFolder)).findings).toEqual([]);
    },
    LONG_MS,
  );

  it('is refused by a folder that is not empty, and when the list of who was erased is lost', async () => {
    await expect(restoreInto('restored')).rejects.toThrow(/not empty/);
    await expect(restoreInto('fresh', { erased: undefined })).rejects.toThrow(/--erased/);
  });

  it(
    'is refused with another network key or without its keys, and leaves nothing',
    async () => {
      await expect(restoreInto('fresh', { networkKey: new Uint8Array(32).fill(1) })).rejects.toThrow(/network key/);
      await expect(restoreInto('fresh', { keys: join(folder, 'nowhere.tar') })).rejects.toThrow(/is not there/);
      await expect(restoreInto('fresh', { keys: backup() })).rejects.toThrow(/archive of keys/);
    },
    LONG_MS,
  );

  it('never overwrites another', async () => {
    await expect(backupFolder({ dataFolder: network.dataFolder, to: backup(), now: () => new Date() })).rejects.toThrow(/is there already/);
  });

  it(
    'does not bring back who was erased since',
    async () => {
      await network.network.services.identity.bootstrap.registerFirstAdministrator({ email: 'u1@generated.example', profile: {} });
      await network.settled();
      const admin = await network.signIn('u1@generated.example');
      const { items } = must(await admin.get('/people?q=u99.generated')).body;
      const victim = items.find(({ handle }: { handle: string }) => handle === 'u99.generated');
      expect(victim.displayName).not.toBe('');
      must(await admin.post(`/people/${victim.id}/erasure`, { contributions: true }));
      await network.settled();
      await restoreInto('older', { erased: erasedFileOf(network.dataFolder) });
      const older = await start(join(folder, 'older'));
      await older.settled();
      const reader = await older.signIn('u0@generated.example');
      expect(must(await reader.get(`/people/${victim.id}`), [200, 404]).body.card?.displayName ?? '').toBe('');
      expect(JSON.stringify(must(await reader.get('/people?q=u99.generated')).body.items)).not.toContain(victim.id);
      const stream = await older.network.stores.logs.identity.readStream(`person/${victim.id}`);
      expect(stream.at(-1)?.type).toBe('parvis.identity.v1.PersonErased');
      expect((await verified(older.dataFolder)).findings).toEqual([]);
      await older.restart();
      expect(await older.network.stores.logs.identity.readStream(`person/${victim.id}`)).toHaveLength(stream.length);
    },
    LONG_MS,
  );
});

describe('a move into another store', () => {
  it(
    'is refused while the network runs; then keeps epoch, heads and answers',
    async () => {
      const target = join(folder, 'moved');
      await expect(migrateFolder({ dataFolder: network.dataFolder, to: `sqlite:${target}` })).rejects.toThrow(/already open/);
      const before = {
        answers: await answersOf(network),
        heads: await headsOf(network),
        header: await network.network.stores.logs.post.header(),
      };
      await network.network.stop();
      opened.splice(opened.indexOf(network), 1);
      await migrateFolder({ dataFolder: network.dataFolder, to: `sqlite:${target}` });
      expect((await verified(target)).findings).toEqual([]);
      await expect(migrateFolder({ dataFolder: network.dataFolder, to: `sqlite:${target}` })).rejects.toThrow(/not empty/);
      const moved = await start(target);
      await moved.settled();
      // Heads first: signing in at another address links an account of another provider.
      const heads = await headsOf(moved);
      const after = { answers: await answersOf(moved), heads, header: await moved.network.stores.logs.post.header() };
      expect(after).toEqual(before);
    },
    LONG_MS,
  );
});

describe('verify', () => {
  it(
    'names a key that is gone and a mark beyond its head',
    async () => {
      const target = join(folder, 'spoilt');
      await restoreSpoilt(target);
      const keys = new DatabaseSync(join(target, 'keys', 'keys.db'));
      keys.exec('DELETE FROM keys WHERE id = (SELECT min(id) FROM keys)');
      keys.close();
      const state = new DatabaseSync(join(target, 'post', 'state.db'));
      const first = "name = 'policyMarks' AND key = (SELECT min(key) FROM state WHERE name = 'policyMarks')";
      state.exec(`UPDATE state SET value = json_set(value, '$.position', 99999999) WHERE ${first}`);
      state.close();
      const { findings } = await verified(target);
      expect(findings).toHaveLength(2);
      expect(findings.join('\n')).toMatch(/its mark of \w+ lane \d+ is 99999999/);
      expect(findings.join('\n')).toMatch(/key of person \w+, which is not there/);
    },
    LONG_MS,
  );

  const restoreSpoilt = (dataFolder: string) =>
    restoreFolder({
      from: join(folder, 'backup.tar'),
      keys: keysArchiveOf(join(folder, 'backup.tar')),
      erased: 'none',
      dataFolder,
      networkKey: TEST_NETWORK_KEY,
    });
});
