/** Nothing depends on being in one process: six processes over gRPC do the main job, and each may die. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventFeedServiceService, StatusServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { GroupServiceService } from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import { AccountServiceService } from '@parvis/contracts/gen/parvis/identity/v1/accounts.ts';
import { IdentityServiceService, KeyServiceService } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { NotificationServiceService } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import { PostServiceService } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { SearchServiceService } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import { callContext } from '@parvis/kit/runtime/callContext.ts';
import { type GrpcChannel, openGrpcChannel } from '@parvis/kit/runtime/grpcClient.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import { createSealer } from '@parvis/kit/runtime/sealer.ts';
import { createServiceIdentity, SERVICE_IDENTITY_PURPOSE, type ServiceIdentity } from '@parvis/kit/runtime/serviceIdentity.ts';
import { until } from '@parvis/kit/testing/eventually.ts';
import type { ImportLine, LineOf } from './import/importFormat.ts';
import { PROCESSES, type ProcessName, type ProcessNetwork, startProcessNetwork } from './testing/processNetwork.ts';
import { type Answer, type Caller, TEST_NETWORK_KEY } from './testing/testNetwork.ts';

/** What one process acknowledged shows in the others; the benchmark times it, this bounds it (revocation across processes: 5 s). */
const VISIBLE_MS = 5_000;
/** A backlog is drained after a restart. */
const DRAINED_MS = 30_000;
const SERVICES = PROCESSES.filter((name) => name !== 'gateway');

const person = (id: string, roles: LineOf<'person'>['roles'] = []): ImportLine => ({
  type: 'person',
  kind: 'employee',
  id,
  email: `${id}@host.example`,
  givenName: id,
  familyName: '',
  languages: undefined,
  roles,
});
const LINES: ImportLine[] = [
  person('claire'),
  person('bruno'),
  person('ada', ['administrator']),
  person('zoe'),
  { type: 'organisation', id: 'acme', name: 'Acme', domains: [], sponsor: 'claire' },
  {
    type: 'person',
    kind: 'partner',
    id: 'paul',
    email: 'paul@acme.example',
    givenName: 'paul',
    familyName: '',
    languages: undefined,
    organisation: 'acme',
    roles: [],
  },
];

let network: ProcessNetwork;
let claire: Caller;
let bruno: Caller;
let ada: Caller;
let paul: Caller;
const channels: GrpcChannel[] = [];

const idOf = async (caller: Caller): Promise<string> => (await caller.get('/me')).body.card.id;

const made = (answer: Answer): string => {
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}\n${network.logs()}`);
  return answer.body.id;
};

const shows = (what: string, look: () => Promise<boolean>, limitMs = VISIBLE_MS): Promise<void> =>
  until(look, what, limitMs).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}\n${network.logs()}`);
  });

const holdsPost = ({ body }: Answer, postId: string): boolean => (body.items as { id: string }[]).some(({ id }) => id === postId);
const finds = async (caller: Caller, word: string): Promise<boolean> =>
  JSON.stringify((await caller.get(`/search?q=${word}`)).body.items ?? []).includes(word);

const createGroup = async (): Promise<string> =>
  made(await claire.post('/groups', { name: `Group ${randomUUID()}`, privacy: 'restricted' }));

const invite = async (groupId: string, guest: Caller): Promise<void> => {
  made(await claire.post(`/groups/${groupId}/invitations`, { personId: await idOf(guest) }));
  // Each command waits for what its caller has seen; the guest has seen nothing yet.
  await shows('the invitation', async () => (await guest.post(`/groups/${groupId}/members`)).status < 300);
};

/** Reads the live stream until a tick names the text. */
const hears = async (caller: Caller, text: () => string, opened: () => void): Promise<void> => {
  const response = await fetch(`${network.address}/api/v1/live`, {
    headers: { authorization: `Bearer ${caller.token}` },
    signal: AbortSignal.timeout(4 * VISIBLE_MS),
  });
  expect(response.status).toBe(200);
  opened();
  let heard = '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    heard += Buffer.from(chunk).toString('utf8');
    if (heard.includes(text())) return;
  }
  throw new Error('the live stream ended');
};

beforeAll(async () => {
  const emails = ['claire', 'bruno', 'ada', 'zoe'].map((name) => `${name}@host.example`);
  network = await startProcessNetwork(LINES, [...emails, 'paul@acme.example']);
  [claire, bruno, ada] = [
    await network.signIn('claire@host.example'),
    await network.signIn('bruno@host.example'),
    await network.signIn('ada@host.example'),
  ];
  paul = await network.signIn('paul@acme.example');
}, 120_000);

afterAll(async () => {
  for (const channel of channels) channel.close();
  await network?.close();
});

describe('the main job over six processes', () => {
  it('shows a post with a mention in feed, inbox, search and live stream, and serves its file', async () => {
    const groupId = await createGroup();
    await invite(groupId, bruno);
    const form = new FormData();
    form.append('file', new Blob(['notes '.repeat(40_000)]), 'notes.txt');
    const fileId = made(await claire.request('POST', '/files', { body: form }));
    const word = `xylophone${Date.now()}`;
    let postId = 'not published yet';
    const { promise: open, resolve: opened } = Promise.withResolvers<void>();
    const heard = hears(bruno, () => postId, opened);
    await Promise.race([open, heard]);
    const body = `Hear @[person:${await idOf(bruno)}], a ${word}`;
    postId = made(await claire.post(`/groups/${groupId}/posts`, { kind: 'discussion', body, fileIds: [fileId] }));
    // Those who write read what they wrote, through another process than the one that acknowledged it.
    expect((await claire.get(`/posts/${postId}`)).body.body).toBe(body);
    await heard;
    await shows('the post in the feed', async () => holdsPost(await bruno.get('/feed'), postId));
    await shows('the mention in the inbox', async () => JSON.stringify((await bruno.get('/notifications')).body).includes(postId));
    await shows('the post in search', () => finds(bruno, word));
    const file = await bruno.get(`/files/${fileId}`);
    expect(file.status).toBe(200);
    expect(file.body).toHaveLength(240_000);
  });

  it('hides all of it from a partner, and from a member that was removed', async () => {
    const groupId = await createGroup();
    await invite(groupId, bruno);
    const word = `marimba${Date.now()}`;
    const postId = made(await claire.post(`/groups/${groupId}/posts`, { kind: 'discussion', body: `A ${word}` }));
    await shows('the post in search', () => finds(bruno, word));
    for (const path of [`/groups/${groupId}`, `/posts/${postId}`, `/groups/${groupId}/posts`, `/groups/${groupId}/members`]) {
      expect((await paul.get(path)).status).toBe(404);
    }
    expect(await finds(paul, word)).toBe(false);
    expect(holdsPost(await paul.get('/feed'), postId)).toBe(false);
    made(await claire.delete(`/groups/${groupId}/members/${await idOf(bruno)}`));
    await shows('the removal in post', async () => (await bruno.get(`/posts/${postId}`)).status === 404);
    await shows('the removal in search', async () => !(await finds(bruno, word)));
    await shows('the removal in the feed', async () => !holdsPost(await bruno.get('/feed'), postId));
  });

  it('takes the account of someone suspended in the process that holds accounts', async () => {
    const zoe = await idOf(await network.signIn('zoe@host.example'));
    made(await ada.put(`/people/${zoe}/suspension`, { reason: 'because' }));
    await shows('the end of the account', () =>
      network.signIn('zoe@host.example').then(
        () => false,
        () => true,
      ),
    );
  });
});

const identityOf = (service: string, key = TEST_NETWORK_KEY, nowMs?: () => number): ServiceIdentity =>
  createServiceIdentity(service, createSealer(key).derive(SERVICE_IDENTITY_PURPOSE), nowMs);

const channelTo = (target: ProcessName, identity: ServiceIdentity): GrpcChannel => {
  const channel = openGrpcChannel(`127.0.0.1:${network.ports[target]}`, { identity, service: target });
  channels.push(channel);
  return channel;
};

const askAs = (target: ProcessName, identity: ServiceIdentity): Promise<unknown> => {
  const context = callContext({ credential: { kind: 'service', service: identity.service } });
  if (target === 'gateway') {
    const account = { issuer: `${network.address}/realms/parvis`, subject: 'nobody' };
    return channelTo(target, identity)
      .client(AccountServiceService)
      .changeAccount({ ...account, change: 4 }, context);
  }
  return channelTo(target, identity).client(StatusServiceService).getStatus({}, context);
};

const PROPER: Record<ProcessName, string> = {
  identity: 'gateway',
  group: 'gateway',
  post: 'gateway',
  search: 'gateway',
  notification: 'gateway',
  gateway: 'identity',
};
const STRANGER: Record<ProcessName, string> = {
  identity: 'stranger',
  group: 'stranger',
  post: 'group',
  search: 'post',
  notification: 'search',
  gateway: 'post',
};

describe('every port asks who calls', () => {
  it.each([...PROCESSES])('%s answers the services that service.json lets in, and no other', async (target) => {
    const proper = PROPER[target];
    await askAs(target, identityOf(proper));
    const refused: [string, ServiceIdentity, string][] = [
      ['absent', { ...identityOf(proper), statementFor: async () => '' }, 'service-identity'],
      ['of another key', identityOf(proper, new Uint8Array(32).fill(8)), 'service-identity'],
      ['expired', identityOf(proper, TEST_NETWORK_KEY, () => Date.now() - 200_000), 'service-identity'],
      [
        'for another service',
        { ...identityOf(proper), statementFor: () => identityOf(proper).statementFor('elsewhere') },
        'service-identity',
      ],
      ['of a service that does not call it', identityOf(STRANGER[target]), 'service-not-allowed'],
    ];
    for (const [what, identity, code] of refused) {
      await expect(askAs(target, identity).catch((error: unknown) => ({ what, code: (error as { code?: string }).code }))).resolves.toEqual(
        {
          what,
          code,
        },
      );
    }
  });

  it('checks the person again behind a proper service, in each', async () => {
    const call: Record<(typeof SERVICES)[number], (channel: GrpcChannel, context: CallContext) => Promise<unknown>> = {
      identity: (channel, context) => channel.client(IdentityServiceService).getMe({}, context),
      group: (channel, context) =>
        channel
          .client(GroupServiceService)
          .listGroups({ scope: 'mine', query: '', includeArchived: false, cursor: '', limit: 10 }, context),
      post: (channel, context) => channel.client(PostServiceService).getPost({ postId: 'a.b' }, context),
      search: (channel, context) => channel.client(SearchServiceService).suggest({ prefix: 'a', limit: 5, types: [] }, context),
      notification: (channel, context) => channel.client(NotificationServiceService).getUnread({}, context),
    };
    for (const target of SERVICES) {
      const channel = channelTo(target, identityOf('gateway'));
      const ask = call[target];
      await expect(ask(channel, callContext())).rejects.toMatchObject({ kind: 'unauthenticated' });
      await expect(ask(channel, callContext({ credential: { kind: 'bearer', token: 'a.b.c' } }))).rejects.toMatchObject({
        kind: 'unauthenticated',
      });
      await expect(ask(channel, callContext({ credential: { kind: 'service', service: 'gateway' } }))).rejects.toMatchObject({
        kind: 'unauthenticated',
      });
    }
  });

  it('hands keys and events to services alone, and keys not to the edge', async () => {
    const channel = channelTo('identity', identityOf('gateway'));
    const bearer = callContext({ credential: { kind: 'bearer', token: claire.token } });
    await expect(channel.client(EventFeedServiceService).getHeads({}, bearer)).rejects.toMatchObject({ kind: 'unauthenticated' });
    const asGateway = callContext({ credential: { kind: 'service', service: 'gateway' } });
    await expect(channel.client(KeyServiceService).getKeys({ refs: [] }, asGateway)).rejects.toMatchObject({ code: 'service-not-allowed' });
  });
});

/** A light load: one post at a time, each repeated under its key until it is acknowledged. */
const writeSteadily = (groupId: string) => {
  const acknowledged = new Map<string, string>();
  let going = true;
  const attempt = async (title: string, key: string): Promise<string | undefined> => {
    const post = { kind: 'discussion', title, body: `About ${title}` };
    const answer = await claire.post(`/groups/${groupId}/posts`, post, { 'idempotency-key': key }).catch(() => undefined);
    return answer !== undefined && answer.status < 300 ? answer.body.id : undefined;
  };
  const running = (async () => {
    for (let index = 1; going; index += 1) {
      const title = `glockenspiel${index}`;
      const key = randomUUID();
      let id: string | undefined;
      for (let tries = 0; tries < 2_000 && id === undefined && (going || tries < 50); tries += 1) {
        id = await attempt(title, key);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      if (id !== undefined) acknowledged.set(id, title);
    }
  })();
  return {
    acknowledged,
    async stop() {
      going = false;
      await running;
    },
  };
};

const allPosts = async (groupId: string): Promise<{ id: string; title: string }[]> => {
  const posts: { id: string; title: string }[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await claire.get(`/groups/${groupId}/posts?limit=50${cursor === '' ? '' : `&cursor=${cursor}`}`);
    posts.push(...body.items);
    if (body.nextCursor === null) return posts;
    cursor = body.nextCursor;
  }
};

/** What still answers while a process is gone. */
const STILL: Record<ProcessName, string[]> = {
  identity: ['/feed', '/groups', '/unread'],
  group: ['/me', '/feed', '/unread'],
  post: ['/me', '/groups', '/unread'],
  search: ['/me', '/groups', '/feed', '/unread'],
  notification: ['/me', '/groups', '/feed'],
  gateway: [],
};

describe('each process may be killed', () => {
  it('goes on without it, loses nothing that was acknowledged, and catches up', async () => {
    const groupId = await createGroup();
    await invite(groupId, bruno);
    const load = writeSteadily(groupId);
    const before = { count: 0 };
    const slow: string[] = [];
    for (const victim of PROCESSES) {
      await shows('some writes', async () => load.acknowledged.size > before.count + 1, DRAINED_MS);
      await network.kill(victim);
      for (const path of STILL[victim]) {
        const startedMs = performance.now();
        const { status } = await claire.get(path);
        if (performance.now() - startedMs > VISIBLE_MS) slow.push(`${path} without ${victim}`);
        expect({ victim, path, status }).toEqual({ victim, path, status: 200 });
      }
      if (victim === 'gateway') for (const service of SERVICES) await askAs(service, identityOf('gateway'));
      network.start(victim);
      await network.ready();
      before.count = load.acknowledged.size;
    }
    await shows('writes after the last restart', async () => load.acknowledged.size > before.count, DRAINED_MS);
    await load.stop();
    expect(slow).toEqual([]);
    const posts = await allPosts(groupId);
    const titles = posts.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    const missing = [...load.acknowledged].filter(([id, title]) => !posts.some((post) => post.id === id && post.title === title));
    expect(missing).toEqual([]);
    const last = titles[0] as string;
    await shows('the last post in search', () => finds(bruno, last), DRAINED_MS);
    await shows('the last post in the feed', async () => holdsPost(await bruno.get('/feed'), posts[0]?.id as string), DRAINED_MS);
  }, 240_000);

  it('stops politely on SIGTERM', async () => {
    const { ended } = network.terminate('search');
    await expect(ended).resolves.toBe(0);
    network.start('search');
    await network.ready();
  }, 60_000);
});
