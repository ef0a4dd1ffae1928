import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { any, type EventLog, LANE_COUNT, type LogHeader, none } from '../../ports/eventLog.ts';
import type { LogReader } from '../../ports/logTransfer.ts';
import { command, event, put, write } from '../../testing/contracts/eventLogSamples.ts';
import { createManualClock } from '../../testing/manualClock.ts';
import { createMemoryEventLog } from '../../testing/memoryEventLog.ts';
import { testLogger } from '../../testing/testPorts.ts';
import { createSqliteEventLog } from './eventLog.ts';
import { createSqliteLogImporter } from './log/importer.ts';

const restored: LogHeader = { epoch: 'restored', lanes: LANE_COUNT, hash: 'sha256-32-mod' };
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parvis-import-'));
});
afterEach(() => rm(folder, { recursive: true }));

const filledLog = async (): Promise<EventLog & LogReader> => {
  const clock = createManualClock();
  const log = createMemoryEventLog({ source: 'group', clock });
  for (let nth = 0; nth < 50; nth++) {
    clock.step(nth);
    await log.append(
      [write(`group/g${nth % 7}`, any, [event(nth), event('')]), write(`group/g${nth % 7}/member/m${nth}`, none)],
      command(`c${nth}`),
    );
  }
  return log;
};

const copy = async (from: LogReader, header: LogHeader): Promise<void> => {
  const importer = createSqliteLogImporter({ folder, header });
  for (let lane = 0; lane < LANE_COUNT; lane++) {
    for (let after = 0; ; after += 10) {
      const page = await from.readLane(lane, { after, limit: 10 });
      if (page.length === 0) break;
      await importer.importLane(page);
    }
    await importer.importCommands(lane, await from.readCommands(lane, { after: '', limit: 1_000 }));
  }
  await importer.close();
};

const open = () => createSqliteEventLog({ source: 'group', folder, logger: testLogger, clock: createManualClock() });

describe('log importer', () => {
  it('writes a log as it was, under a new header, and it goes on from there', async () => {
    const from = await filledLog();
    await copy(from, restored);
    const log = await open();
    expect(await log.header()).toEqual(restored);
    expect(await log.heads()).toEqual(await from.heads());
    for (let lane = 0; lane < LANE_COUNT; lane++) {
      const before = await from.readLane(lane, { after: 0, limit: 1_000 });
      const after = await log.readLane(lane, { after: 0, limit: 1_000 });
      expect(after.map((record) => ({ ...record, data: [...record.data] }))).toEqual(
        before.map((record) => ({ ...record, data: [...record.data], epoch: 'restored' })),
      );
      const page = { after: '', limit: 1_000 };
      expect(await log.readCommands(lane, page)).toEqual(await from.readCommands(lane, page));
    }
    expect(await put(log, 'group/g0', none, 'c0')).toMatchObject({ duplicate: true });
    const head = (await from.readStream('group/g0')).length;
    const { versions, at } = await put(log, 'group/g0');
    expect(versions).toEqual({ 'group/g0': head + 1 });
    // The clock here is behind the last event of the lane.
    expect(at.getTime()).toBeGreaterThan(createManualClock().now().getTime());
    await log.close();
  });

  it('refuses a folder that holds a log, and one that is open', async () => {
    const log = await open();
    expect(() => createSqliteLogImporter({ folder, header: restored })).toThrow(/already open/);
    await log.close();
    expect(() => createSqliteLogImporter({ folder, header: restored })).toThrow(/not empty/);
  });

  it('refuses a page that leaves a gap, and keeps nothing of it', async () => {
    const from = await filledLog();
    const lane = (await from.heads()).findIndex((head) => head > 5);
    const page = await from.readLane(lane, { after: 0, limit: 5 });
    const importer = createSqliteLogImporter({ folder, header: restored });
    await expect(importer.importLane(page.slice(1))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(importer.importLane([...page.slice(0, 2), ...page.slice(3)])).rejects.toMatchObject({ kind: 'invalid' });
    await importer.importLane(page);
    await importer.close();
    const log = await open();
    expect((await log.heads())[lane]).toBe(5);
    await log.close();
  });
});
