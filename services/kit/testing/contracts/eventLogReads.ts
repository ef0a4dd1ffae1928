import { expect, it } from '@jest/globals';
import { laneOf } from '../../runtime/streams.ts';
import type { LogUnderTest } from './eventLogFixture.ts';
import { command, event, put, write } from './eventLogSamples.ts';

const lane = laneOf('group/a');

export const readCases = ({ log, clock, reopen }: LogUnderTest): void => {
  it('gives an event back as it was written', async () => {
    const { epoch } = await log().header();
    const data = new Uint8Array([0, 1, 254, 255]);
    // Part of a larger buffer: only the part is the event's.
    const part = new Uint8Array([9, ...data, 9]).subarray(1, 5);
    const options = { ...command('c'), actor: 'p7', traceparent: '00-trace' };
    await log().append([write('group/a', undefined, [{ type: 'test.Made', data: part }, event('')])], options);
    const common = { epoch, lane, stream: 'group/a', at: clock().now(), commandId: 'c', actor: 'p7', traceparent: '00-trace' };
    const [first, second] = await log().readStream('group/a');
    expect(first).toEqual({ ...common, position: 1, version: 1, type: 'test.Made', data: expect.anything() });
    expect([...(first?.data ?? [])]).toEqual([...data]);
    expect(second).toMatchObject({ ...common, position: 2, version: 2, type: 'test.Happened' });
    expect(second?.data.byteLength).toBe(0);
  });

  it('reads a stream and a lane in pages', async () => {
    for (const stream of ['group/a', 'group/a/post/p', 'group/a']) {
      await log().append([write(stream, undefined, [event(1), event(2), event(3)])], command());
    }
    const versions = async (after: number, limit: number) =>
      (await log().readStream('group/a', { after, limit })).map(({ version }) => version);
    expect([await versions(0, 2), await versions(2, 2), await versions(4, 2), await versions(6, 2)]).toEqual([[1, 2], [3, 4], [5, 6], []]);
    const positions = async (after: number, limit: number) =>
      (await log().readLane(lane, { after, limit })).map(({ position }) => position);
    expect([await positions(0, 4), await positions(4, 4), await positions(8, 4), await positions(9, 4)]).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9],
      [],
    ]);
    expect((await log().readStream('group/a', { after: 5 })).map(({ version }) => version)).toEqual([6]);
    expect(await log().readStream('group/a/post/nobody')).toEqual([]);
  });

  it('keeps streams apart whose names begin alike', async () => {
    for (const stream of ['group/a', 'group/a/post/p', 'group/ab', 'group/a/post/pq']) await put(log(), stream);
    expect((await log().readStream('group/a')).map(({ stream }) => stream)).toEqual(['group/a']);
    expect((await log().readStream('group/a/post/p')).map(({ stream }) => stream)).toEqual(['group/a/post/p']);
  });

  it('knows the head of every lane', async () => {
    expect(await log().heads()).toEqual(Array(12).fill(0));
    const expected = Array<number>(12).fill(0);
    for (const root of ['group/a', 'group/b', 'group/c', 'group/a']) {
      const { last } = await put(log(), root);
      expected[last.lane] = last.position;
    }
    expect(await log().heads()).toEqual(expected);
    expect(await (await reopen()).heads()).toEqual(expected);
  });

  it('rings after a commit with the lanes that moved, until it is told not to', async () => {
    const rung: number[] = [];
    const bell = Promise.withResolvers<void>();
    const silence = log().onCommit((lanes) => {
      rung.push(...lanes);
      bell.resolve();
    });
    await put(log(), 'group/a', undefined, 'once');
    await bell.promise;
    expect(rung).toEqual([lane]);
    silence();
    await put(log(), 'group/a');
    expect(rung).toEqual([lane]);
  });

  it('keeps everything when it is opened again, and goes on from there', async () => {
    const header = await log().header();
    await log().append([write('group/a', undefined, [event(1), event(2)]), write('group/a/post/p')], command());
    const before = await log().readLane(lane, { after: 0, limit: 100 });
    const again = await reopen();
    expect(await again.header()).toEqual(header);
    expect(await again.readLane(lane, { after: 0, limit: 100 })).toEqual(before);
    expect(await put(again, 'group/a')).toMatchObject({ versions: { 'group/a': 3 }, last: { lane, position: 4 } });
  });

  it('lists the commands of a lane by id, in pages', async () => {
    for (const id of ['b', 'd', 'a', 'c']) await put(log(), 'group/a', undefined, id);
    const ids = async (after: string) => (await log().readCommands(lane, { after, limit: 3 })).map(({ commandId }) => commandId);
    expect([await ids(''), await ids('c'), await ids('d')]).toEqual([['a', 'b', 'c'], ['d'], []]);
    const [first] = await log().readCommands(lane, { after: '', limit: 1 });
    expect(first).toEqual(await log().findCommand(lane, 'a'));
  });

  it('drains before it closes, and then takes nothing', async () => {
    const closing = log();
    const appends = Array.from({ length: 20 }, () => put(closing, 'group/a'));
    const again = await reopen();
    expect((await Promise.all(appends)).map(({ last }) => last.position)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(await again.readStream('group/a')).toHaveLength(20);
    await expect(put(closing, 'group/a')).rejects.toMatchObject({ code: 'log.closed' });
  });
};
