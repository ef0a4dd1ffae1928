import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { verifyLog } from '../../eventing/verifyLog.ts';
import type { Clock } from '../../ports/clock.ts';
import { type AppendResult, any, type EventLog, none } from '../../ports/eventLog.ts';
import type { LogReader } from '../../ports/logTransfer.ts';
import { laneOf } from '../../runtime/streams.ts';
import { systemClock } from '../../runtime/systemClock.ts';
import { command, put, tally, write } from '../../testing/contracts/eventLogSamples.ts';
import { createFaultyWriter, type FaultyWriter } from '../../testing/faultyWriter.ts';
import { createManualClock } from '../../testing/manualClock.ts';
import { testLogger } from '../../testing/testPorts.ts';
import { createSqliteEventLog } from './eventLog.ts';
import { QUEUE_LIMITS } from './log/appendQueue.ts';
import { openSqliteLogReader } from './log/reader.ts';

let folder = '';
let writer: FaultyWriter;
let log: EventLog & LogReader;

const open = async (clock: Clock = systemClock): Promise<void> => {
  log = await createSqliteEventLog({ source: 'group', folder, logger: testLogger, clock, startWriter: writer.start });
};
const countOf = async (stream: string): Promise<number> => (await log.readStream(stream)).length;
/** Answers 'die' for the first of the messages of a kind, and lets the rest pass. */
const dieOnce = (kind: string, times = 1) => {
  let left = times;
  return (message: { kind: string }) => (message.kind === kind && left-- > 0 ? 'die' : 'pass');
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parvis-faults-'));
  writer = createFaultyWriter();
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true });
});

describe('a writer thread that dies', () => {
  it('after its commit and before its answer: what was stored is told as stored, once', async () => {
    await open();
    await put(log, 'group/a', none, 'earlier');
    writer.onReply = dieOnce('committed');
    const rung: number[] = [];
    log.onCommit((lanes) => rung.push(...lanes));
    const answers = await Promise.all([
      put(log, 'group/a', any, 'earlier'),
      put(log, 'group/a', any, 'new'),
      put(log, 'group/b', none, 'other'),
    ]);
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([true, false, false]);
    expect(answers.map(({ versions }) => versions)).toEqual([{ 'group/a': 1 }, { 'group/a': 2 }, { 'group/b': 1 }]);
    expect([await countOf('group/a'), await countOf('group/b'), writer.starts]).toEqual([2, 1, 2]);
    expect(new Set(rung)).toEqual(new Set(answers.slice(1).map(({ last }) => last.lane)));
    expect(await log.heads()).toEqual(openHeads());
  });

  it('before its commit: what was not stored is written again', async () => {
    await open();
    writer.onPost = dieOnce('commit');
    const answers = await Promise.all([put(log, 'group/a', none), put(log, 'group/b', none)]);
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, false]);
    expect([await countOf('group/a'), await countOf('group/b')]).toEqual([1, 1]);
  });

  it('keeps the order of a lane over its death', async () => {
    await open();
    writer.onPost = dieOnce('commit');
    const answers = Array.from({ length: 100 }, () => put(log, 'group/a'));
    expect((await Promise.all(answers)).map(({ last }) => last.position)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  it('of what it is asked to write: that is refused after three attempts, and the log goes on', async () => {
    await open();
    writer.onPost = dieOnce('commit', 3);
    await expect(put(log, 'group/a', none, 'poison')).rejects.toMatchObject({ kind: 'unavailable', code: 'log.writer-down' });
    expect(await put(log, 'group/a', none, 'poison')).toMatchObject({ duplicate: false });
    expect(await countOf('group/a')).toBe(1);
  });

  it('and can not be started again: callers are refused until it can', async () => {
    const clock = createManualClock();
    await open(clock);
    writer.onPost = dieOnce('commit');
    writer.failsToStart = () => true;
    const refused = put(log, 'group/a', none, 'one').then(undefined, (error: { code: string }) => error.code);
    const code = await advanceUntil(clock, refused);
    expect(code).toBe('outcome-unknown');
    await expect(put(log, 'group/a', none, 'two')).rejects.toMatchObject({ code: 'log.writer-down' });
    expect(await countOf('group/a')).toBe(0);
    writer.failsToStart = () => false;
    const settled = async (): Promise<AppendResult> => {
      for (;;) {
        try {
          return await put(log, 'group/a', none, 'one');
        } catch (error) {
          expect(error).toMatchObject({ code: 'log.writer-down' });
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    };
    expect(await advanceUntil(clock, settled())).toMatchObject({ duplicate: false, versions: { 'group/a': 1 } });
  });

  it('while the log is closing: what waits is written first', async () => {
    await open();
    writer.onReply = dieOnce('committed');
    const answers = [put(log, 'group/a'), put(log, 'group/a')];
    await log.close();
    expect(tally(await Promise.allSettled(answers))).toEqual({ written: 2, repeated: 0, codes: [] });
  });
});

describe('a caller with a deadline', () => {
  it('hears that the outcome is unknown when its commit is not answered in time, and is told on repeating', async () => {
    const clock = createManualClock();
    await open(clock);
    const held = Promise.withResolvers<void>();
    const committed = Promise.withResolvers<void>();
    writer.onReply = (message) => {
      if (message.kind === 'committed') committed.resolve();
      return held.promise;
    };
    const late = log.append([write('group/a', none)], { ...command('late'), deadlineMs: clock.now().getTime() + 1_000 });
    const waiting = log.append([write('group/a', any)], command('waiting'));
    await committed.promise;
    const queued = log.append([write('group/a', any)], { ...command('queued'), deadlineMs: clock.now().getTime() + 1_000 });
    clock.advance(1_000);
    await expect(late).rejects.toMatchObject({ kind: 'unavailable', code: 'outcome-unknown' });
    await expect(queued).rejects.toMatchObject({ kind: 'deadline', code: 'deadline-exceeded' });
    held.resolve();
    expect(await waiting).toMatchObject({ versions: { 'group/a': 2 } });
    expect(await log.append([write('group/a', none)], command('late'))).toMatchObject({ duplicate: true, versions: { 'group/a': 1 } });
    expect(await countOf('group/a')).toBe(2);
  });
});

describe('a queue that fills', () => {
  it(`refuses what comes on top of ${QUEUE_LIMITS.appends} waiting appends, and takes more once they are written`, async () => {
    await open();
    const held = Promise.withResolvers<void>();
    writer.onPost = () => held.promise;
    const answers = [put(log, 'group/first', none)];
    await Promise.resolve();
    for (let nth = 0; nth <= QUEUE_LIMITS.appends; nth++) answers.push(put(log, `group/g${nth}`, none));
    await expect(answers.at(-1)).rejects.toMatchObject({ kind: 'unavailable', code: 'log.overloaded' });
    held.resolve();
    expect(tally(await Promise.allSettled(answers))).toMatchObject({ written: QUEUE_LIMITS.appends + 1, codes: ['log.overloaded'] });
    expect(await put(log, 'group/later', none)).toMatchObject({ duplicate: false });
  });

  it(`refuses what comes on top of ${QUEUE_LIMITS.bytes} waiting bytes`, async () => {
    await open();
    const held = Promise.withResolvers<void>();
    writer.onPost = () => held.promise;
    const large = { type: 'test.Large', data: new Uint8Array(4_000_000) };
    const first = put(log, 'group/first', none);
    await Promise.resolve();
    const answers = Array.from({ length: 17 }, (_, nth) => log.append([write(`group/g${nth}`, none, [large])], command()));
    await expect(answers.at(-1)).rejects.toMatchObject({ code: 'log.overloaded' });
    held.resolve();
    await first;
    expect(tally(await Promise.allSettled(answers))).toMatchObject({ written: 16 });
  });
});

describe('a log that is open', () => {
  it('is refused to a second writer, in this process and in another, until it is closed', async () => {
    await open();
    await expect(createSqliteEventLog({ source: 'group', folder, logger: testLogger, clock: systemClock })).rejects.toThrow(
      /already open for writing/,
    );
    const driver = new URL('../../testing/crashDriver.ts', import.meta.url).pathname;
    await expect(promisify(execFile)(process.execPath, [driver, folder])).rejects.toMatchObject({
      stderr: expect.stringContaining(`the log in ${folder} is already open for writing`),
    });
    await put(log, 'group/a');
    await log.close();
    await open();
    expect(await countOf('group/a')).toBe(1);
  });

  it('is one whole file once it is closed', async () => {
    await open();
    await put(log, 'group/a');
    await log.close();
    expect(await sizeOf('log.db-wal')).toBe(0);
    await copyFile(join(folder, 'log.db'), join(folder, 'copy.db'));
    const copy = new DatabaseSync(join(folder, 'copy.db'), { readOnly: true });
    expect(copy.prepare('SELECT count(*) AS events FROM events').get()).toEqual({ events: 1 });
    copy.close();
  });

  it('can be read by others, also while nobody has it open', async () => {
    await open();
    await put(log, 'group/a');
    const read = async () => {
      const reader = openSqliteLogReader({ source: 'group', folder });
      const result = await verifyLog(reader);
      await reader.close();
      return { events: result.events, codes: new Set(result.findings.map(({ code }) => code)) };
    };
    const expected = { events: 1, codes: new Set(['event']) };
    expect(await read()).toEqual(expected);
    await log.close();
    expect(await read()).toEqual(expected);
  });
});

/** 0 for a file that is not there. */
const sizeOf = async (name: string): Promise<number> => {
  const found = await readdir(folder);
  return found.includes(name) ? (await stat(join(folder, name))).size : 0;
};

const openHeads = (): number[] => {
  const heads = Array<number>(12).fill(0);
  for (const [stream, count] of [
    ['group/a', 2],
    ['group/b', 1],
  ] as const) {
    heads[laneOf(stream)] = count;
  }
  return heads;
};

/** Moves the clock whenever something waits for it, until the promise is settled. */
const advanceUntil = async <T>(clock: ReturnType<typeof createManualClock>, promise: Promise<T>): Promise<T> => {
  let settled = false;
  void promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  while (!settled) {
    if (clock.waiting() > 0) clock.advance(10_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return promise;
};
