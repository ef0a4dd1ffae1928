import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSqliteEventLog } from '@parvis/kit/adapters/sqlite/eventLog.ts';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { commandOf } from '@parvis/kit/testing/crashCommands.ts';
import { testLogger } from '@parvis/kit/testing/testPorts.ts';
import { verifyLogs } from './verify.ts';

let dataFolder = '';
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'parvis-verify-'));
});
afterEach(() => rm(dataFolder, { recursive: true }));

const open = () => createSqliteEventLog({ source: 'post', folder: join(dataFolder, 'post'), logger: testLogger, clock: systemClock });
const fill = async (): Promise<void> => {
  const log = await open();
  for (let nth = 0; nth < 20; nth++) await log.append(commandOf(nth).writes, commandOf(nth).options);
  await log.close();
};
const verify = async (services = ['post']) => {
  const lines: string[] = [];
  return { ...(await verifyLogs({ dataFolder, services, print: (line) => lines.push(line) })), lines };
};

describe('parvis verify', () => {
  it('counts what it read and finds nothing wrong, whether the log is open or not', async () => {
    await fill();
    const sound = { events: 44, streams: expect.any(Number), findings: 0, lines: [] };
    expect(await verify()).toEqual(sound);
    const log = await open();
    expect(await verify()).toEqual(sound);
    await log.close();
  });

  it('names what was done to a log behind its back', async () => {
    await fill();
    const db = new DatabaseSync(join(dataFolder, 'post', 'log.db'));
    db.exec('DELETE FROM events WHERE place = (SELECT min(place) FROM events)');
    db.close();
    const { findings, lines } = await verify();
    expect(findings).toBeGreaterThanOrEqual(2);
    expect(lines[0]).toMatch(/^post: position at lane \d+, position 2: expected position 1$/);
    expect(lines).toHaveLength(findings);
  });

  it('misses a log that should be there', async () => {
    expect(await verify(['group'])).toEqual({
      events: 0,
      streams: 0,
      findings: 1,
      lines: [`group: ${join(dataFolder, 'group')} holds no log`],
    });
  });
});
