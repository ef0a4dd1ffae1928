import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalReader } from '../adapters/logBus/laneReader.ts';
import { createLogBus } from '../adapters/logBus/logBus.ts';
import { createSqliteStateStore } from '../adapters/sqlite/state.ts';
import { createSqliteViewStore } from '../adapters/sqlite/views.ts';
import type { Bus } from '../ports/bus.ts';
import type { EventLog } from '../ports/eventLog.ts';
import type { StateStore } from '../ports/state.ts';
import type { ViewStore } from '../ports/views.ts';
import { unavailable } from '../runtime/errors.ts';
import { systemClock } from '../runtime/systemClock.ts';
import { until } from '../testing/eventually.ts';
import { createMemoryEventLog } from '../testing/memoryEventLog.ts';
import { createMemoryKeys } from '../testing/memoryKeys.ts';
import { created, dump, record, renamed, sampleProjection } from '../testing/sampleView.ts';
import { testLogger } from '../testing/testPorts.ts';
import { createEventCodec } from './eventCodec.ts';
import type { Projection } from './projection.ts';
import { createManagedView, type ManagedView } from './rebuild.ts';

const codec = createEventCodec({ keys: createMemoryKeys() });

describe('building views anew', () => {
  let folder: string;
  let store: ViewStore;
  let state: StateStore;
  let log: EventLog;
  let bus: Bus;
  const running: ManagedView[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parvis-rebuild-'));
    store = createSqliteViewStore({ folder });
    state = createSqliteStateStore({ folder });
    log = createMemoryEventLog({ source: 'group', clock: systemClock });
    bus = createLogBus({ reader: () => createLocalReader(log), clock: systemClock, logger: testLogger });
    for (let nth = 0; nth < 50; nth++)
      await record(log, codec, `group/g${'abcde'[nth % 5]}`, nth < 5 ? created(`n${nth}`) : renamed(`n${nth}`));
  });
  afterEach(async () => {
    for (const view of running.splice(0)) await view.stop();
    await bus.close();
    await store.close();
    await state.close();
    await rm(folder, { recursive: true, force: true });
  });

  const manage = async (projection: Projection = sampleProjection()): Promise<ManagedView> => {
    const view = createManagedView({
      schema: projection.schema,
      group: `test.${projection.schema.name}`,
      projections: [projection],
      store,
      state,
      bus,
      codec,
      clock: systemClock,
      logger: testLogger,
      parkable: true,
    });
    running.push(view);
    await view.start();
    await until(() => view.runner().level(), 'level');
    await view.dropOthers();
    return view;
  };

  it('answers that a view is not open before its start', async () => {
    const view = createManagedView({
      schema: sampleProjection().schema,
      group: 'x',
      projections: [],
      store,
      state,
      bus,
      codec,
      clock: systemClock,
      logger: testLogger,
      parkable: true,
    });
    await expect((async () => view.view.get('groups', 'a'))()).rejects.toMatchObject({ kind: 'unavailable', code: 'starting' });
  });

  it('gives the same rows, while the live copy goes on answering and following', async () => {
    const managed = await manage();
    const before = await dump(managed.view);
    await managed.view.write({
      puts: [{ collection: 'groups', key: 'wrong', row: { id: 'wrong', names: [], events: 0, archived: false } }],
      deletes: [],
      marks: [],
    });
    const rebuilding = managed.rebuild();
    await expect(managed.rebuild()).rejects.toMatchObject({ code: 'view.rebuild-running' });
    expect(await managed.view.get('groups', 'ga')).toMatchObject({ events: 10 });
    await rebuilding;
    expect(await dump(managed.view)).toBe(before);
    expect(await store.list()).toEqual([{ name: 'groupHistory~1', version: 1 }]);
    await record(log, codec, 'group/ga', renamed('after'));
    await until(() => managed.runner().level(), 'level again');
    expect(await managed.view.get('groups', 'ga')).toMatchObject({ events: 11 });
  });

  it('opens the copy that was built last, after a restart', async () => {
    const first = await manage();
    await first.rebuild();
    await first.rebuild();
    const rows = await dump(first.view);
    await first.stop();
    const second = await manage();
    expect(await dump(second.view)).toBe(rows);
    expect(await store.list()).toEqual([{ name: 'groupHistory~2', version: 1 }]);
  });

  it('keeps the live copy when the new one can not be built', async () => {
    let broken = false;
    const managed = await manage(
      sampleProjection(() => {
        if (broken) throw unavailable('away', 'never');
      }),
    );
    const before = await dump(managed.view);
    broken = true;
    const rebuilding = managed.rebuild();
    await until(async () => (await store.list()).length === 2, 'the copy beside');
    await managed.stop();
    await rebuilding;
    broken = false;
    const again = await manage();
    expect(await dump(again.view)).toBe(before);
    expect(await store.list()).toEqual([{ name: 'groupHistory', version: 1 }]);
  });

  it('builds a newer shape beside the older and drops that when level', async () => {
    const older = await manage();
    const rows = await dump(older.view);
    const newer = await manage(sampleProjection(undefined, 2));
    expect(await dump(newer.view)).toBe(rows);
    expect(await store.list()).toEqual([{ name: 'groupHistory', version: 2 }]);
  });
});
