import { describe, expect, it } from '@jest/globals';
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import { any, type EventLog, exact, none } from '../ports/eventLog.ts';
import { laneOf } from '../runtime/streams.ts';
import { createManualClock } from '../testing/manualClock.ts';
import { createMemoryEventLog } from '../testing/memoryEventLog.ts';
import { createMemoryKeys } from '../testing/memoryKeys.ts';
import { type CommandMeta, MAX_ATTEMPTS } from './command.ts';
import { createCommandExecutor } from './commandExecutor.ts';
import type { Decider } from './decider.ts';
import { createEventCodec } from './eventCodec.ts';

const root = 'group/g';
const post = 'group/g/post/p';

/** Opens and closes posts: as many events as the command says. */
interface Door {
  readonly moves: number;
  readonly body: string;
}
const door: Decider<Door, number, AnyEvent> = {
  initial: { moves: 0, body: '' },
  evolve: (state, event) => ({ moves: state.moves + 1, body: event.value.body ?? state.body }),
  decide: (_state, moves) => Array.from({ length: moves }, (_, nth) => closed(`m${nth}`)),
};
const closed = (by: string): AnyEvent => ({ $case: 'postClosed', value: { by } });
const published = (body: string): AnyEvent => ({
  $case: 'postPublished',
  value: {
    authorId: 'anna',
    kind: PostKind.IDEA,
    title: '',
    body,
    mentions: [],
    attachments: [],
    language: '',
    acknowledgementAsked: false,
  },
});

const meta = (commandId: string, requestHash = 'hash'): CommandMeta => ({ commandId, requestHash, actor: 'anna', traceparent: '00-t' });

const setup = (wrap: (log: EventLog) => EventLog = (log) => log) => {
  const keys = createMemoryKeys('anna');
  const log = createMemoryEventLog({ source: 'post', clock: createManualClock() });
  const codec = createEventCodec({ keys });
  const executor = createCommandExecutor(wrap(log), codec);
  const run = (commandId: string, moves: number, stream = post) =>
    executor.execute(root, meta(commandId), (transaction) => transaction.run(door, stream, moves));
  return { log, codec, keys, executor, run };
};

describe('command executor', () => {
  it('loads, decides and writes with what the command carries', async () => {
    const { log, run } = setup();
    expect(await run('one', 2)).toEqual({
      result: { state: { moves: 2, body: '' }, version: 2 },
      appended: expect.objectContaining({ versions: { [post]: 2 }, duplicate: false }),
      duplicate: false,
    });
    expect((await run('two', 1)).result).toEqual({ state: { moves: 3, body: '' }, version: 3 });
    expect(await log.readStream(post)).toMatchObject([
      { version: 1, commandId: 'one', actor: 'anna', traceparent: '00-t' },
      { version: 2 },
      { version: 3 },
    ]);
  });

  it('tells a repeat its first outcome without deciding', async () => {
    const { executor, run } = setup();
    const first = await run('one', 1);
    const never = () => Promise.reject(new Error('decided again'));
    expect(await executor.execute(root, meta('one'), never)).toEqual({
      result: undefined,
      appended: { ...first.appended, duplicate: true },
      duplicate: true,
    });
    await expect(executor.execute(root, meta('one', 'other'), never)).rejects.toMatchObject({ code: 'idempotency-mismatch' });
  });

  it('tells a repeat that was decided meanwhile too', async () => {
    const { executor, run } = setup();
    const outcome = await executor.execute(root, meta('one'), async (transaction) => {
      await run('one', 1);
      transaction.append('group/g/post/other', [closed('me')]);
      return 'mine';
    });
    expect(outcome).toMatchObject({ result: undefined, duplicate: true, appended: { versions: { [post]: 1 } } });
  });

  it('writes nothing when nothing is to be written, and does not remember the command', async () => {
    const { log, run } = setup();
    expect(await run('one', 0)).toMatchObject({ appended: undefined, duplicate: false, result: { version: 0 } });
    expect(await log.findCommand(laneOf(root), 'one')).toBeUndefined();
    expect((await run('one', 1)).duplicate).toBe(false);
  });

  it('decides again when a stream it wrote to changed meanwhile', async () => {
    const { executor, run, log } = setup();
    let attempts = 0;
    const { result } = await executor.execute(root, meta('slow'), async (transaction) => {
      attempts += 1;
      const loaded = await transaction.run(door, post, 1);
      if (attempts < 3) await run(`fast${attempts}`, 1);
      return loaded;
    });
    expect({ attempts, result }).toEqual({ attempts: 3, result: { state: { moves: 3, body: '' }, version: 3 } });
    expect(await log.readStream(post)).toHaveLength(3);
  });

  it('guards what it only read, a stream that is not there among it', async () => {
    const { executor, run } = setup();
    for (const [nth, stream] of ['group/g/post/read', 'group/g/post/read'].entries()) {
      const seen: number[] = [];
      await executor.execute(root, meta(`reader${nth}`), async (transaction) => {
        seen.push((await transaction.load(door, stream)).state.moves);
        if (seen.length === 1) await run(`writer${nth}`, 1, stream);
        transaction.append(`group/g/post/new${nth}`, [closed('me')]);
      });
      expect(seen).toEqual([nth, nth + 1]);
    }
  });

  it(`gives up after ${MAX_ATTEMPTS} attempts`, async () => {
    const { executor, run } = setup();
    let attempts = 0;
    const unlucky = executor.execute(root, meta('unlucky'), async (transaction) => {
      attempts += 1;
      await transaction.run(door, post, 1);
      await run(`fast${attempts}`, 1);
    });
    await expect(unlucky).rejects.toMatchObject({ code: 'version-conflict' });
    expect(attempts).toBe(MAX_ATTEMPTS);
  });

  it('does not repeat what failed for another reason', async () => {
    let appends = 0;
    const { run } = setup((log) => ({
      ...log,
      append: async () => {
        appends += 1;
        throw new Error('disk on fire');
      },
    }));
    await expect(run('one', 1)).rejects.toThrow('disk on fire');
    expect(appends).toBe(1);
  });

  it('shows later steps of a command what earlier ones planned', async () => {
    const { executor } = setup();
    const { result } = await executor.execute(root, meta('one'), async (transaction) => {
      await transaction.run(door, post, 1);
      transaction.append(post, [closed('me'), closed('me')]);
      const loaded = await transaction.load(door, post);
      return { loaded, after: await transaction.run(door, post, 1) };
    });
    expect(result).toEqual({ loaded: { state: { moves: 3, body: '' }, version: 3 }, after: { state: { moves: 4, body: '' }, version: 4 } });
  });

  it('expects what it is told to: none by default for what was not loaded', async () => {
    const { executor, log } = setup();
    const append = (id: string, expected?: Parameters<typeof log.append>[0][0]['expected']) =>
      executor.execute(root, meta(id), async (transaction) => transaction.append(post, [closed('me')], expected));
    await append('one');
    await expect(append('two')).rejects.toMatchObject({ code: 'version-conflict' });
    await append('three', any);
    await append('four', exact(2));
    await expect(append('five', none)).rejects.toMatchObject({ code: 'version-conflict' });
    expect(await log.readStream(post)).toHaveLength(3);
  });

  it('refuses streams of another root, to read and to write', async () => {
    const { executor } = setup();
    const elsewhere = 'group/other/post/p';
    await expect(executor.execute(root, meta('a'), (transaction) => transaction.load(door, elsewhere))).rejects.toMatchObject({
      code: 'root-mismatch',
    });
    await expect(
      executor.execute(root, meta('b'), async (transaction) => transaction.append(elsewhere, [closed('me')])),
    ).rejects.toMatchObject({
      code: 'root-mismatch',
    });
  });

  it('refuses to decide on an event it does not know', async () => {
    const { log, run } = setup();
    await log.append([{ stream: post, expected: none, events: [{ type: 'parvis.post.v1.PostTranslated', data: new Uint8Array() }] }], {
      commandId: 'later-release',
      requestHash: '',
      actor: '',
    });
    await expect(run('one', 1)).rejects.toMatchObject({ kind: 'conflict', code: 'event.unknown' });
  });

  it('reads long streams in pages, and hot ones only from where it stopped', async () => {
    const reads: (number | undefined)[] = [];
    const { run } = setup((log) => ({
      ...log,
      readStream: (stream, options) => {
        reads.push(options?.after);
        return log.readStream(stream, options);
      },
    }));
    for (let nth = 0; nth < 5; nth++) await run(`fill${nth}`, 150);
    reads.length = 0;
    expect((await run('hot', 1)).result).toMatchObject({ state: { moves: 751 }, version: 751 });
    expect(reads).toEqual([600]);
  });

  it('folds a stream it never saw, page by page', async () => {
    const { log, codec, run } = setup();
    for (let nth = 0; nth < 5; nth++) await run(`fill${nth}`, 250);
    const other = createCommandExecutor(log, codec);
    const { result } = await other.execute(root, meta('fresh'), (transaction) => transaction.load(door, post));
    expect(result).toEqual({ state: { moves: 1250, body: '' }, version: 1250 });
  });

  it('forgets the texts in its states when told', async () => {
    const { executor, keys } = setup();
    await executor.execute(root, meta('one'), async (transaction) => transaction.append(post, [published('my secret')]));
    const bodyNow = async (id: string) =>
      (await executor.execute(root, meta(id), (transaction) => transaction.load(door, post))).result?.state.body;
    expect(await bodyNow('two')).toBe('my secret');
    keys.destroy({ personId: 'anna', kind: 'contributions' });
    executor.forgetStates();
    expect(await bodyNow('three')).toBe('⌀erased');
  });
});
