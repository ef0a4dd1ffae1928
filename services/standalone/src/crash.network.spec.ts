/** The whole network is killed again and again under load: what it acknowledged is there once, everywhere, and it is back at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { must } from './testing/erasureStory.ts';
import { freePort } from './testing/freePort.ts';
import {
  type Answer,
  type Caller,
  callerOf,
  passwordToken,
  startTestNetwork,
  TEST_DOMAIN,
  type TestNetwork,
} from './testing/testNetwork.ts';
import { verifyDataFolder } from './verify.ts';

const KILLS = process.env.PARVIS_TEST_SIZE === 'full' ? 50 : 20;
/** Acknowledged commands between two kills, from which on the next kill falls. */
const COMMANDS_PER_ROUND = 12;
const WRITERS = 4;
const READY_LIMIT_MS = 15_000;
const EMAILS = ['ada', 'bob'].map((name) => `${name}@${TEST_DOMAIN}`);

type Kind = 'group' | 'post' | 'comment' | 'reaction';

interface Command {
  readonly key: string;
  readonly kind: Kind;
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: Record<string, unknown>;
  /** Word of its text, found by search. */
  readonly word: string;
  /** Set when it was acknowledged. */
  id?: string;
  version?: number;
}

let folder: string;
let dataFolder: string;
let port: number;
let address: string;
let child: ChildProcess | undefined;
let audited: TestNetwork | undefined;
let callers: Caller[];
const acknowledged: Command[] = [];
/** Sent, and never answered. */
const open: Command[] = [];
const starts: number[] = [];
let nth = 0;
/** Where both people are, from before. */
let sharedGroup: string;

const startChild = async (): Promise<void> => {
  const beganMs = performance.now();
  const script = join(import.meta.dirname, 'testing/crashNetwork.ts');
  const started = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, dataFolder, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the network was not back in time')), READY_LIMIT_MS);
    started.once('exit', (code) => reject(new Error(`the network ended by itself: ${code}`)));
    started.stdout?.once('data', () => {
      clearTimeout(late);
      started.removeAllListeners('exit');
      resolve();
    });
  });
  starts.push(performance.now() - beganMs);
};

const kill = async (): Promise<void> => {
  const killed = child as ChildProcess;
  child = undefined;
  const gone = new Promise((resolve) => killed.once('exit', resolve));
  killed.kill('SIGKILL');
  await gone;
};

const some = (kind: Kind): Command | undefined => {
  const known = acknowledged.filter((command) => command.kind === kind);
  return known[Math.floor(Math.random() * known.length)];
};

/** One of the commands that people give, on something that is there. */
const nextCommand = (): Command => {
  const number = nth++;
  const word = `wort${number}x`;
  const key = `crash-${number}`;
  const post = some('post');
  if (number % 20 === 0) {
    const body = { name: `Group ${word}`, privacy: 'open', admitsPartners: false, language: 'en' };
    return { key, kind: 'group', method: 'POST', path: '/groups', body, word };
  }
  if (post === undefined || number % 3 === 0) {
    return { key, kind: 'post', method: 'POST', path: `/groups/${sharedGroup}/posts`, body: { title: word, body: `A post ${word}` }, word };
  }
  if (number % 3 === 1)
    return { key, kind: 'comment', method: 'POST', path: `/posts/${post.id}/comments`, body: { body: `A comment ${word}` }, word };
  return { key, kind: 'reaction', method: 'PUT', path: `/posts/${post.id}/reactions/mine`, body: { kind: 'like' }, word };
};

const send = (caller: Caller, { method, path, body, key }: Command): Promise<Answer> =>
  caller.request(method, path, { body, headers: { 'idempotency-key': key } });

/** Whose command it is: the same person repeats it. */
const ownerOf = ({ key }: Command): Caller => callers[Number(key.slice('crash-'.length)) % callers.length] as Caller;

const write = async (until: () => boolean): Promise<void> => {
  while (!until()) {
    const command = nextCommand();
    try {
      const { body } = must(await send(ownerOf(command), command), [200, 201]);
      acknowledged.push(Object.assign(command, { id: body.id, version: body.version }));
    } catch (error) {
      open.push(command);
      // The process died under it; anything else the network answered is a failure.
      if (child !== undefined) throw error;
      return;
    }
  }
};

const round = async (): Promise<void> => {
  const goal = acknowledged.length + COMMANDS_PER_ROUND;
  let killed: Promise<void> | undefined;
  const over = (): boolean => {
    if (acknowledged.length >= goal) killed ??= kill();
    return killed !== undefined;
  };
  await Promise.all(Array.from({ length: WRITERS }, () => write(over)));
  await killed;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parvis-crash-'));
  dataFolder = join(folder, 'network');
  port = await freePort();
  address = `http://localhost:${port}`;
  const prepared = await startTestNetwork({ dataFolder, port });
  const [ada, bob] = (await Promise.all(EMAILS.map((email) => prepared.signIn(email)))) as [Caller, Caller];
  await prepared.settled();
  const shared = { name: 'Shared', privacy: 'open', admitsPartners: false, language: 'en' };
  sharedGroup = must(await ada.post('/groups', shared)).body.id;
  await prepared.settled();
  must(await bob.post(`/groups/${sharedGroup}/members`));
  await prepared.settled();
  await prepared.close();
}, 60_000);
afterAll(async () => {
  if (child !== undefined) await kill();
  await audited?.close();
  await rm(folder, { recursive: true, force: true });
});

it(
  `keeps every acknowledged command through ${KILLS} kills, once`,
  async () => {
    for (let killing = 0; killing < KILLS; killing++) {
      await startChild();
      callers = await Promise.all(EMAILS.map(async (email) => callerOf(address, await passwordToken(address, email))));
      await round();
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS * COMMANDS_PER_ROUND);
  },
  KILLS * 20_000,
);

it('is back in seconds after each', () => {
  process.stdout.write(`started ${starts.length} times, the slowest in ${Math.round(Math.max(...starts))} ms\n`);
  expect(Math.max(...starts)).toBeLessThan(READY_LIMIT_MS);
});

it('is found sound', async () => {
  const findings: string[] = [];
  await verifyDataFolder({ dataFolder, print: (line) => findings.push(line) });
  expect(findings).toEqual([]);
}, 60_000);

it('answers every repeat as it did, and does once what nobody knows to be done', async () => {
  audited = await startTestNetwork({ dataFolder, port });
  callers = await Promise.all(EMAILS.map((email) => (audited as TestNetwork).signIn(email)));
  await audited.settled();
  const heads = async () =>
    JSON.stringify(await Promise.all(Object.values((audited as TestNetwork).network.stores.logs).map((log) => log.heads())));
  const before = await heads();
  for (const command of acknowledged) {
    const { body } = must(await send(ownerOf(command), command), [200, 201]);
    expect([command.key, body.id]).toEqual([command.key, command.id]);
  }
  expect(await heads()).toBe(before);
  for (const command of open.splice(0)) {
    const { body } = must(await send(ownerOf(command), command), [200, 201]);
    acknowledged.push(Object.assign(command, { id: body.id, version: body.version }));
  }
  await audited.settled();
}, 120_000);

const all = async (caller: Caller, path: string): Promise<{ id: string }[]> => {
  const items: { id: string }[] = [];
  for (let cursor = ''; ; ) {
    const { body } = must(await caller.get(`${path}${path.includes('?') ? '&' : '?'}limit=50${cursor === '' ? '' : `&cursor=${cursor}`}`));
    items.push(...body.items);
    if (!body.nextCursor) return items;
    cursor = body.nextCursor;
  }
};

const idsOf = (kind: Kind): string[] => acknowledged.filter((command) => command.kind === kind).map(({ id }) => id as string);
const sorted = (ids: readonly string[]): string[] => [...ids].sort();

it('shows each of them once: groups, posts, threads, reactions', async () => {
  const [reader] = callers as [Caller];
  const groups = await all(reader, '/groups');
  expect(sorted(groups.map(({ id }) => id))).toEqual(sorted([sharedGroup, ...idsOf('group')]));
  const posts = await all(reader, `/groups/${sharedGroup}/posts`);
  expect(sorted(posts.map(({ id }) => id))).toEqual(sorted(idsOf('post')));
  const comments = (await Promise.all(idsOf('post').map((id) => all(reader, `/posts/${id}/comments`)))).flat();
  expect(sorted(comments.map(({ id }) => id))).toEqual(sorted(idsOf('comment')));
  for (const id of idsOf('post')) {
    const reactors = new Set(
      acknowledged
        .filter(({ kind, path }) => kind === 'reaction' && path.startsWith(`/posts/${id}/`))
        .map((command) => ownerOf(command).token),
    );
    const { reactions } = must(await reader.get(`/posts/${id}`)).body;
    expect([id, JSON.stringify(reactions).match(/"count":(\d+)/)?.[1] ?? '0']).toEqual([id, String(reactors.size)]);
  }
}, 120_000);

it('finds each by its word, once, and tells authors of comments once', async () => {
  const [reader] = callers as [Caller];
  for (const { kind, word, id } of acknowledged.filter(({ kind }) => kind === 'post' || kind === 'comment').slice(-60)) {
    const { items } = must(await reader.get(`/search?q=${word}`)).body;
    expect([kind, word, items.length]).toEqual([kind, word, 1]);
    expect(JSON.stringify(items)).toContain(id);
  }
  const postOf = new Map(acknowledged.filter(({ kind }) => kind === 'post').map((post) => [post.id, post]));
  for (const caller of callers) {
    const entries = (await all(caller, '/notifications')).map((entry) => JSON.stringify(entry));
    const toldOf = acknowledged.filter((command) => {
      const post = postOf.get(command.path.split('/')[2]);
      return command.kind === 'comment' && post !== undefined && ownerOf(post) === caller && ownerOf(command) !== caller;
    });
    expect(toldOf.length).toBeGreaterThan(0);
    for (const { id } of toldOf) expect([id, entries.filter((entry) => entry.includes(`"${id}"`)).length]).toEqual([id, 1]);
  }
}, 120_000);
