import { expect, it } from '@jest/globals';
import { any, COMMIT_LIMITS, exact, exists, none } from '../../ports/eventLog.ts';
import { EVENT_OVERHEAD_BYTES } from '../../runtime/appendRules.ts';
import { laneOf } from '../../runtime/streams.ts';
import type { LogUnderTest } from './eventLogFixture.ts';
import { command, event, put, write } from './eventLogSamples.ts';

const conflict = { kind: 'conflict', code: 'version-conflict' };

export const appendCases = ({ log, clock, reopen }: LogUnderTest): void => {
  it('tells versions, place and date of what it wrote', async () => {
    const result = await log().append([write('group/a', none, [event(1), event(2)])], command());
    expect(result).toEqual({
      versions: { 'group/a': 2 },
      last: { lane: laneOf('group/a'), position: 2 },
      at: clock().now(),
      duplicate: false,
    });
  });

  it.each([
    ['none', none, [true, false, false]],
    ['exists', exists, [false, true, true]],
    ['any', any, [true, true, true]],
    ['version 0', exact(0), [true, false, false]],
    ['version 1', exact(1), [false, true, false]],
    ['version 2', exact(2), [false, false, true]],
  ] as const)('expects %s', async (_name, expected, holdsAt) => {
    for (const [version, holds] of holdsAt.entries()) {
      const stream = `group/at${version}`;
      for (let nth = 0; nth < version; nth++) await put(log(), stream);
      const answer = put(log(), stream, expected);
      if (holds) expect((await answer).versions).toEqual({ [stream]: version + 1 });
      else await expect(answer).rejects.toMatchObject(conflict);
    }
  });

  it.each([
    ['none', none, 0],
    ['exists', exists, 1],
    ['version 1', exact(1), 1],
  ] as const)('guards a stream without writing to it: %s', async (_name, expected, version) => {
    for (let nth = 0; nth < version; nth++) await put(log(), 'group/g/member/m');
    const writes = [write('group/g', any), write('group/g/member/m', expected, [])];
    expect((await log().append(writes, command())).versions).toEqual({ 'group/g': 1 });
    await put(log(), 'group/g/member/m');
    if (version === 1 && expected === exists) return;
    await expect(log().append(writes, command())).rejects.toMatchObject(conflict);
    expect(await log().readStream('group/g')).toHaveLength(1);
  });

  it('writes several streams of one root, or none of them', async () => {
    const writes = [write('group/g', none), write('group/g/post/p', none, [event(1), event(2)]), write('group/g/member/m', none)];
    const { versions, last } = await log().append(writes, command());
    expect(versions).toEqual({ 'group/g': 1, 'group/g/post/p': 2, 'group/g/member/m': 1 });
    const lane = await log().readLane(last.lane, { after: 0, limit: 10 });
    expect(lane.map(({ stream, version, position }) => [stream, version, position])).toEqual([
      ['group/g', 1, 1],
      ['group/g/post/p', 1, 2],
      ['group/g/post/p', 2, 3],
      ['group/g/member/m', 1, 4],
    ]);
    const refused = log().append([write('group/g', any), write('group/g/post/q', none), write('group/g/member/m', none)], command());
    await expect(refused).rejects.toMatchObject(conflict);
    expect(await log().readLane(last.lane, { after: 0, limit: 10 })).toHaveLength(4);
  });

  it.each([
    ['streams of two roots', [write('group/a'), write('group/b')], 'root-mismatch'],
    ['a stream that is no path', [write('group')], 'invalid'],
    ['no event at all', [write('group/a', any, [])], 'invalid'],
    ['nothing', [], 'invalid'],
    ['a stream twice', [write('group/a'), write('group/a')], 'invalid'],
  ])('refuses %s', async (_name, writes, code) => {
    await expect(log().append(writes, command())).rejects.toMatchObject({ code });
    expect(await log().heads()).toEqual(Array(12).fill(0));
  });

  it(`takes ${COMMIT_LIMITS.events} events in one append and refuses one more`, async () => {
    const events = Array.from({ length: COMMIT_LIMITS.events }, (_, index) => event(index));
    expect((await log().append([write('group/a', none, events)], command())).last.position).toBe(COMMIT_LIMITS.events);
    await expect(log().append([write('group/a', any, [...events, event()])], command())).rejects.toMatchObject({
      code: 'commit-too-large',
    });
  });

  it(`takes ${COMMIT_LIMITS.bytes} bytes in one append and refuses one more`, async () => {
    const sized = (size: number) => ({ type: 'test.Large', data: new Uint8Array(size) });
    const most = COMMIT_LIMITS.bytes - EVENT_OVERHEAD_BYTES;
    await log().append([write('group/a', none, [sized(most)])], command());
    expect((await log().readStream('group/a'))[0]?.data.byteLength).toBe(most);
    await expect(log().append([write('group/a', any, [sized(most + 1)])], command())).rejects.toMatchObject({ code: 'commit-too-large' });
  });

  it('answers a repeated command with its first outcome, now and after it was opened again', async () => {
    const first = await put(log(), 'group/a', none, 'same');
    clock().advance(1_000);
    expect(await put(log(), 'group/a', none, 'same')).toEqual({ ...first, duplicate: true });
    const again = await reopen();
    expect(await put(again, 'group/a', none, 'same')).toEqual({ ...first, duplicate: true });
    expect(await again.readStream('group/a')).toHaveLength(1);
    expect(await again.findCommand(first.last.lane, 'same')).toEqual({
      commandId: 'same',
      requestHash: 'hash',
      result: { ...first, duplicate: true },
    });
    expect(await again.findCommand(first.last.lane, 'other')).toBeUndefined();
  });

  it('tells a repeated command with another request apart', async () => {
    await log().append([write('group/a')], command('same', 'one'));
    const other = log().append([write('group/a')], command('same', 'other'));
    await expect(other).rejects.toMatchObject({ kind: 'unprocessable', code: 'idempotency-mismatch' });
  });

  it('does not remember a command that was refused', async () => {
    await put(log(), 'group/a');
    await expect(put(log(), 'group/a', none, 'later')).rejects.toMatchObject(conflict);
    expect(await put(log(), 'group/a', exact(1), 'later')).toMatchObject({ duplicate: false, versions: { 'group/a': 2 } });
  });

  it('never lets the date of a lane go back', async () => {
    const first = await put(log(), 'group/a');
    clock().step(-3_600_000);
    expect((await put(log(), 'group/a')).at).toEqual(first.at);
    const again = await reopen();
    expect((await put(again, 'group/a')).at).toEqual(first.at);
    clock().step(7_200_000);
    expect((await put(again, 'group/a')).at).toEqual(new Date(first.at.getTime() + 3_600_000));
  });

  it('refuses an append whose caller has left', async () => {
    const late = log().append([write('group/a')], { ...command(), deadlineMs: clock().now().getTime() });
    await expect(late).rejects.toMatchObject({ kind: 'deadline' });
    expect(await log().readStream('group/a')).toEqual([]);
  });
};
