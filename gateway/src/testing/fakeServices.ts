/** Services in memory behind the generated clients: enough behaviour to see what the gateway asks and what it makes of the answers. */
import { StatusServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { Group as GroupMessage, GroupServiceService } from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import * as identity from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { type LiveResponse, NotificationServiceService } from '@parvis/contracts/gen/parvis/notification/v1/service.ts';
import * as post from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { SearchServiceService } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import { directClient } from '@parvis/kit/runtime/directClient.ts';
import { forbidden, idempotencyMismatch, notFound, preconditionFailed, unauthenticated } from '@parvis/kit/runtime/errors.ts';
import type { CallContext, Client, Handlers, ServiceDefinition } from '@parvis/kit/runtime/rpc.ts';
import type { GatewayClients } from '../ports.ts';

/** What a service was asked, in order. */
export interface Asked {
  readonly method: string;
  readonly request: unknown;
  readonly context: CallContext;
}

/** A client over some handlers; any other method fails loudly. Every call is recorded. */
export const fakeClient = <D extends ServiceDefinition>(definition: D, handlers: Partial<Handlers<D>>, asked: Asked[]): Client<D> => {
  const all = Object.keys(definition).map((method) => {
    const handler = handlers[method] as ((request: unknown, context: CallContext) => unknown) | undefined;
    return [
      method,
      (request: unknown, context: CallContext) => {
        asked.push({ method, request, context });
        if (!handler) throw new Error(`the fake has no ${method}`);
        return handler(request, context);
      },
    ];
  });
  return directClient(definition, Object.fromEntries(all) as Handlers<D>);
};

/** People by the last part of their token: `token-anna` is anna. */
export const PEOPLE = {
  anna: { id: 'annaa', kind: 1, roles: [1] },
  bert: { id: 'berta', kind: 1, roles: [1] },
  root: { id: 'roota', kind: 1, roles: [3] },
} as const;
type Name = keyof typeof PEOPLE;

export const GROUP = 'groupa';
export const POST = 'groupa.posta';
export const UNKNOWN_POST = 'groupa.nothere';

const nameOf = (context: CallContext): Name => {
  if (context.credential.kind !== 'bearer') throw unauthenticated('token.missing', 'an access token is needed');
  const name = context.credential.token.split('-')[1] ?? '';
  if (!(name in PEOPLE)) throw unauthenticated('account.unknown', 'nobody signs in with this account');
  return name as Name;
};

const card = (name: string, id: string): identity.PersonCard =>
  identity.PersonCard.fromPartial({
    id,
    kind: 1,
    displayName: `${name} Doe`,
    handle: name,
    organisationId: 'hosta',
    organisationName: 'Host',
    status: 'active',
  });

export interface FakeServices {
  readonly clients: GatewayClients;
  readonly asked: Asked[];
  /** Names whose account identity does not know until they sign in. */
  readonly unlinked: Set<string>;
  /** Set: identity's cards fail, the live stream lets nobody in. */
  broken: { cards: boolean; live: boolean };
  /** Ends or feeds the live streams. */
  live: LiveSource;
}

/** Ticks that a test sends to every open live stream. */
export interface LiveSource {
  send(tick: Partial<LiveResponse>): void;
  open(): number;
}

const createLiveSource = (): LiveSource & { subscribe(signal: AbortSignal): AsyncGenerator<LiveResponse, void> } => {
  const readers = new Set<{ queue: LiveResponse[]; wake(): void }>();
  const empty: LiveResponse = {
    id: '',
    type: '',
    groupId: '',
    postId: '',
    commentId: '',
    actorId: '',
    notificationId: '',
    at: undefined,
    reason: '',
  };
  return {
    open: () => readers.size,
    send(tick) {
      for (const reader of readers) {
        reader.queue.push({ ...empty, ...tick });
        reader.wake();
      }
    },
    async *subscribe(signal) {
      const reader: { queue: LiveResponse[]; wake(): void } = { queue: [], wake: () => undefined };
      readers.add(reader);
      try {
        // As the service does: the first tick says that the caller was let in.
        yield { ...empty, type: 'heartbeat' };
        while (!signal.aborted) {
          const tick = reader.queue.shift();
          if (tick) yield tick;
          else {
            await new Promise<void>((resolve) => {
              reader.wake = resolve;
              signal.addEventListener('abort', () => resolve(), { once: true });
            });
          }
        }
      } finally {
        readers.delete(reader);
      }
    },
  };
};

const identityHandlers = (fake: Pick<FakeServices, 'unlinked' | 'broken'>): Partial<Handlers<typeof identity.IdentityServiceService>> => {
  const enter = (context: CallContext): Name => {
    const name = nameOf(context);
    if (fake.unlinked.has(name)) throw unauthenticated('account.unknown', 'nobody signs in with this account');
    return name;
  };
  const person = (name: Name): identity.Person =>
    identity.Person.fromPartial({
      card: card(name, PEOPLE[name].id),
      roles: [...PEOPLE[name].roles],
      version: 3,
      email: `${name}@host.example`,
    });
  return {
    async signIn(request, context) {
      const name = nameOf(context);
      if (request.invitationSecret === 'refusedSecret') throw forbidden('invitation.other-address', 'the invitation is for someone else');
      fake.unlinked.delete(name);
      return { personId: PEOPLE[name].id, token: `linked-${name}` };
    },
    getMe: async (_request, context) => ({ person: person(enter(context)) }),
    async getCards(request, context) {
      enter(context);
      if (fake.broken.cards) throw new Error('identity is away');
      const names = (Object.keys(PEOPLE) as Name[]).filter((name) => request.personIds.includes(PEOPLE[name].id));
      return { cards: names.map((name) => card(name, PEOPLE[name].id)) };
    },
    getNetworkSettings: async () => ({
      settings: identity.NetworkSettings.fromPartial({
        networkName: 'Host network',
        primaryColour: '#112233',
        defaultLanguage: 'fr',
        version: 2,
      }),
    }),
    async previewInvitation({ secret }) {
      if (secret !== 'aGoodSecret') throw notFound('the invitation');
      const invitation = identity.Invitation.fromPartial({ id: 'p.i', state: 'open', givenName: 'Paul', groupIds: [GROUP] });
      return { invitation, organisationName: 'Acme', sponsorName: 'Anna Doe', networkName: 'Host network' };
    },
    exportMyIdentity: async (_request, context) => ({ document: Buffer.from(JSON.stringify({ id: PEOPLE[enter(context)].id })) }),
    listAudit: async (_request, context) => {
      if (PEOPLE[enter(context)].roles[0] !== 3) throw forbidden('administrators-only', 'administrators only');
      return {
        entries: [{ id: 'i1', at: new Date(2_000), actor: 'roota', type: 'a', subject: 'person/annaa', details: { x: 'y' } }],
        nextCursor: '',
      };
    },
  };
};

const groupHandlers: Partial<Handlers<typeof GroupServiceService>> = {
  getGroups: async ({ groupIds }) => ({
    groups: groupIds.filter((id) => id === GROUP).map((id) => GroupMessage.fromPartial({ id, name: 'A group', privacy: 2, version: 1 })),
  }),
  exportMyGroups: async () => ({ document: Buffer.from('[]') }),
  listAudit: async () => ({
    entries: [{ id: 'g1', at: new Date(3_000), actor: '', type: 'b', subject: 'group/groupa', details: {} }],
    nextCursor: '',
  }),
};

/** Posts with versions, idempotency keys and files. */
const postHandlers = (): Partial<Handlers<typeof post.PostServiceService>> => {
  const posts = new Map([
    [
      POST,
      post.Post.fromPartial({ id: POST, groupId: GROUP, authorId: PEOPLE.anna.id, kind: 2, body: 'Hello', state: 'visible', version: 3 }),
    ],
  ]);
  const done = new Map<string, { hash: string; id: string }>();
  const files = new Map<string, { file: post.File; bytes: Buffer }>();
  const byId = (postId: string): post.Post => {
    const found = posts.get(postId);
    if (!found) throw notFound('the post');
    return found;
  };
  const answer = (id: string, version: number, duplicate = false) => ({
    id,
    version,
    token: `written-${version}`,
    duplicate,
    unreachedMentions: [],
  });
  return {
    async execute({ command, idempotencyKey, expectedVersion }, context) {
      const name = nameOf(context);
      if (command?.$case === 'publishPost') {
        const hash = JSON.stringify(command.value);
        const key = `${name} ${idempotencyKey}`;
        const before = idempotencyKey === '' ? undefined : done.get(key);
        if (before && before.hash !== hash) throw idempotencyMismatch();
        if (before) return answer(before.id, 1, true);
        const id = `${command.value.groupId}.p${'abcdefghij'[posts.size] ?? 'z'}`;
        posts.set(
          id,
          post.Post.fromPartial({
            id,
            groupId: command.value.groupId,
            body: command.value.body,
            authorId: PEOPLE[name].id,
            state: 'visible',
            version: 1,
          }),
        );
        done.set(key, { hash, id });
        return answer(id, 1);
      }
      if (command?.$case === 'editPost') {
        const found = byId(command.value.postId);
        if (expectedVersion !== undefined && expectedVersion !== found.version) throw preconditionFailed(found.version);
        posts.set(found.id, { ...found, body: command.value.body ?? found.body, version: found.version + 1 });
        return answer(found.id, found.version + 1);
      }
      throw new Error(`the fake has no ${command?.$case}`);
    },
    getPost: async ({ postId }, context) => {
      nameOf(context);
      return { post: byId(postId) };
    },
    getFeed: async (_request, context) => {
      nameOf(context);
      if (context.tokens.includes('late')) context.reply.stale = true;
      return { posts: [...posts.values()], nextCursor: '' };
    },
    async uploadFile(messages, context) {
      const name = nameOf(context);
      let first: post.UploadFileRequest | undefined;
      const chunks: Buffer[] = [];
      for await (const message of messages) {
        first ??= message;
        chunks.push(message.chunk);
      }
      const bytes = Buffer.concat(chunks);
      const mediaType = bytes.subarray(1, 4).toString() === 'PNG' ? 'image/png' : 'text/html';
      const id = `file${files.size}`;
      const file = post.File.fromPartial({ id, name: first?.name ?? '', mediaType, sizeBytes: bytes.length, authorId: PEOPLE[name].id });
      files.set(id, { file, bytes });
      return { file };
    },
    async *downloadFile({ fileId }) {
      const found = files.get(fileId);
      if (!found) throw notFound('the file');
      yield { file: found.file, chunk: Buffer.alloc(0) };
      yield { file: undefined, chunk: found.bytes };
    },
    async *exportMyContributions() {
      yield { chunk: Buffer.from('{"posts":') };
      yield { chunk: Buffer.from('[]}') };
    },
  };
};

export const createFakeServices = (): FakeServices => {
  const asked: Asked[] = [];
  const unlinked = new Set<string>();
  const broken = { cards: false, live: false };
  const live = createLiveSource();
  const status = {
    getStatus: async (_request: unknown, context: CallContext) => {
      if (context.credential.kind !== 'service') throw unauthenticated('service-only', 'services only');
      return { service: 'post', ready: true, views: [{ view: 'posts', source: 'post', lag: 2n, parked: 1, state: 'running', reason: '' }] };
    },
    releaseParked: async () => ({ released: 1 }),
  };
  const clients: GatewayClients = {
    identity: fakeClient(identity.IdentityServiceService, identityHandlers({ unlinked, broken }), asked),
    group: fakeClient(GroupServiceService, groupHandlers, asked),
    post: fakeClient(post.PostServiceService, postHandlers(), asked),
    search: fakeClient(SearchServiceService, {}, asked),
    notification: fakeClient(
      NotificationServiceService,
      {
        live: (_request, context) => {
          nameOf(context);
          if (broken.live) throw forbidden('account.inactive', 'access has ended or is suspended');
          return live.subscribe(context.signal);
        },
        exportMyNotifications: async () => ({ document: Buffer.from('[]') }),
        unsubscribe: async () => ({}),
      },
      asked,
    ),
    status: { post: fakeClient(StatusServiceService, status, asked) },
  };
  return { clients, asked, unlinked, broken, live };
};
