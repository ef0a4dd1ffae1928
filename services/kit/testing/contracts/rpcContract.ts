import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { callContext } from '../../runtime/callContext.ts';
import { isParvisError, ParvisError } from '../../runtime/errors.ts';
import type { CallContext, Client, Handlers } from '../../runtime/rpc.ts';

interface Note {
  readonly text: string;
}

const json = {
  requestSerialize: (value: Note): Buffer => Buffer.from(JSON.stringify(value)),
  requestDeserialize: (bytes: Buffer): Note => JSON.parse(bytes.toString()),
  responseSerialize: (value: Note): Buffer => Buffer.from(JSON.stringify(value)),
  responseDeserialize: (bytes: Buffer): Note => JSON.parse(bytes.toString()),
};

/** One method of each shape that the protos use. */
export const noteDefinition = {
  ask: { path: '/parvis.testing.Notes/Ask', requestStream: false as const, responseStream: false as const, ...json },
  list: { path: '/parvis.testing.Notes/List', requestStream: false as const, responseStream: true as const, ...json },
  join: { path: '/parvis.testing.Notes/Join', requestStream: true as const, responseStream: false as const, ...json },
};
export type NoteDefinition = typeof noteDefinition;

export interface RpcHarness {
  readonly client: Client<NoteDefinition>;
  close(): Promise<void>;
}

/** A promise and the function that fulfils it: tests wait for what happened, never for time. */
const signal = <T = void>(): { readonly promise: Promise<T>; fire(value: T): void } => {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, fire: resolve };
};

/** Fulfils when the call's signal aborts, with its reason. */
const aborted = (context: CallContext): Promise<unknown> =>
  new Promise((resolve) => {
    if (context.signal.aborted) resolve(context.signal.reason);
    context.signal.addEventListener('abort', () => resolve(context.signal.reason), { once: true });
  });

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const collect = async (notes: AsyncIterable<Note>): Promise<string[]> => {
  const texts: string[] = [];
  for await (const note of notes) texts.push(note.text);
  return texts;
};

async function* notesOf(...texts: string[]): AsyncGenerator<Note> {
  for (const text of texts) yield { text };
}

/** What direct calls and gRPC do alike. `open` connects a client to the given handlers; it runs once for the suite. */
export const rpcContract = (name: string, open: (handlers: Handlers<NoteDefinition>) => Promise<RpcHarness>): void => {
  describe(`calls: ${name}`, () => {
    let harness: RpcHarness;
    let handlers: Partial<Handlers<NoteDefinition>> = {};
    const missing = (): never => {
      throw new Error('the test has no handler for this method');
    };
    const client = (): Client<NoteDefinition> => harness.client;

    beforeAll(async () => {
      harness = await open({
        ask: (request, context) => (handlers.ask ?? missing)(request, context),
        list: (request, context) => (handlers.list ?? missing)(request, context),
        join: (requests, context) => (handlers.join ?? missing)(requests, context),
      });
    });
    afterEach(() => {
      handlers = {};
    });
    afterAll(() => harness.close());

    describe('answers', () => {
      it('answers a question', async () => {
        handlers = { ask: async ({ text }) => ({ text: `${text}!` }) };
        expect(await client().ask({ text: 'héhé' }, callContext())).toEqual({ text: 'héhé!' });
      });

      it('streams answers in order, to the end', async () => {
        handlers = { list: () => notesOf('a', 'b', 'c') };
        expect(await collect(client().list({ text: '' }, callContext()))).toEqual(['a', 'b', 'c']);
      });

      it('streams nothing', async () => {
        handlers = { list: () => notesOf() };
        expect(await collect(client().list({ text: '' }, callContext()))).toEqual([]);
      });

      it('takes a stream of requests', async () => {
        handlers = { join: async (requests) => ({ text: (await collect(requests)).join('+') }) };
        expect(await client().join(notesOf('a', 'b', 'c'), callContext())).toEqual({ text: 'a+b+c' });
      });

      it('may answer before the last request, and tells the source so', async () => {
        const left = signal();
        handlers = {
          join: async (requests) => {
            for await (const first of requests) return { text: `enough after ${first.text}` };
            return { text: 'nothing' };
          },
        };
        async function* endless(): AsyncGenerator<Note> {
          try {
            for (let count = 0; ; count += 1) yield { text: `${count}` };
          } finally {
            left.fire();
          }
        }
        expect(await client().join(endless(), callContext())).toEqual({ text: 'enough after 0' });
        await left.promise;
      });
    });

    describe('context', () => {
      it('carries credential, tokens and trace', async () => {
        const seen = signal<CallContext>();
        handlers = {
          ask: async (request, context) => {
            seen.fire(context);
            return request;
          },
        };
        const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        const credential = { kind: 'bearer', token: 'abc.def.ghi' } as const;
        await client().ask({ text: '' }, callContext({ credential, tokens: ['t1', 't2'], traceparent }));
        expect(await seen.promise).toMatchObject({ credential, tokens: ['t1', 't2'], traceparent });
      });

      it('carries an anonymous call as such', async () => {
        handlers = {
          ask: async (_request, context) => ({ text: `${context.credential.kind} ${context.tokens.length} ${context.traceparent}` }),
        };
        expect(await client().ask({ text: '' }, callContext())).toEqual({ text: 'anonymous 0 ' });
      });

      it('carries the name of a service that speaks for itself', async () => {
        handlers = { ask: async (_request, context) => ({ text: JSON.stringify(context.credential) }) };
        const context = callContext({ credential: { kind: 'service', service: 'search' } });
        expect(JSON.parse((await client().ask({ text: '' }, context)).text)).toEqual({ kind: 'service', service: 'search' });
      });

      it('brings the stale flag back with one answer, a failure and a stream', async () => {
        handlers = {
          ask: async (request, context) => {
            context.reply.stale = true;
            if (request.text === 'fail') throw new ParvisError('conflict', 'testing.rule', 'no');
            return request;
          },
          list: (_request, context) => {
            context.reply.stale = true;
            return notesOf('a');
          },
        };
        const [fresh, answered, failed, streamed] = [callContext(), callContext(), callContext(), callContext()];
        await client().ask({ text: '' }, answered);
        await failureOf(client().ask({ text: 'fail' }, failed));
        await collect(client().list({ text: '' }, streamed));
        expect([fresh, answered, failed, streamed].map((context) => context.reply.stale)).toEqual([false, true, true, true]);
      });
    });

    describe('errors', () => {
      const refusal = new ParvisError('invalid', 'invalid', 'body: expected words – des mots', [{ field: 'body', expected: 'des mots' }]);
      const expectRefusal = (error: unknown): void => {
        expect(isParvisError(error, 'invalid')).toBe(true);
        expect(error).toMatchObject({ kind: 'invalid', message: refusal.message, fields: refusal.fields });
      };

      it('pass with kind, code, message and fields', async () => {
        handlers = { ask: async () => Promise.reject(refusal) };
        expectRefusal(await failureOf(client().ask({ text: '' }, callContext())));
      });

      it.each([
        'unauthenticated',
        'forbidden',
        'not-found',
        'conflict',
        'precondition-failed',
        'too-large',
        'unsupported-type',
        'unprocessable',
        'too-many-requests',
        'unavailable',
        'deadline',
        'storage-full',
      ] as const)('keep their kind: %s', async (kind) => {
        handlers = { ask: async () => Promise.reject(new ParvisError(kind, `testing.${kind}`, 'told')) };
        expect(await failureOf(client().ask({ text: '' }, callContext()))).toMatchObject({
          name: 'ParvisError',
          kind,
          code: `testing.${kind}`,
        });
      });

      it('end a stream after what was already sent', async () => {
        async function* failing(): AsyncGenerator<Note> {
          yield { text: 'a' };
          throw refusal;
        }
        handlers = { list: failing };
        const seen: string[] = [];
        const error = await failureOf(
          (async () => {
            for await (const note of client().list({ text: '' }, callContext())) seen.push(note.text);
          })(),
        );
        expect(seen).toEqual(['a']);
        expectRefusal(error);
      });

      it('answer a stream of requests', async () => {
        handlers = { join: async () => Promise.reject(refusal) };
        expectRefusal(await failureOf(client().join(notesOf('a'), callContext())));
      });

      it('of the request source come back to the caller as they are', async () => {
        handlers = { join: async (requests) => ({ text: (await collect(requests)).join('') }) };
        const broken = new Error('the disk of the caller');
        async function* source(): AsyncGenerator<Note> {
          yield { text: 'a' };
          throw broken;
        }
        expect(await failureOf(client().join(source(), callContext()))).toBe(broken);
      });

      it('that are bugs are no ParvisErrors', async () => {
        handlers = { ask: async () => Promise.reject(new TypeError('undefined is not a function')) };
        const error = await failureOf(client().ask({ text: '' }, callContext()));
        expect(error).toBeInstanceOf(Error);
        expect(isParvisError(error)).toBe(false);
      });
    });

    describe('deadlines and cancellation', () => {
      it('do not begin a call whose deadline has passed', async () => {
        handlers = { ask: async (request) => request };
        expect(await failureOf(client().ask({ text: '' }, callContext({ timeoutMs: -1 })))).toMatchObject({ code: 'deadline-exceeded' });
      });

      it('answer the caller at the deadline and abort the handler', async () => {
        const reason = signal<unknown>();
        handlers = {
          ask: async (_request, context) => {
            reason.fire(await aborted(context));
            return new Promise<Note>(() => undefined);
          },
        };
        expect(await failureOf(client().ask({ text: '' }, callContext({ timeoutMs: 50 })))).toMatchObject({
          kind: 'deadline',
          code: 'deadline-exceeded',
        });
        expect(await reason.promise).toBeInstanceOf(ParvisError);
      });

      it('hand the deadline on to the handler', async () => {
        handlers = { ask: async (_request, context) => ({ text: `${context.deadlineMs}` }) };
        const context = callContext({ timeoutMs: 5_000 });
        const { text } = await client().ask({ text: '' }, context);
        expect(Math.abs(Number(text) - context.deadlineMs)).toBeLessThan(1_000);
      });

      it('end a stream at the deadline', async () => {
        async function* stuck(_request: Note, context: CallContext): AsyncGenerator<Note> {
          yield { text: 'a' };
          await aborted(context);
        }
        handlers = { list: stuck };
        expect(await failureOf(collect(client().list({ text: '' }, callContext({ timeoutMs: 50 }))))).toMatchObject({
          code: 'deadline-exceeded',
        });
      });

      it('cancel a question', async () => {
        const [started, stopped] = [signal(), signal<unknown>()];
        handlers = {
          ask: async (_request, context) => {
            started.fire();
            stopped.fire(await aborted(context));
            return { text: '' };
          },
        };
        const controller = new AbortController();
        const outcome = failureOf(client().ask({ text: '' }, callContext({ signal: controller.signal })));
        await started.promise;
        controller.abort();
        expect(await outcome).toMatchObject({ code: 'cancelled' });
        expect(await stopped.promise).toMatchObject({ code: 'cancelled' });
      });

      it('do not begin a call that was cancelled before', async () => {
        const context = callContext({ signal: AbortSignal.abort() });
        expect(await failureOf(client().ask({ text: '' }, context))).toMatchObject({ code: 'cancelled' });
      });

      it('stop the producer when the reader leaves a stream', async () => {
        const stopped = signal<unknown>();
        async function* endless(_request: Note, context: CallContext): AsyncGenerator<Note> {
          void aborted(context).then(stopped.fire);
          for (let count = 0; ; count += 1) yield { text: `${count}` };
        }
        handlers = { list: endless };
        for await (const note of client().list({ text: '' }, callContext())) if (note.text === '2') break;
        expect(await stopped.promise).toMatchObject({ code: 'cancelled' });
      });

      it('stop a reader of requests when the caller goes away', async () => {
        const [read, stopped] = [signal(), signal<unknown>()];
        handlers = {
          join: async (requests) => {
            try {
              for await (const _note of requests) read.fire();
            } catch (error) {
              stopped.fire(error);
              throw error;
            }
            return { text: '' };
          },
        };
        async function* oneAndWait(): AsyncGenerator<Note> {
          yield { text: 'a' };
          await new Promise(() => undefined);
        }
        const controller = new AbortController();
        const outcome = failureOf(client().join(oneAndWait(), callContext({ signal: controller.signal })));
        await read.promise;
        controller.abort();
        expect(await outcome).toMatchObject({ code: 'cancelled' });
        expect(await stopped.promise).toMatchObject({ code: 'cancelled' });
      });
    });

    describe('back-pressure', () => {
      const MESSAGES = 160;
      const text = 'x'.repeat(256 * 1024);
      /** Node's streams hold 16 objects on each side, HTTP/2 its window; without back-pressure all 160 (40 MB) would be ahead. */
      const AHEAD_LIMIT = 48;
      const turns = async (count: number): Promise<void> => {
        for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      };

      it('keeps a producer near its slow reader', async () => {
        let produced = 0;
        async function* producer(): AsyncGenerator<Note> {
          for (; produced < MESSAGES; produced += 1) yield { text };
        }
        handlers = { list: producer };
        let consumed = 0;
        let furthest = 0;
        for await (const _note of client().list({ text: '' }, callContext())) {
          consumed += 1;
          await turns(20);
          furthest = Math.max(furthest, produced - consumed);
        }
        expect(consumed).toBe(MESSAGES);
        expect(furthest).toBeLessThan(AHEAD_LIMIT);
      });

      it('keeps a source of requests near its slow reader', async () => {
        let produced = 0;
        async function* source(): AsyncGenerator<Note> {
          for (; produced < MESSAGES; produced += 1) yield { text };
        }
        let furthest = 0;
        handlers = {
          join: async (requests) => {
            let consumed = 0;
            for await (const _note of requests) {
              consumed += 1;
              await turns(20);
              furthest = Math.max(furthest, produced - consumed);
            }
            return { text: `${consumed}` };
          },
        };
        expect(await client().join(source(), callContext())).toEqual({ text: `${MESSAGES}` });
        expect(furthest).toBeLessThan(AHEAD_LIMIT);
      });
    });
  });
};
