import { describe, expect, it } from '@jest/globals';
import { any } from '../../ports/eventLog.ts';
import { laneOfStream } from '../../runtime/streams.ts';
import { systemClock } from '../../runtime/systemClock.ts';
import { createMemoryEventLog } from '../../testing/memoryEventLog.ts';
import { createLocalReader, SHARED_PAGE } from './laneReader.ts';

const lane = laneOfStream('group/aaa');

const open = () => {
  const log = createMemoryEventLog({ source: 'group', clock: systemClock });
  const asked: number[] = [];
  const counting: typeof log = {
    ...log,
    readLane(of, options) {
      asked.push(options.after);
      return log.readLane(of, options);
    },
  };
  let commands = 0;
  const append = async (count: number): Promise<void> => {
    const events = Array.from({ length: count }, () => ({ type: 't', data: new Uint8Array(1) }));
    await log.append([{ stream: 'group/aaa', expected: any, events }], { commandId: `c${commands++}`, requestHash: 'h', actor: '' });
  };
  const reader = createLocalReader(counting);
  const read = async (after: number, limit = 500) => (await reader.read(lane, after, limit)).records.map(({ position }) => position);
  return { reader, append, asked, read };
};

describe('the reader of a log of this process', () => {
  it('reads a lane once for the consumers that follow it together', async () => {
    const { reader, append, asked, read } = open();
    await append(3);
    expect(await read(0)).toEqual([1, 2, 3]);
    expect(await read(0)).toEqual([1, 2, 3]);
    expect(await read(1, 1)).toEqual([2]);
    expect(asked).toEqual([0]);
    expect((await reader.read(lane, 2, 9)).records[0]).toBe((await reader.read(lane, 0, 9)).records[2]);
    await reader.close();
  });

  it('reads on where the page it remembers ends, and before it begins', async () => {
    const { reader, append, asked, read } = open();
    await append(2);
    expect(await read(1)).toEqual([2]);
    await append(2);
    // A consumer inside the page is given its rest, and asks again.
    expect(await read(1)).toEqual([2]);
    expect(await read(2)).toEqual([3, 4]);
    expect(await read(0)).toEqual([1, 2, 3, 4]);
    expect(await read(4)).toEqual([]);
    expect(asked).toEqual([1, 2, 0, 4]);
    await reader.close();
  });

  it('remembers no page longer than the bound', async () => {
    const { reader, append, asked, read } = open();
    await append(SHARED_PAGE + 1);
    expect(await read(0)).toHaveLength(SHARED_PAGE + 1);
    expect(await read(1)).toHaveLength(SHARED_PAGE);
    expect(await read(1)).toHaveLength(SHARED_PAGE);
    expect(asked).toEqual([0, 1]);
    await reader.close();
  });
});
