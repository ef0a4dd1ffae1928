import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { any, type EventLog } from '../../ports/eventLog.ts';
import type { LogReader } from '../../ports/logTransfer.ts';
import { systemClock } from '../../runtime/systemClock.ts';
import { command, write } from '../../testing/contracts/eventLogSamples.ts';
import { describeUnless } from '../../testing/describeUnless.ts';
import { missingSmallDisk, mountSmallDisk, type SmallDisk } from '../../testing/smallDisk.ts';
import { testLogger } from '../../testing/testPorts.ts';
import { createSqliteEventLog } from './eventLog.ts';
import { openSqliteLogReader } from './log/reader.ts';

const MEGABYTE = 1024 * 1024;
const EVENT_BYTES = 40_000;
/** More appends than the disk can take, so many at once. */
const APPENDS = 400;
const AT_ONCE = 20;

describeUnless(missingSmallDisk(), 'a log on a disk that is full', () => {
  let disk: SmallDisk;
  let log: EventLog & LogReader;
  const append = (nth: number) =>
    log.append(
      [write(`group/g${nth % 5}`, any, [{ type: 'test.Large', data: new Uint8Array(EVENT_BYTES).fill(nth) }])],
      command(`fill-${nth}`),
    );

  beforeEach(async () => {
    disk = mountSmallDisk(16);
    log = await createSqliteEventLog({ source: 'group', folder: disk.folder, logger: testLogger, clock: systemClock });
  });
  afterEach(async () => {
    await log.close();
    disk.remove();
  });

  it('refuses to write, keeps reading, acknowledges nothing falsely, and goes on without a restart', async () => {
    const ballast = join(disk.folder, 'ballast');
    await writeFile(ballast, new Uint8Array(10 * MEGABYTE));
    const acknowledged = new Map<number, { lane: number; position: number }>();
    const codes = new Set<string>();
    for (let start = 0; start < APPENDS; start += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, (_, index) => start + index);
      const answers = await Promise.allSettled(batch.map(append));
      answers.forEach((answer, index) => {
        if (answer.status === 'fulfilled') acknowledged.set(start + index, answer.value.last);
        else codes.add(`${answer.reason.kind} ${answer.reason.code}`);
      });
    }
    expect(codes).toEqual(new Set(['storage-full storage-full']));
    expect(acknowledged.size).toBeGreaterThan(AT_ONCE);
    expect(acknowledged.size).toBeLessThan(APPENDS);
    const heads = await log.heads();
    expect(heads.reduce((sum, head) => sum + head)).toBe(acknowledged.size);
    for (const [nth, { lane, position }] of acknowledged) {
      const [found] = await log.readLane(lane, { after: position - 1, limit: 1 });
      expect({ commandId: found?.commandId, first: found?.data[0] }).toEqual({ commandId: `fill-${nth}`, first: nth % 256 });
    }

    await rm(ballast);
    // What was refused is sent again, with the same command ids.
    for (const nth of Array.from({ length: 100 }, (_, index) => index)) {
      expect((await append(nth)).duplicate).toBe(acknowledged.has(nth));
      acknowledged.set(nth, { lane: 0, position: 0 });
    }
    expect((await log.heads()).reduce((sum, head) => sum + head)).toBe(acknowledged.size);
    const reader = openSqliteLogReader({ source: 'group', folder: disk.folder });
    expect(reader.integrity()).toEqual([]);
    await reader.close();
  });
});
