import { expect, it } from '@jest/globals';
import { any, exact, none, type RecordedEvent } from '../../ports/eventLog.ts';
import type { LogUnderTest } from './eventLogFixture.ts';
import { command, event, freshId, put, tally, write } from './eventLogSamples.ts';

const CALLERS = 100;
const callers = Array.from({ length: CALLERS }, (_, index) => index);

export const raceCases = ({ log }: LogUnderTest): void => {
  it(`lets exactly one of ${CALLERS} writers create a stream`, async () => {
    const { written, codes } = tally(await Promise.allSettled(callers.map(() => put(log(), 'group/a', none))));
    expect({ written, conflicts: codes.filter((code) => code === 'version-conflict').length }).toEqual({
      written: 1,
      conflicts: CALLERS - 1,
    });
    expect(await log().readStream('group/a')).toHaveLength(1);
  });

  it(`lets exactly one of ${CALLERS} writers follow each version`, async () => {
    await put(log(), 'group/a', none);
    for (let version = 1; version <= 5; version++) {
      const { written, codes } = tally(await Promise.allSettled(callers.map(() => put(log(), 'group/a', exact(version)))));
      expect({ written, refused: codes.length }).toEqual({ written: 1, refused: CALLERS - 1 });
    }
    expect((await log().readStream('group/a')).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('writes a command that is sent many times at once only once', async () => {
    const answers = await Promise.all(callers.map(() => put(log(), 'group/a', none, 'same')));
    expect(tally(answers.map((value) => ({ status: 'fulfilled', value })))).toEqual({ written: 1, repeated: CALLERS - 1, codes: [] });
    expect(new Set(answers.map(({ last }) => last.position))).toEqual(new Set([1]));
    expect(await log().readStream('group/a')).toHaveLength(1);
  });

  it('tells the second of two requests under one command id apart, also at once', async () => {
    const hashes = ['one', 'other'].map((hash) => log().append([write('group/a')], command('same', hash)));
    const { written, codes } = tally(await Promise.allSettled(hashes));
    expect({ written, codes }).toEqual({ written: 1, codes: ['idempotency-mismatch'] });
  });

  it('spoils no append by the ones refused beside it', async () => {
    await put(log(), 'group/a', none);
    const mixed = callers.map((index) => (index % 2 === 0 ? put(log(), 'group/a', none) : put(log(), `group/a/post/p${index}`, none)));
    expect(tally(await Promise.allSettled(mixed))).toMatchObject({ written: CALLERS / 2, repeated: 0 });
    expect((await log().heads()).reduce((sum, head) => sum + head)).toBe(1 + CALLERS / 2);
  });

  it('lets later appends see earlier ones, although they wait together', async () => {
    const chain = [put(log(), 'group/a', none), put(log(), 'group/a', exact(1)), put(log(), 'group/a', exact(2))];
    expect((await Promise.all(chain)).map(({ versions }) => versions['group/a'])).toEqual([1, 2, 3]);
  });

  it('keeps positions dense and versions whole under concurrency', async () => {
    const streams = Array.from({ length: 30 }, (_, index) => `group/g${index % 10}/post/p${index}`);
    const appends = callers.flatMap((index) =>
      streams
        .slice(0, 5)
        .map((_, nth) => log().append([write(streams[(index * 7 + nth) % 30] as string, any, [event(1), event(2)])], command(freshId()))),
    );
    const results = await Promise.all(appends);
    const events: RecordedEvent[] = [];
    for (let lane = 0; lane < 12; lane++) events.push(...(await log().readLane(lane, { after: 0, limit: 10_000 })));
    expect(events).toHaveLength(results.length * 2);
    for (const [, ofLane] of Map.groupBy(events, ({ lane }) => lane)) {
      expect(ofLane.map(({ position }) => position)).toEqual(ofLane.map((_, index) => index + 1));
    }
    for (const [, ofStream] of Map.groupBy(events, ({ stream }) => stream)) {
      expect(ofStream.map(({ version }) => version)).toEqual(ofStream.map((_, index) => index + 1));
    }
    // An append's events stand side by side: nothing came between them.
    for (const [, ofCommand] of Map.groupBy(events, ({ commandId }) => commandId)) {
      expect((ofCommand[1] as RecordedEvent).position - (ofCommand[0] as RecordedEvent).position).toBe(1);
    }
  });

  it('acknowledges in commit order within a lane', async () => {
    const order: number[] = [];
    await Promise.all(callers.map(() => put(log(), 'group/a').then(({ last }) => order.push(last.position))));
    expect(order).toEqual(callers.map((index) => index + 1));
  });
};
