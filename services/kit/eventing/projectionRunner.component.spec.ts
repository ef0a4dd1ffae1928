import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import fc from 'fast-check';
import { createLocalReader } from '../adapters/logBus/laneReader.ts';
import { createLogBus } from '../adapters/logBus/logBus.ts';
import { createSqliteViewStore } from '../adapters/sqlite/views.ts';
import type { Bus, SubscribeOptions } from '../ports/bus.ts';
import { type EventLog, LANE_COUNT, type RecordedEvent } from '../ports/eventLog.ts';
import type { View, ViewStore } from '../ports/views.ts';
import { unavailable } from '../runtime/errors.ts';
import { laneOfStream } from '../runtime/streams.ts';
import { until } from '../testing/eventually.ts';
import { createFlowingClock, type FlowingClock } from '../testing/flowingClock.ts';
import { createMemoryEventLog } from '../testing/memoryEventLog.ts';
import { createMemoryKeys } from '../testing/memoryKeys.ts';
import { archived, created, dump, left, record, renamed, reopened, sampleProjection, sampleSchema } from '../testing/sampleView.ts';
import { testLogger } from '../testing/testPorts.ts';
import type { EventCodec } from './codec.ts';
import { createEventCodec } from './eventCodec.ts';
import { PARKED, PARKING_LIMIT, type ParkedRow, withParking } from './parking.ts';
import type { Projection } from './projection.ts';
import { createViewRunner, type ViewRunner } from './viewRunner.ts';

const codec = createEventCodec({ keys: createMemoryKeys() });

interface Options {
  readonly projection?: Projection;
  readonly view?: View;
  readonly bus?: Bus;
  readonly parkable?: boolean;
  readonly codec?: EventCodec;
}

describe('the projection runner', () => {
  let folder: string;
  let store: ViewStore;
  let clock: FlowingClock;
  let log: EventLog;
  let bus: Bus;
  let copies = 0;
  const running: ViewRunner[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parvis-runner-'));
    store = createSqliteViewStore({ folder });
    clock = createFlowingClock();
    log = createMemoryEventLog({ source: 'group', clock });
    bus = createLogBus({ reader: () => createLocalReader(log), clock, logger: testLogger });
  });
  afterEach(async () => {
    for (const runner of running.splice(0)) await runner.stop();
    await bus.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const openCopy = (): Promise<View> => {
    copies += 1;
    return store.open(withParking({ ...sampleSchema(), name: `copy${copies}` }));
  };
  const run = async (options: Options = {}): Promise<ViewRunner> => {
    const view = options.view ?? (await openCopy());
    const runner = createViewRunner({
      group: `test.${view.schema.name}`,
      projections: [options.projection ?? sampleProjection()],
      view,
      bus: options.bus ?? bus,
      codec: options.codec ?? codec,
      clock,
      logger: testLogger,
      parkable: options.parkable ?? true,
    });
    running.push(runner);
    await runner.start();
    return runner;
  };
  const level = (runner: ViewRunner): Promise<void> => until(() => runner.level(), 'level');
  const parkedPositions = async (view: View): Promise<number[]> =>
    (await view.range<ParkedRow>(PARKED, 'thread', { limit: 1000 })).map((entry) => entry.row.position);

  it('gives the same rows for every interleaving of lanes, size of batch, repeat and gap', async () => {
    const step = fc.tuple(fc.nat(5), fc.nat(3), fc.constantFrom('name', 'archive', 'reopen', 'leave'));
    const events: Record<string, (nth: number) => AnyEvent> = {
      name: (nth) => renamed(`n${nth}`),
      archive: () => archived,
      reopen: () => reopened,
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.infiniteStream(fc.nat(1000)), async (steps, chances) => {
        const history = createMemoryEventLog({ source: 'group', clock });
        const chance = (below: number): number => (chances.next().value as number) % below;
        for (const [nth, [group, person, what]] of steps.entries()) {
          const stream = `group/group${'abcdef'[group]}`;
          if (what === 'leave') await record(history, codec, `${stream}/member/p${'abcd'[person]}`, left('p'));
          else await record(history, codec, stream, (events[what] as (nth: number) => AnyEvent)(nth));
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
    const runner = await run({ bus: scripted.bus });
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
    await record(log, codec, 'group/aaa', created('one'), renamed('two'));
    const view = await openCopy();
    const first = await run({ view });
    await level(first);
    await first.stop();
    await record(log, codec, 'group/aaa', renamed('three'));
    const second = await run({ view });
    await level(second);
    expect(await view.get('groups', 'aaa')).toMatchObject({ names: ['one', 'two', 'three'], events: 3 });
  });

  it('lets one of two runners of a view apply each batch', async () => {
    const view = await openCopy();
    const runners = await Promise.all([run({ view }), run({ view })]);
    for (let nth = 0; nth < 30; nth++) await record(log, codec, `group/g${'abc'[nth % 3]}`, renamed(`n${nth}`));
    for (const runner of runners) await level(runner);
    const rows = await view.getMany<{ events: number }>('groups', ['ga', 'gb', 'gc']);
    expect(rows.map((row) => row?.events)).toEqual([10, 10, 10]);
  });

  it('parks a thread that fails, with what follows in it, and lets the others go on', async () => {
    let broken = true;
    const projection = sampleProjection((event) => {
      if (broken && event.$case === 'groupChanged' && event.value.name === 'poison') throw new TypeError('cannot read this');
    });
    const lane = laneOfStream('group/aaa');
    await record(log, codec, 'group/aaa', created('one'), renamed('poison'), renamed('after'));
    await record(log, codec, 'group/aaa/member/ppp', left('ppp'));
    await record(log, codec, 'group/bbb', created('other'));
    const runner = await run({ projection });
    await level(runner);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ names: ['one'], events: 1 });
    expect(await runner.view.get('groups', 'bbb')).toMatchObject({ names: ['other'] });
    // A membership is a thread of its own.
    expect(await runner.view.get('members', 'aaa/ppp')).toMatchObject({ steps: ['memberLeft'] });
    expect(runner.runners[0]?.parked()).toBe(1);
    const [held] = await runner.view.range<ParkedRow>(PARKED, 'thread', { limit: 1 });
    expect(held?.row).toMatchObject({ source: 'group', lane, thread: 'group/aaa', reason: 'TypeError: cannot read this' });
    expect(JSON.stringify(held)).not.toContain('poison');

    await record(log, codec, 'group/aaa', renamed('later'));
    await until(async () => (await parkedPositions(runner.view)).length === 3, 'the later event is held too');
    expect(await runner.runners[0]?.release()).toBe(0);
    expect(await parkedPositions(runner.view)).toHaveLength(3);
    broken = false;
    expect(await runner.runners[0]?.release('group/zzz')).toBe(0);
    expect(await runner.runners[0]?.release('group/aaa')).toBe(1);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ names: ['one', 'poison', 'after', 'later'], events: 4 });
    expect(await parkedPositions(runner.view)).toEqual([]);
    await record(log, codec, 'group/aaa', renamed('now'));
    await level(runner);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ events: 5 });
  });

  it('still holds a parked thread after a restart', async () => {
    let broken = true;
    const projection = sampleProjection((event) => {
      if (broken && event.$case === 'groupArchived') throw new Error('no');
    });
    const view = await openCopy();
    await record(log, codec, 'group/aaa', created('one'), archived);
    const first = await run({ view, projection });
    await level(first);
    await first.stop();
    broken = false;
    await record(log, codec, 'group/aaa', renamed('two'));
    const second = await run({ view, projection });
    await level(second);
    expect(await view.get('groups', 'aaa')).toMatchObject({ names: ['one'], archived: false });
    expect(await second.runners[0]?.release()).toBe(1);
    expect(await view.get('groups', 'aaa')).toMatchObject({ names: ['one', 'two'], archived: true });
  });

  it('stops when more threads fail than may be parked', async () => {
    const projection = sampleProjection((event) => {
      if (event.$case === 'groupArchived') throw new Error('no');
    });
    const runner = await run({ projection });
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const groupOf = (nth: number): string => `group/g${letters[nth % 26]}${letters[Math.floor(nth / 26)]}`;
    for (let nth = 0; nth < PARKING_LIMIT.threads; nth++) await record(log, codec, groupOf(nth), archived);
    await level(runner);
    expect(runner.state()).toBe('running');
    expect(runner.runners[0]?.parked()).toBe(PARKING_LIMIT.threads);
    await record(log, codec, groupOf(PARKING_LIMIT.threads), archived);
    await until(() => runner.state() === 'stopped', 'the view stops');
    expect(runner.reason()).toBe('Error: no');
    expect(await runner.level()).toBe(false);
    expect(await parkedPositions(runner.view)).toHaveLength(PARKING_LIMIT.threads);
  });

  it('counts only what was parked within the window', async () => {
    const projection = sampleProjection((event) => {
      if (event.$case === 'groupArchived') throw new Error('no');
    });
    const runner = await run({ projection });
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    for (let nth = 0; nth <= PARKING_LIMIT.threads; nth++) {
      if (nth === PARKING_LIMIT.threads) {
        await level(runner);
        clock.advance(PARKING_LIMIT.windowMs);
      }
      await record(log, codec, `group/g${letters[nth % 26]}${letters[Math.floor(nth / 26)]}`, archived);
    }
    await level(runner);
    expect(runner.runners[0]?.parked()).toBe(PARKING_LIMIT.threads + 1);
  });

  it('waits for what passes by itself, in that lane only', async () => {
    let away = true;
    const projection = sampleProjection((_event, stream) => {
      if (away && stream === 'group/aaa') throw unavailable('away', 'not now');
    });
    await record(log, codec, 'group/aaa', created('one'));
    const other = ['group/b', 'group/c', 'group/d'].find((stream) => laneOfStream(stream) !== laneOfStream('group/aaa')) as string;
    await record(log, codec, other, created('other'));
    const runner = await run({ projection });
    await until(async () => (await runner.view.get('groups', other.slice(6))) !== undefined, 'the other lane');
    expect(await runner.view.get('groups', 'aaa')).toBeUndefined();
    away = false;
    await level(runner);
    expect(runner.runners[0]?.parked()).toBe(0);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ events: 1 });
  });

  it('parks nothing of a view of rights: its lane stands still and says why', async () => {
    let broken = true;
    const projection = sampleProjection(() => {
      if (broken) throw new Error('no');
    });
    await record(log, codec, 'group/aaa', created('one'));
    const runner = await run({ projection, parkable: false });
    await until(() => runner.reason() === 'Error: no', 'the reason');
    expect(await runner.level()).toBe(false);
    expect(await parkedPositions(runner.view)).toEqual([]);
    broken = false;
    await level(runner);
    expect(runner.reason()).toBe('');
  });

  it('skips what this release does not know', async () => {
    await log.append(
      [
        {
          stream: 'group/aaa',
          expected: { kind: 'any' },
          events: [{ type: 'parvis.group.v1.GroupPainted', data: new Uint8Array([0x9a, 0x06, 0]) }],
        },
      ],
      { commandId: 'c', requestHash: '', actor: '' },
    );
    await record(log, codec, 'group/aaa', renamed('after'));
    const runner = await run();
    await level(runner);
    expect(await runner.view.get('groups', 'aaa')).toMatchObject({ names: ['after'], events: 1 });
  });

  it('builds the view anew when its source began a new history, and ignores what is left of the old one', async () => {
    const view = await openCopy();
    await record(log, codec, 'group/aaa', created('old'), renamed('older'));
    const scripted = createScriptedBus(log);
    const runner = await run({ view, bus: scripted.bus });
    const lane = laneOfStream('group/aaa');
    const old = await log.readLane(lane, { after: 0, limit: 10 });
    await scripted.deliver(lane, old);
    const restored = createMemoryEventLog({ source: 'group', clock, epoch: 'restored' });
    await record(restored, codec, 'group/aaa', created('new'));
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
    await record(log, withKeys, 'group/aaa/member/ppp', { $case: 'membershipRequested', value: { personId: 'ppp', message: 'let me in' } });
    const messages: string[] = [];
    const projection: Projection = { ...sampleProjection((event) => void messages.push(event.value.message)), personal };
    const runner = await run({ projection, codec: withKeys });
    await level(runner);
    expect(messages).toEqual([personal === 'opened' ? 'let me in' : expect.stringMatching(/^s1:ppp:c:/)]);
  });

  it('waits for keys that can not be read right now, and parks nothing', async () => {
    const keys = createMemoryKeys('ppp');
    let away = true;
    const withKeys = createEventCodec({ keys: { get: (refs) => (away ? Promise.reject(unavailable('away', 'vault')) : keys.get(refs)) } });
    away = false;
    await record(log, withKeys, 'group/aaa/member/ppp', { $case: 'membershipRequested', value: { personId: 'ppp', message: 'let me in' } });
    away = true;
    const runner = await run({ projection: { ...sampleProjection(), personal: 'opened' }, codec: withKeys });
    expect(await runner.level()).toBe(false);
    away = false;
    await level(runner);
    expect(runner.runners[0]?.parked()).toBe(0);
  });

  it('parks a thread whose record can not be decoded', async () => {
    await log.append(
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
    await record(log, codec, 'group/aaa', renamed('after'));
    await record(log, codec, 'group/aaa/member/ppp', left('ppp'));
    const runner = await run();
    await level(runner);
    expect(await parkedPositions(runner.view)).toEqual([1, 2]);
    expect(await runner.view.get('members', 'aaa/ppp')).toBeDefined();
  });

  it('says that the owner has a gap, and goes on when it has not', async () => {
    await record(log, codec, 'group/aaa', created('one'), renamed('two'), renamed('three'));
    const lane = laneOfStream('group/aaa');
    const records = await log.readLane(lane, { after: 0, limit: 10 });
    const scripted = createScriptedBus(log);
    const runner = await run({ bus: scripted.bus });
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
