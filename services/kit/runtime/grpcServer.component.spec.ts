import { randomBytes } from 'node:crypto';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type NoteDefinition, noteDefinition } from '../testing/contracts/rpcContract.ts';
import { callContext } from './callContext.ts';
import { type GrpcClientOptions, grpcClient } from './grpcClient.ts';
import { healthDefinition } from './grpcHealth.ts';
import { MESSAGE_LIMIT_BYTES } from './grpcLimits.ts';
import { TOKENS_PER_CALL } from './grpcMetadata.ts';
import { type GrpcServer, type GrpcServerOptions, grpcServer } from './grpcServer.ts';
import { bind, type Handlers, type Client as RpcClient } from './rpc.ts';
import { createServiceIdentity } from './serviceIdentity.ts';

const key = randomBytes(32);
const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const echo: Handlers<NoteDefinition> = {
  ask: async (request) => request,
  list: async function* (request) {
    yield request;
  },
  join: async () => ({ text: '' }),
};

const serve = async (handlers: Partial<Handlers<NoteDefinition>> = {}, options: Partial<GrpcServerOptions> = {}) => {
  const logs: string[] = [];
  const server = grpcServer({
    bindings: [bind(noteDefinition, { ...echo, ...handlers })],
    address: '127.0.0.1:0',
    identity: createServiceIdentity('post', key),
    callers: ['search'],
    logger: pino({}, { write: (line: string) => void logs.push(line) }),
    ...options,
  });
  const port = await server.start();
  closers.push(() => server.stop());
  return { server, port, logs };
};

const call = (port: number, options: Partial<GrpcClientOptions> = {}): RpcClient<NoteDefinition> => {
  const { client, close } = grpcClient(noteDefinition, `127.0.0.1:${port}`, {
    identity: createServiceIdentity('search', key),
    service: 'post',
    ...options,
  });
  closers.push(close);
  return client;
};

const ask = (client: RpcClient<NoteDefinition>, text = 'hello') => client.ask({ text }, callContext({ timeoutMs: 5_000 }));

/** A call without our client: whatever metadata the test likes. */
const rawAsk = (port: number, metadata: Metadata, text = 'hello'): Promise<ServiceError | undefined> => {
  const channel = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 });
  closers.push(() => channel.close());
  const { path, requestSerialize, responseDeserialize } = noteDefinition.ask;
  return new Promise((resolve) => {
    channel.makeUnaryRequest(path, requestSerialize, responseDeserialize, { text }, metadata, { deadline: Date.now() + 5_000 }, (error) =>
      resolve(error ?? undefined),
    );
  });
};

const health = (port: number): Promise<boolean> => {
  const channel = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  closers.push(() => channel.close());
  const { path, requestSerialize, responseDeserialize } = healthDefinition.check;
  return new Promise((resolve, reject) => {
    channel.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, (error, serving) =>
      error ? reject(error) : resolve(serving ?? false),
    );
  });
};

describe('callers of a gRPC server', () => {
  it('need a statement, also for anonymous calls', async () => {
    const { port } = await serve();
    expect((await rawAsk(port, new Metadata()))?.code).toBe(status.UNAUTHENTICATED);
    const bearer = new Metadata();
    bearer.set('authorization', 'Bearer some.user.token');
    expect((await rawAsk(port, bearer))?.code).toBe(status.UNAUTHENTICATED);
  });

  it('need a statement of this network, for this service', async () => {
    const { port } = await serve();
    const stranger = call(port, { identity: createServiceIdentity('search', randomBytes(32)) });
    await expect(ask(stranger)).rejects.toMatchObject({ kind: 'unauthenticated', code: 'service-identity' });
    const elsewhere = call(port, { service: 'group' });
    await expect(ask(elsewhere)).rejects.toMatchObject({ code: 'service-identity' });
  });

  it('need an arrow to the service', async () => {
    const { port } = await serve();
    const other = call(port, { identity: createServiceIdentity('notification', key) });
    await expect(ask(other)).rejects.toMatchObject({ kind: 'forbidden', code: 'service-not-allowed' });
    expect(await ask(call(port))).toEqual({ text: 'hello' });
  });

  it('speak for themselves alone', async () => {
    const { port } = await serve();
    const context = callContext({ credential: { kind: 'service', service: 'identity' } });
    await expect(call(port).ask({ text: '' }, context)).rejects.toMatchObject({ kind: 'forbidden', code: 'service-identity' });
  });

  it('do not become a service by asking for it without a statement', async () => {
    const { port } = await serve();
    const posing = new Metadata();
    posing.set('parvis-as', 'service');
    expect((await rawAsk(port, posing))?.code).toBe(status.UNAUTHENTICATED);
  });

  it('hold no malformed bearer token', async () => {
    const { port } = await serve();
    const metadata = new Metadata();
    metadata.set('parvis-service', await createServiceIdentity('search', key).statementFor('post'));
    metadata.set('authorization', 'Basic YTpi');
    expect((await rawAsk(port, metadata))?.code).toBe(status.UNAUTHENTICATED);
  });
});

describe('limits of gRPC calls', () => {
  it('hold for messages, both ways, and below them nothing is refused', async () => {
    const { port } = await serve({
      ask: async ({ text }) => ({ text: text === 'much' ? 'x'.repeat(MESSAGE_LIMIT_BYTES) : `${text.length}` }),
    });
    const client = call(port);
    const room = MESSAGE_LIMIT_BYTES - 64;
    expect(await ask(client, 'x'.repeat(room))).toEqual({ text: `${room}` });
    await expect(ask(client, 'x'.repeat(MESSAGE_LIMIT_BYTES))).rejects.toMatchObject({ kind: 'too-large', code: 'message-too-large' });
    await expect(ask(client, 'much')).rejects.toMatchObject({ code: 'message-too-large' });
    const metadata = new Metadata();
    metadata.set('parvis-service', await createServiceIdentity('search', key).statementFor('post'));
    expect((await rawAsk(port, metadata, 'x'.repeat(MESSAGE_LIMIT_BYTES)))?.code).toBe(status.RESOURCE_EXHAUSTED);
  });

  it('hold for tokens', async () => {
    const { port } = await serve({ ask: async (_request, { tokens }) => ({ text: `${tokens.length}` }) });
    const tokens = Array.from({ length: TOKENS_PER_CALL }, (_, index) => `token-${index}`);
    expect(await call(port).ask({ text: '' }, callContext({ tokens }))).toEqual({ text: `${TOKENS_PER_CALL}` });
    await expect(call(port).ask({ text: '' }, callContext({ tokens: [...tokens, 'one-more'] }))).rejects.toMatchObject({ code: 'invalid' });
    const metadata = new Metadata();
    metadata.set('parvis-service', await createServiceIdentity('search', key).statementFor('post'));
    metadata.set('parvis-token', [...tokens, 'one-more'].join(','));
    expect((await rawAsk(port, metadata))?.code).toBe(status.INVALID_ARGUMENT);
  });

  it('keep errors small enough to travel', async () => {
    const { ParvisError } = await import('./errors.ts');
    const fields = Array.from({ length: 500 }, (_, index) => ({ field: `field.${index}`, expected: 'é'.repeat(1_000) }));
    const { port } = await serve({ ask: async () => Promise.reject(new ParvisError('invalid', 'invalid', 'm'.repeat(10_000), fields)) });
    const error = await ask(call(port)).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ kind: 'invalid', code: 'invalid' });
    expect((error as InstanceType<typeof ParvisError>).fields).toHaveLength(32);
  });
});

describe('a gRPC server', () => {
  it('keeps the text of a bug to its own log', async () => {
    const { port, logs } = await serve({ ask: async () => Promise.reject(new Error('password=hunter2')) });
    const error = await ask(call(port)).catch((failure: unknown) => failure);
    expect(String(error) + String((error as Error).cause)).not.toContain('hunter2');
    expect(logs.join('')).toContain('/parvis.testing.Notes/Ask');
  });

  it('refuses a binding without a handler', () => {
    const binding = bind(noteDefinition, { ask: echo.ask } as Handlers<NoteDefinition>);
    const identity = createServiceIdentity('post', key);
    expect(() =>
      grpcServer({ bindings: [binding], address: '127.0.0.1:0', identity, callers: [], logger: pino({ level: 'silent' }) }),
    ).toThrow('no handler');
  });

  it('does not start on an address that is taken', async () => {
    const { port } = await serve();
    const second = grpcServer({
      bindings: [],
      address: `127.0.0.1:${port}`,
      identity: createServiceIdentity('post', key),
      callers: [],
      logger: pino({ level: 'silent' }),
    });
    await expect(second.start()).rejects.toThrow();
    await second.stop();
  });

  it('tells probes its health without asking who they are', async () => {
    const { server, port } = await serve();
    expect(await health(port)).toBe(true);
    server.notReady();
    expect(await health(port)).toBe(false);
    expect(await ask(call(port))).toEqual({ text: 'hello' });
  });

  it('tells those who watch its health when it changes', async () => {
    const { server, port } = await serve();
    const channel = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    closers.push(() => channel.close());
    const { path, requestSerialize, responseDeserialize } = healthDefinition.watch;
    const watch = channel.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
    const seen: boolean[] = [];
    for await (const serving of watch) {
      seen.push(serving as boolean);
      if (seen.length === 1) server.notReady();
      else await server.stop();
    }
    expect(seen).toEqual([true, false]);
  });

  it('lets running calls end before it stops, and takes no new ones', async () => {
    const [started, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { server, port } = await serve({
      ask: async (request) => {
        started.resolve();
        await finish.promise;
        return request;
      },
    });
    const client = call(port);
    const running = ask(client);
    await started.promise;
    const stopped = server.stop();
    await expect(ask(call(port))).rejects.toMatchObject({ code: 'service-unavailable' });
    finish.resolve();
    expect(await running).toEqual({ text: 'hello' });
    await stopped;
  });

  it('ends what does not end by itself when the drain is over', async () => {
    const started = Promise.withResolvers<void>();
    const { server, port } = await serve(
      {
        list: async function* () {
          started.resolve();
          yield { text: 'a' };
          await new Promise(() => undefined);
        },
      },
      { drainMs: 50 },
    );
    const reading = (async () => {
      for await (const _note of call(port).list({ text: '' }, callContext({ timeoutMs: Number.POSITIVE_INFINITY }))) started.resolve();
    })();
    const failure = reading.catch((error: unknown) => error);
    await started.promise;
    await server.stop();
    expect(await failure).toMatchObject({ kind: 'unavailable' });
  });

  it('answers at once when it is away, and again when it is back', async () => {
    const first = await serve();
    const client = call(first.port);
    expect(await ask(client)).toEqual({ text: 'hello' });
    await first.server.stop();
    await expect(ask(client)).rejects.toMatchObject({ kind: 'unavailable', code: 'service-unavailable' });
    await serve({}, { address: `127.0.0.1:${first.port}` });
    let answer: unknown;
    for (let attempt = 0; attempt < 100 && !answer; attempt += 1) {
      answer = await ask(client).catch(() => new Promise((resolve) => setTimeout(() => resolve(undefined), 50)));
    }
    expect(answer).toEqual({ text: 'hello' });
  });
});

describe('bidirectional streams', () => {
  it('are refused when the server is made, not when one is called', () => {
    const both = { talk: { ...noteDefinition.ask, requestStream: true as const, responseStream: true as const } };
    const binding = { definition: both, handlers: { talk: () => undefined } } as never;
    const options = {
      address: '127.0.0.1:0',
      identity: createServiceIdentity('post', key),
      callers: [],
      logger: pino({ level: 'silent' }),
    };
    const make = (): GrpcServer => grpcServer({ ...options, bindings: [binding] });
    expect(make).toThrow('both directions');
  });
});
