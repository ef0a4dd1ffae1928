import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ConsumerProgress, createConsumerProgress } from '../eventing/consumerProgress.ts';
import type { EventLog } from '../ports/eventLog.ts';
import { createManualClock, type ManualClock } from '../testing/manualClock.ts';
import type { CallContext } from './rpc.ts';
import { createSealer } from './sealer.ts';
import { createTokens, type Followed, MAX_TOKENS, TOKEN_WAIT_MS, type Tokens } from './tokens.ts';

const sealer = createSealer(new Uint8Array(32));
const logOf = (source: string, epoch = 'e'): EventLog =>
  ({ source, header: async () => ({ epoch, lanes: 12, hash: '' }) }) as unknown as EventLog;

describe('read-your-writes tokens', () => {
  let clock: ManualClock;
  let group: ConsumerProgress;
  let ring: ConsumerProgress;
  let identity: ConsumerProgress;
  let followed: Followed[];
  let tokens: Tokens;

  beforeEach(() => {
    clock = createManualClock();
    [group, ring, identity] = [
      createConsumerProgress('a', 'group'),
      createConsumerProgress('b', 'group'),
      createConsumerProgress('c', 'identity'),
    ] as [ConsumerProgress, ConsumerProgress, ConsumerProgress];
    for (const progress of [group, ring, identity]) progress.begin('e', []);
    followed = [{ progress: group }, { progress: ring }, { progress: identity }];
    tokens = createTokens({ sealer, clock, log: logOf('group'), followed: () => followed });
  });

  const contextWith = (sealed: readonly string[], overrides: Partial<CallContext> = {}): CallContext => ({
    credential: { kind: 'anonymous' },
    deadlineMs: clock.now().getTime() + 60_000,
    tokens: sealed,
    traceparent: '',
    signal: new AbortController().signal,
    reply: { stale: false },
    ...overrides,
  });
  /** Starts waiting; tells whether it is over. */
  const wait = (context: CallContext) => {
    const state = { over: false };
    const done = tokens.wait(context).then(() => {
      state.over = true;
    });
    return { state, done };
  };
  const turns = async (): Promise<void> => {
    for (let nth = 0; nth < 30; nth++) await Promise.resolve();
  };

  it('tell no positions to who carries them', async () => {
    const token = await tokens.tokenFor({ lane: 3, position: 41 });
    expect(token).not.toContain('41');
    expect(Buffer.from(token, 'base64url').toString()).not.toContain('group');
  });

  it('wait until everything that follows their source has passed them', async () => {
    const context = contextWith([await tokens.tokenFor({ lane: 3, position: 5 })]);
    const { state, done } = wait(context);
    await turns();
    group.moved(3, 5);
    identity.moved(3, 9);
    await turns();
    expect(state.over).toBe(false);
    ring.moved(3, 7);
    await done;
    expect(context.reply.stale).toBe(false);
    expect(clock.waiting()).toBe(0);
  });

  it('wait a second at most, and then say that the answer may be old', async () => {
    const context = contextWith([await tokens.tokenFor({ lane: 0, position: 1 })]);
    const { state, done } = wait(context);
    await turns();
    clock.advance(TOKEN_WAIT_MS - 1);
    await turns();
    expect(state.over).toBe(false);
    clock.advance(1);
    await done;
    expect(context.reply.stale).toBe(true);
  });

  it('wait no longer than the call may take, or its caller stays', async () => {
    const token = await tokens.tokenFor({ lane: 0, position: 1 });
    const short = contextWith([token], { deadlineMs: clock.now().getTime() + 10 });
    const waiting = wait(short);
    await turns();
    clock.advance(10);
    await waiting.done;
    expect(short.reply.stale).toBe(true);
    const caller = new AbortController();
    const gone = contextWith([token], { signal: caller.signal });
    const other = wait(gone);
    caller.abort();
    await other.done;
    expect(gone.reply.stale).toBe(true);
  });

  it('count the highest of several for one lane', async () => {
    const sealed = await Promise.all([2, 9, 4].map((position) => tokens.tokenFor({ lane: 1, position })));
    const { state, done } = wait(contextWith(sealed));
    for (const progress of [group, ring]) progress.moved(1, 8);
    await turns();
    expect(state.over).toBe(false);
    for (const progress of [group, ring]) progress.moved(1, 9);
    await done;
  });

  it('do not hold back who follows another source', async () => {
    const foreign = createTokens({ sealer, clock, log: logOf('post'), followed: () => [] });
    const context = contextWith([await foreign.tokenFor({ lane: 0, position: 99 })]);
    await tokens.wait(context);
    expect(context.reply.stale).toBe(false);
  });

  it('of another history can not be reached: the answer is old at once', async () => {
    const restored = createTokens({ sealer, clock, log: logOf('group', 'other'), followed: () => [] });
    const context = contextWith([await restored.tokenFor({ lane: 0, position: 0 })]);
    await tokens.wait(context);
    expect(context.reply.stale).toBe(true);
  });

  it('do not wait for a view that was stopped', async () => {
    followed = [{ progress: group, stopped: () => true }];
    const context = contextWith([await tokens.tokenFor({ lane: 0, position: 1 })]);
    await tokens.wait(context);
    expect(context.reply.stale).toBe(true);
  });

  it('see what another replica moved', async () => {
    followed = [{ progress: group, refresh: async () => group.moved(0, 3) }];
    const context = contextWith([await tokens.tokenFor({ lane: 0, position: 3 })]);
    const { done } = wait(context);
    await turns();
    clock.advance(50);
    await done;
    expect(context.reply.stale).toBe(false);
  });

  it('are refused when this network did not seal them, or when there are too many', async () => {
    const token = await tokens.tokenFor({ lane: 0, position: 0 });
    const elsewhere = createTokens({ sealer: createSealer(new Uint8Array(32).fill(1)), clock, log: logOf('group'), followed: () => [] });
    for (const sealed of [
      ['nonsense'],
      [`${token[0] === 'A' ? 'B' : 'A'}${token.slice(1)}`],
      [await elsewhere.tokenFor({ lane: 0, position: 0 })],
    ]) {
      await expect(tokens.wait(contextWith(sealed))).rejects.toMatchObject({ kind: 'invalid' });
    }
    const many = new Array<string>(MAX_TOKENS).fill(token);
    await expect(tokens.wait(contextWith(many))).resolves.toBeUndefined();
    await expect(tokens.wait(contextWith([...many, token]))).rejects.toMatchObject({ kind: 'invalid' });
  });
});
