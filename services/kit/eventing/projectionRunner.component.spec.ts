import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import fc from 'fast-check';
import type { Bus, SubscribeOptions } from '../ports/bus.ts';
import { type EventLog, LANE_COUNT, type RecordedEvent } from '../ports/eventLog.ts';
import { unavailable } from '../runtime/errors.ts';
import { laneOfStream } from '../runtime/streams.ts';
import { until } from '../testing/eventually.ts';
import { createMemoryEventLog } from '../testing/memoryEventLog.ts';
import { createMemoryKeys } from '../testing/memoryKeys.ts';
import { createRunnerFixture, level, type RunnerFixture } from '../testing/runnerFixture.ts';
import { archived, created, dump, left, record, renamed, reopened, sampleProjection } from '../testing/sampleView.ts';
import { createEventCodec } from './eventCodec.ts';
import type { Projection } from './projection.ts';

describe('the projection runner', () => {
  let fixture: RunnerFixture;
  beforeEach(async () => {
    fixture = await createRunnerFixture();
  });
  afterEach(async () => fixture.close());

  it('gives the same rows for every interleaving of lanes, size of batch, repeat and gap', async () => {
    const step = fc.tuple(fc.nat(5), fc.nat(3), fc.constantFrom('name', 'archive', 'reopen', 'leave'));
    const events: Record<string, (nth: number) => AnyEvent> = {
      name: (nth) => renamed(`n${nth}`),
      archive: () => archived,
      reopen: () => reopened,
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.infiniteStream(fc.nat(1000)), async (steps, chances) => {
        const history = createMemoryEventLog({ source: 'group', clock: fixture.clock });
        const chance = (below: number): number => (chances.next().value as number) % below;
        for (const [nth, [group, person, what]] of steps.entries()) {
          const stream = `group/group${'abcdef'[group]}`;
          if (what === 'leave') await record(history, fixture.codec, `${stream}/member/p${'abcd'[person]}`, left('p'));
          else await record(history, fixture.codec, stream, (events[what] as (nth: number) => AnyEvent)(nth));
        }
        const plain = await runScripted(history, () => 0);
        const shuffled = await runScripted(history, chance);
        expect(shuffled).toBe(plain);
      }),
      { numRuns: process.env.PARVIS_TEST_SIZE === 'full' ? 200 : 25 },
    );
  });

  /** Delivers a history as chance wills: lanes interleaved, batches of any size, repeated, and with records missing. */
  const runScripted = async (history: EventLog, chance: (below: number) => number): Promise<string> => {
    const scripted = createScriptedBus(history);
    const runner = await fixture.run({ bus: scripted.bus });
    const lanes = await Promise.all(Array.from({ length: LANE_COUNT }, (_, lane) => history.readLane(lane, { after: 0, limit: 1000 })));
    const at = new Array<number>(LANE_COUNT).fill(0);
    for (;;) {
      const open = lanes.flatMap((records, lane) => ((at[lane] ?? 0) < records.length ? [lane] : []));
      if (open.length === 0) break;
      const lane = open[chance(open.length)] as number;
      const records = lanes[lane] as RecordedEvent[];
      const from = at[lane] as number;
      const to = Math.min(records.length, from + 1 + chance(5));
      const again = Math.max(0, from - chance(3));
      // What is left out here the runner reads from the owner.
      const skipped = chance(4) === 1 && to - from > 1 ? 1 : 0;
      await scripted.deliver(lane, skipped > 0 ? records.slice(from + skipped, to) : records.slice(again, to));
      at[lane] = to;
    }
    const text = await dump(runner.view);
    await runner.stop();
    return text;
  };

  it('goes on from its mark after a restart, and applies nothing twice', async () => {
    await record(fixture.log, fixture.codec, 'group/aaa', created('one'), renamed('two'));
    const view = await fixture.openCopy();
    const first = await fixture.run({ view });
    await level(first);
    await first.stop();
    await record(fixture.log, fixture.codec, 'group/aaa', renamed('three'));
    const second = await fixture.run({ view });
    await level(second);
    expect(await view.get('groups', 'aaa')).toMatchObject({ names: ['one', 'two', 'three'], events: 3 });
  });

  it('lets one of two runners of a view apply each batch', async () => {
    const view = await fixture.openCopy();
    const runners = await Promise.all([fixture.run({ view }), fixture.run({ view })]);
    for (let nth = 0; nth < 30; nth++) await record(fixture.log, fixture.codec, `group/g${'abc'[nth % 3]}`, renamed(`n${nth}`));
    for (const runner of runners) await level(runner);
    const rows = await view.getMany<{ events: number }>('groups', ['ga', 'gb', 'gc']);
    expect(rows.map((row) => row?.events)).toEqual([10, 10, 10]);
  });

  it('waits for what passes by itself, in that lane only', async () => {
    let away = true;
    const projection = sampleProjection((_event, stream) => {
      if (away && stream === 'group/aaa') throw unavailable('away', 'not now');
    });
    await record(fixture.log, fixture.codec, 'group/aaa', created('one'));
    const other = ['group/b', 'group/c', 'group/d'].find((stream) => laneOfStream(stream) !== laneOfStream('group/aaa')) as string;
    await record(fixture.log, fixture.codec, other, created('other'));
    const runner = await fixture.run({ projection });
    await until(async () => (await runner.view.get('groups', other.slice(6))) !== undefined, 'the other lane');
    expect(await runner.view.get('groups', 'aaa')).toBeUndefined();
    away = false;
    await level(runner);
    expect(runner.runners[0]?.parked()).toBe(0);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ events: 1 });
  });

  it('skips what this release does not know', async () => {
    await fixture.log.append(
      [
        {
          stream: 'group/aaa',
          expected: { kind: 'any' },
          events: [{ type: 'parvis.group.v1.GroupPainted', data: new Uint8Array([0x9a, 0x06, 0]) }],
        },
      ],
      { commandId: 'c', requestHash: '', actor: '' },
    );
    await record(fixture.log, fixture.codec, 'group/aaa', renamed('after'));
    const runner = await fixture.run();
    await level(runner);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ names: ['after'], events: 1 });
  });

  it('builds the view anew when its source began a new history, and ignores what is left of the old one', async () => {
    const view = await fixture.openCopy();
    await record(fixture.log, fixture.codec, 'group/aaa', created('old'), renamed('older'));
    const scripted = createScriptedBus(fixture.log);
    const runner = await fixture.run({ view, bus: scripted.bus });
    const lane = laneOfStream('group/aaa');
    const old = await fixture.log.readLane(lane, { after: 0, limit: 10 });
    await scripted.deliver(lane, old);
    const restored = createMemoryEventLog({ source: 'group', clock: fixture.clock, epoch: 'restored' });
    await record(restored, fixture.codec, 'group/aaa', created('new'));
    scripted.replaceLog(restored);
    await expect(scripted.deliver(lane, await restored.readLane(lane, { after: 0, limit: 10 }))).rejects.toMatchObject({
      code: 'epoch-changed',
    });
    await until(() => runner.runners[0]?.progress.epoch() === 'restored', 'the restart');
    expect(await view.get('groups', 'aaa')).toBeUndefined();
    await scripted.deliver(lane, old);
    expect(await view.get('groups', 'aaa')).toBeUndefined();
    await scripted.deliver(lane, await restored.readLane(lane, { after: 0, limit: 10 }));
    expect(await view.get('groups', 'aaa')).toMatchObject({ names: ['new'], events: 1 });
    expect((await view.marks()).map((mark) => mark.epoch)).toEqual(['restored']);
  });

  it.each(['sealed', 'opened'] as const)('hands over personal fields %s, as the projection asks', async (personal) => {
    const keys = createMemoryKeys('ppp');
    const withKeys = createEventCodec({ keys });
    await record(fixture.log, withKeys, 'group/aaa/member/ppp', {
      $case: 'membershipRequested',
      value: { personId: 'ppp', message: 'let me in' },
    });
    const messages: string[] = [];
    const projection: Projection = { ...sampleProjection((event) => void messages.push(event.value.message)), personal };
    const runner = await fixture.run({ projection, codec: withKeys });
    await level(runner);
    expect(messages).toEqual([personal === 'opened' ? 'let me in' : expect.stringMatching(/^s1:ppp:c:/)]);
  });

  it('waits for keys that can not be read right now, and parks nothing', async () => {
    const keys = createMemoryKeys('ppp');
    let away = true;
    const withKeys = createEventCodec({ keys: { get: (refs) => (away ? Promise.reject(unavailable('away', 'vault')) : keys.get(refs)) } });
    away = false;
    await record(fixture.log, withKeys, 'group/aaa/member/ppp', {
      $case: 'membershipRequested',
      value: { personId: 'ppp', message: 'let me in' },
    });
    away = true;
    const runner = await fixture.run({ projection: { ...sampleProjection(), personal: 'opened' }, codec: withKeys });
    expect(await runner.level()).toBe(false);
    away = false;
    await level(runner);
    expect(runner.runners[0]?.parked()).toBe(0);
  });

  it('says that the owner has a gap, and goes on when it has not', async () => {
    await record(fixture.log, fixture.codec, 'group/aaa', created('one'), renamed('two'), renamed('three'));
    const lane = laneOfStream('group/aaa');
    const records = await fixture.log.readLane(lane, { after: 0, limit: 10 });
    const scripted = createScriptedBus(fixture.log);
    const runner = await fixture.run({ bus: scripted.bus });
    scripted.hide(true);
    await expect(scripted.deliver(lane, records.slice(2))).rejects.toMatchObject({ code: 'lane-gap' });
    expect(await runner.view.marks()).toEqual([]);
    scripted.hide(false);
    await scripted.deliver(lane, records.slice(2));
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ names: ['one', 'two', 'three'] });
  });
});

interface ScriptedBus {
  readonly bus: Bus;
  deliver(lane: number, records: readonly RecordedEvent[]): Promise<void>;
  replaceLog(log: EventLog): void;
  /** The owner answers as if it had nothing. */
  hide(hidden: boolean): void;
}

/** A bus that delivers what the suite says, over a log that answers as its owner. */
const createScriptedBus = (first: EventLog): ScriptedBus => {
  let log = first;
  let hidden = false;
  let subscribed: SubscribeOptions | undefined;
  return {
    deliver: async (lane, records) => subscribed?.onBatch(lane, records),
    replaceLog(next) {
      log = next;
    },
    hide(now) {
      hidden = now;
    },
    bus: {
      publish: async () => undefined,
      heads: async () => ({ epoch: (await log.header()).epoch, heads: await log.heads() }),
      readLane: async (_source, lane, options) => (hidden ? [] : log.readLane(lane, options)),
      async subscribe(options) {
        subscribed = options;
        return { positions: () => new Map(), stop: async () => undefined };
      },
      close: async () => undefined,
    },
  };
};
