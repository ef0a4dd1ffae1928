import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalReader } from '../adapters/logBus/laneReader.ts';
import { createLogBus } from '../adapters/logBus/logBus.ts';
import { createSqliteStateStore } from '../adapters/sqlite/state.ts';
import type { Bus } from '../ports/bus.ts';
import type { EventLog } from '../ports/eventLog.ts';
import type { StateStore } from '../ports/state.ts';
import { ruleBroken, unavailable } from '../runtime/errors.ts';
import type { Policy } from '../runtime/service.ts';
import { until } from '../testing/eventually.ts';
import { createFlowingClock, type FlowingClock } from '../testing/flowingClock.ts';
import { createMemoryEventLog } from '../testing/memoryEventLog.ts';
import { createMemoryKeys } from '../testing/memoryKeys.ts';
import { archived, created, record, renamed } from '../testing/sampleView.ts';
import { testLogger } from '../testing/testPorts.ts';
import { createEventCodec } from './eventCodec.ts';
import { createPolicyRunner, type PolicyRunner } from './policyRunner.ts';

const codec = createEventCodec({ keys: createMemoryKeys() });

describe('the policy runner', () => {
  let folder: string;
  let state: StateStore;
  let clock: FlowingClock;
  let log: EventLog;
  let bus: Bus;
  let handled: string[];
  let trouble: (name: string) => void;
  const running: PolicyRunner[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parvis-policy-'));
    state = createSqliteStateStore({ folder });
    clock = createFlowingClock();
    log = createMemoryEventLog({ source: 'group', clock });
    bus = createLogBus({ reader: () => createLocalReader(log), clock, logger: testLogger });
    handled = [];
    trouble = () => undefined;
  });
  afterEach(async () => {
    for (const runner of running.splice(0)) await runner.stop();
    await bus.close();
    await state.close();
    await rm(folder, { recursive: true, force: true });
  });

  const policy = (begin: Policy['begin']): Policy => ({
    name: 'greet',
    source: 'group',
    types: ['parvis.group.v1.GroupCreated', 'parvis.group.v1.GroupChanged'],
    begin,
    async handle({ event }) {
      const name = event?.value.name as string;
      trouble(name);
      handled.push(name);
    },
  });
  const run = async (begin: Policy['begin'] = 'start', onBus: Bus = bus): Promise<PolicyRunner> => {
    const runner = createPolicyRunner({ policy: policy(begin), service: 'test', state, bus: onBus, codec, clock, logger: testLogger });
    running.push(runner);
    await runner.start();
    return runner;
  };
  const passed = (runner: PolicyRunner): Promise<void> =>
    until(async () => (await log.heads()).every((head, lane) => runner.progress.position(lane) >= head), 'the head');

  it('handles events of its types in order, and those only', async () => {
    await record(log, codec, 'group/aaa', created('one'), archived, renamed('two'));
    const runner = await run();
    await passed(runner);
    expect(handled).toEqual(['one', 'two']);
  });

  it('does not react to history when it begins at the head, whenever it is started again', async () => {
    await record(log, codec, 'group/aaa', created('before'));
    const first = await run('head');
    await first.stop();
    await record(log, codec, 'group/aaa', renamed('while it was down'));
    const second = await run('head');
    await passed(second);
    expect(handled).toEqual(['while it was down']);
  });

  it('goes on after the last handled event', async () => {
    await record(log, codec, 'group/aaa', created('one'));
    const first = await run();
    await passed(first);
    await first.stop();
    await record(log, codec, 'group/aaa', archived, renamed('two'));
    const second = await run();
    await passed(second);
    expect(handled).toEqual(['one', 'two']);
  });

  it('handles an event again when the process died before its mark was kept', async () => {
    await record(log, codec, 'group/aaa', created('one'), renamed('two'));
    let crash = true;
    const table = state.table<unknown>('policyMarks');
    const put = table.put;
    const broken: StateStore = {
      ...state,
      table: <V>(name: string) => ({
        ...state.table<V>(name),
        put: async (key: string, value: V) => {
          if (crash && handled.length === 1) throw new Error('killed');
          if (name === 'policyMarks') return put(key, value);
          return state.table<V>(name).put(key, value);
        },
      }),
    };
    const first = createPolicyRunner({ policy: policy('start'), service: 'test', state: broken, bus, codec, clock, logger: testLogger });
    await first.start();
    await until(() => handled.length === 1, 'the first event');
    await first.stop();
    crash = false;
    const second = await run();
    await passed(second);
    expect(handled).toEqual(['one', 'one', 'two']);
  });

  it('keeps one mark per batch for a policy whose effects are kept under the ids of events', async () => {
    await record(log, codec, 'group/aaa', created('one'), renamed('two'), renamed('three'), archived, renamed('four'));
    trouble = (name) => {
      if (name === 'three') throw unavailable('away', 'not now');
    };
    const saved: number[] = [];
    const counting: StateStore = {
      ...state,
      table: <V>(name: string) => {
        const table = state.table<V>(name);
        const put = async (key: string, value: V) => {
          if (name === 'policyMarks') saved.push((value as { position: number }).position);
          return table.put(key, value);
        };
        return { ...table, put };
      },
    };
    const batched: Policy = { ...policy('start'), marks: 'batch' };
    const runner = createPolicyRunner({ policy: batched, service: 'test', state: counting, bus, codec, clock, logger: testLogger });
    running.push(runner);
    await runner.start();
    // What came before the event that waits is in the mark, and is not handled again.
    await until(() => saved.includes(2), 'the mark of what was handled');
    trouble = () => undefined;
    await passed(runner);
    expect(handled).toEqual(['one', 'two', 'three', 'four']);
    expect(saved.filter((position) => position > 0)).toEqual([2, 5]);
  });

  it('waits for what passes by itself without parking', async () => {
    let away = 3;
    trouble = () => {
      if (away-- > 0) throw unavailable('away', 'not now');
    };
    await record(log, codec, 'group/aaa', created('one'));
    const runner = await run();
    await passed(runner);
    expect(handled).toEqual(['one']);
    expect(runner.parked()).toBe(0);
  });

  it('parks a thread that fails for good, over a restart, and handles it when released', async () => {
    let broken = true;
    trouble = (name) => {
      if (broken && name === 'poison') throw ruleBroken('test.poison', 'never');
    };
    await record(log, codec, 'group/aaa', created('poison'), renamed('later'));
    await record(log, codec, 'group/bbb', created('other'));
    const first = await run();
    await passed(first);
    expect(handled).toEqual(['other']);
    await first.stop();
    const second = await run();
    await record(log, codec, 'group/aaa', renamed('last'));
    await passed(second);
    expect(second.parked()).toBe(1);
    expect(await second.release()).toBe(0);
    expect(handled).toEqual(['other']);
    broken = false;
    expect(await second.release('group/aaa')).toBe(1);
    expect(handled).toEqual(['other', 'poison', 'later', 'last']);
    expect(second.parked()).toBe(0);
    await record(log, codec, 'group/aaa', renamed('now'));
    await passed(second);
    expect(handled.at(-1)).toBe('now');
  });

  it('tries what looks like a bug a few times before it parks', async () => {
    let attempts = 0;
    trouble = () => {
      attempts += 1;
      throw new TypeError('bug');
    };
    await record(log, codec, 'group/aaa', created('one'));
    const runner = await run();
    await until(() => attempts > 1, 'a second attempt');
    for (let nth = 0; nth < 4; nth++) {
      const before = attempts;
      clock.advance(5000);
      await until(() => attempts > before || runner.parked() === 1, 'the next attempt');
    }
    await passed(runner);
    expect(attempts).toBe(5);
    expect(runner.parked()).toBe(1);
  });

  it('does not do again after a restore what was done before', async () => {
    await record(log, codec, 'group/aaa', created('one'), renamed('two'), renamed('lost'));
    const first = await run();
    await passed(first);
    await first.stop();
    const restored = createMemoryEventLog({ source: 'group', clock, epoch: 'restored' });
    await record(restored, codec, 'group/aaa', created('one'), renamed('two'));
    log = restored;
    const other = createLogBus({ reader: () => createLocalReader(restored), clock, logger: testLogger });
    const second = await run('start', other);
    await record(restored, codec, 'group/aaa', renamed('new'));
    await passed(second);
    expect(handled).toEqual(['one', 'two', 'lost', 'new']);
    await second.stop();
    await other.close();
  });
});
