import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyLog } from '../../eventing/verifyLog.ts';
import { commandOf } from '../../testing/crashCommands.ts';
import { createManualClock } from '../../testing/manualClock.ts';
import { testLogger } from '../../testing/testPorts.ts';
import { createSqliteEventLog } from './eventLog.ts';
import { openSqliteLogReader } from './log/reader.ts';

const KILLS = process.env.PARVIS_TEST_SIZE === 'full' ? 50 : 20;
/** A run is killed after some number of acknowledgements below this. */
const MOST_ACKNOWLEDGED = 200;
/** Commands around the crash that the next run sends again. */
const REPEATED = 60;
const DRIVER = new URL('../../testing/crashDriver.ts', import.meta.url).pathname;

interface Acknowledgement {
  readonly nth: number;
  readonly lane: number;
  readonly position: number;
  readonly duplicate: boolean;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parvis-crash-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the driver from a command on and kills it once so many are acknowledged; what it told until then is the truth. */
const runAndKill = async (first: number, acknowledgements: number): Promise<Acknowledgement[]> => {
  const child = spawn(process.execPath, [DRIVER, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const told: Acknowledgement[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [nth, lane, position, duplicate] = line.split(' ').map(Number) as [number, number, number, number];
    told.push({ nth, lane, position, duplicate: duplicate === 1 });
    if (told.length === acknowledgements) child.kill('SIGKILL');
  }
  expect(child.signalCode ?? (await new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal))))).toBe('SIGKILL');
  return told;
};

/** Every acknowledged command lies where it was said to lie, with all its events, once. */
const audit = async (acknowledged: ReadonlyMap<number, Acknowledgement>): Promise<void> => {
  const log = openSqliteLogReader({ source: 'post', folder });
  expect(await verifyLog(log)).toMatchObject({ findings: [] });
  for (const { nth, lane, position } of acknowledged.values()) {
    const { writes, options, events } = commandOf(nth);
    const written = await log.readLane(lane, { after: position - events, limit: events });
    expect(written.map(({ commandId, stream }) => ({ commandId, stream }))).toEqual(
      writes.flatMap(({ stream, events: ofStream }) => ofStream.map(() => ({ commandId: options.commandId, stream }))),
    );
  }
  await log.close();
};

describe('a process that is killed while it appends', () => {
  const acknowledged = new Map<number, Acknowledgement>();

  it(`loses and doubles nothing in ${KILLS} kills`, async () => {
    let first = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      for (const answer of await runAndKill(first, randomInt(1, MOST_ACKNOWLEDGED))) {
        const before = acknowledged.get(answer.nth);
        // Sent again, it is told its first place; what was never acknowledged may have been written, once.
        if (before) expect(answer).toEqual({ ...before, duplicate: true });
        acknowledged.set(answer.nth, answer);
      }
      await audit(acknowledged);
      first = Math.max(0, Math.max(...acknowledged.keys()) - REPEATED);
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS);
  }, 300_000);

  it('answers every command that was ever acknowledged as a repeat, and writes nothing for it', async () => {
    const log = await createSqliteEventLog({ source: 'post', folder, logger: testLogger, clock: createManualClock() });
    const heads = await log.heads();
    const sent = [...acknowledged.keys()].map(commandOf);
    const recorded = await Promise.all(sent.map(({ writes, options }) => log.append(writes, options)));
    expect(recorded.filter(({ duplicate }) => !duplicate)).toEqual([]);
    expect(await log.heads()).toEqual(heads);
    await log.close();
  });
});
