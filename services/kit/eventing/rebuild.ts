import type { StateStore } from '../ports/state.ts';
import type { View, ViewSchema, ViewStore } from '../ports/views.ts';
import { ruleBroken, unavailable } from '../runtime/errors.ts';
import { withParking } from './parking.ts';
import { createViewRunner, type ViewRunner, type ViewRunnerOptions } from './viewRunner.ts';

/** How often a build beside the live view is looked at. */
const LOOK_MS = 50;

export interface ManagedViewOptions extends Omit<ViewRunnerOptions, 'view'> {
  readonly schema: ViewSchema;
  readonly store: ViewStore;
  readonly state: StateStore;
  /** What its writer sees instead of the view itself, e.g. to keep a cache right. */
  readonly forWriter?: (view: View) => View;
}

/** A view by its name, whichever copy of it is the live one. */
export interface ManagedView {
  readonly name: string;
  /** For queries, from the start on: asks the live copy, or answers that it is not open yet. */
  readonly view: View;
  /** @throws unavailable before it is opened. */
  runner(): ViewRunner;
  opened(): boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Builds a copy from the log beside the live one, swaps when level, drops the old one. Runs no policy. */
  rebuild(): Promise<void>;
  /** Drops older shapes and what an interrupted rebuild left; called when the view is level. */
  dropOthers(): Promise<void>;
}

/** `groupLog` for the first copy, `groupLog~2` for the second built: names of what the store holds. */
const physicalName = (name: string, generation: number): string => (generation === 0 ? name : `${name}~${generation}`);

const delegate = (schema: ViewSchema, target: () => View): View => ({
  schema,
  get: (collection, key) => target().get(collection, key),
  getMany: (collection, keys) => target().getMany(collection, keys),
  range: (collection, index, options) => target().range(collection, index, options),
  marks: () => target().marks(),
  write: (batch) => target().write(batch),
  clear: () => target().clear(),
});

export const createManagedView = (options: ManagedViewOptions): ManagedView => {
  const { schema, store, clock, logger } = options;
  const generations = options.state.table<number>('viewGenerations');
  const generationKey = `${schema.name}.v${schema.version}`;
  let generation = 0;
  let live: ViewRunner | undefined;
  let building: ViewRunner | undefined;
  let rebuilding = false;

  const open = async (nth: number): Promise<ViewRunner> => {
    const opened = await store.open(withParking({ ...schema, name: physicalName(schema.name, nth) }));
    const view = options.forWriter?.(opened) ?? opened;
    const group = nth === 0 ? options.group : `${options.group}~${nth}`;
    return createViewRunner({ ...options, group, view });
  };
  const current = (): ViewRunner => {
    if (live === undefined) throw unavailable('starting', `the view ${schema.name} is not open yet`);
    return live;
  };
  const look = (): Promise<void> => new Promise((resolve) => void clock.after(LOOK_MS, resolve));

  const dropOthers = async (): Promise<void> => {
    const mine = physicalName(schema.name, generation);
    for (const { name, version } of await store.list()) {
      const older = version < schema.version || (version === schema.version && name !== mine);
      if (name.split('~')[0] !== schema.name || !older || building?.view.schema.name === name) continue;
      logger.info({ view: name, version }, 'an old copy of a view is dropped');
      await store.drop(name, version);
    }
  };

  /** False when it was stopped before it was level. */
  const buildBeside = async (beside: ViewRunner): Promise<boolean> => {
    await beside.start();
    while (building === beside) {
      if (await beside.level()) return true;
      if (beside.state() === 'stopped') throw ruleBroken('view.rebuild-failed', `the new copy stopped: ${beside.reason()}`);
      await look();
    }
    return false;
  };

  const swap = async (beside: ViewRunner, nth: number): Promise<void> => {
    await generations.put(generationKey, nth);
    const before = live;
    live = beside;
    generation = nth;
    await before?.stop();
    await dropOthers();
  };

  return {
    name: schema.name,
    view: delegate(schema, () => current().view),
    runner: current,
    opened: () => live !== undefined,
    dropOthers,
    async start() {
      generation = (await generations.get(generationKey)) ?? 0;
      live = await open(generation);
      await live.start();
    },
    async stop() {
      const beside = building;
      building = undefined;
      await beside?.stop();
      await live?.stop();
    },
    async rebuild() {
      if (rebuilding) throw ruleBroken('view.rebuild-running', `the view ${schema.name} is being built already`);
      rebuilding = true;
      try {
        const nth = generation + 1;
        // What an interrupted rebuild left under this name is not trusted.
        await store.drop(physicalName(schema.name, nth), schema.version);
        building = await open(nth);
        const beside = building;
        if (await buildBeside(beside)) await swap(beside, nth);
        else await beside.stop();
      } catch (error) {
        await building?.stop();
        throw error;
      } finally {
        building = undefined;
        rebuilding = false;
      }
    },
  };
};
