import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { laneOfStream } from '../runtime/streams.ts';
import { until } from '../testing/eventually.ts';
import { createRunnerFixture, level, parkedPositions, type RunnerFixture } from '../testing/runnerFixture.ts';
import { archived, created, left, record, renamed, sampleProjection } from '../testing/sampleView.ts';
import { PARKED, PARKING_LIMIT, type ParkedRow } from './parking.ts';

describe('parking', () => {
  let fixture: RunnerFixture;
  beforeEach(async () => {
    fixture = await createRunnerFixture();
  });
  afterEach(async () => fixture.close());

  it('parks a thread that fails, with what follows in it, and lets the others go on', async () => {
    let broken = true;
    const projection = sampleProjection((event) => {
      if (broken && event.$case === 'groupChanged' && event.value.name === 'poison') throw new TypeError('cannot read this');
    });
    const lane = laneOfStream('group/aaa');
    await record(fixture.log, fixture.codec, 'group/aaa', created('one'), renamed('poison'), renamed('after'));
    await record(fixture.log, fixture.codec, 'group/aaa/member/ppp', left('ppp'));
    await record(fixture.log, fixture.codec, 'group/bbb', created('other'));
    const runner = await fixture.run({ projection });
    await level(runner);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ names: ['one'], events: 1 });
    expect(await runner.view.get('groups', 'bbb')).toMatchObject({ names: ['other'] });
    // A membership is a thread of its own.
    expect(await runner.view.get('members', 'aaa/ppp')).toMatchObject({ steps: ['memberLeft'] });
    expect(runner.runners[0]?.parked()).toBe(1);
    const [held] = await runner.view.range<ParkedRow>(PARKED, 'thread', { limit: 1 });
    expect(held?.row).toMatchObject({ source: 'group', lane, thread: 'group/aaa', reason: 'TypeError: cannot read this' });
    expect(JSON.stringify(held)).not.toContain('poison');

    await record(fixture.log, fixture.codec, 'group/aaa', renamed('later'));
    await until(async () => (await parkedPositions(runner.view)).length === 3, 'the later event is held too');
    expect(await runner.runners[0]?.release()).toBe(0);
    expect(await parkedPositions(runner.view)).toHaveLength(3);
    broken = false;
    expect(await runner.runners[0]?.release('group/zzz')).toBe(0);
    expect(await runner.runners[0]?.release('group/aaa')).toBe(1);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ names: ['one', 'poison', 'after', 'later'], events: 4 });
    expect(await parkedPositions(runner.view)).toEqual([]);
    await record(fixture.log, fixture.codec, 'group/aaa', renamed('now'));
    await level(runner);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ events: 5 });
  });

  it('still holds a parked thread after a restart', async () => {
    let broken = true;
    const projection = sampleProjection((event) => {
      if (broken && event.$case === 'groupArchived') throw new Error('no');
    });
    const view = await fixture.openCopy();
    await record(fixture.log, fixture.codec, 'group/aaa', created('one'), archived);
    const first = await fixture.run({ view, projection });
    await level(first);
    await first.stop();
    broken = false;
    await record(fixture.log, fixture.codec, 'group/aaa', renamed('two'));
    const second = await fixture.run({ view, projection });
    await level(second);
    expect(await view.get('groups', 'aaa')).toMatchObject({ names: ['one'], archived: false });
    expect(await second.runners[0]?.release()).toBe(1);
    expect(await view.get('groups', 'aaa')).toMatchObject({ names: ['one', 'two'], archived: true });
  });

  it('stops when more threads fail than may be parked', async () => {
    const projection = sampleProjection((event) => {
      if (event.$case === 'groupArchived') throw new Error('no');
    });
    const runner = await fixture.run({ projection });
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const groupOf = (nth: number): string => `group/g${letters[nth % 26]}${letters[Math.floor(nth / 26)]}`;
    for (let nth = 0; nth < PARKING_LIMIT.threads; nth++) await record(fixture.log, fixture.codec, groupOf(nth), archived);
    await level(runner);
    expect(runner.state()).toBe('running');
    expect(runner.runners[0]?.parked()).toBe(PARKING_LIMIT.threads);
    await record(fixture.log, fixture.codec, groupOf(PARKING_LIMIT.threads), archived);
    await until(() => runner.state() === 'stopped', 'the view stops');
    expect(runner.reason()).toBe('Error: no');
    expect(await runner.level()).toBe(false);
    expect(await parkedPositions(runner.view)).toHaveLength(PARKING_LIMIT.threads);
  });

  it('counts only what was parked within the window', async () => {
    const projection = sampleProjection((event) => {
      if (event.$case === 'groupArchived') throw new Error('no');
    });
    const runner = await fixture.run({ projection });
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    for (let nth = 0; nth <= PARKING_LIMIT.threads; nth++) {
      if (nth === PARKING_LIMIT.threads) {
        await level(runner);
        fixture.clock.advance(PARKING_LIMIT.windowMs);
      }
      await record(fixture.log, fixture.codec, `group/g${letters[nth % 26]}${letters[Math.floor(nth / 26)]}`, archived);
    }
    await level(runner);
    expect(runner.runners[0]?.parked()).toBe(PARKING_LIMIT.threads + 1);
  });

  it('parks nothing of a view of rights: its lane stands still and says why', async () => {
    let broken = true;
    const projection = sampleProjection(() => {
      if (broken) throw new Error('no');
    });
    await record(fixture.log, fixture.codec, 'group/aaa', created('one'));
    const runner = await fixture.run({ projection, parkable: false });
    await until(() => runner.reason() === 'Error: no', 'the reason');
    expect(await runner.level()).toBe(false);
    expect(await parkedPositions(runner.view)).toEqual([]);
    broken = false;
    await level(runner);
    expect(runner.reason()).toBe('');
  });

  it('parks a thread whose record can not be decoded', async () => {
    await fixture.log.append(
      [
        {
          stream: 'group/aaa',
          expected: { kind: 'any' },
          events: [{ type: 'parvis.group.v1.GroupCreated', data: new Uint8Array([0x0a, 0xff]) }],
        },
      ],
      {
        commandId: 'c',
        requestHash: '',
        actor: '',
      },
    );
    await record(fixture.log, fixture.codec, 'group/aaa', renamed('after'));
    await record(fixture.log, fixture.codec, 'group/aaa/member/ppp', left('ppp'));
    const runner = await fixture.run();
    await level(runner);
    expect(await parkedPositions(runner.view)).toEqual([1, 2]);
    expect(await runner.view.get('members', 'aaa/ppp')).toBeDefined();
  });
});
