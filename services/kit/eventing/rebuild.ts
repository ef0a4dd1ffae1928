import type { StateStore, StateTable } from '../ports/state.ts';
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

/** What the parts of a managed view share. */
interface Managed {
  readonly options: ManagedViewOptions;
  readonly generations: StateTable<number>;
  generation: number;
  live: ViewRunner | undefined;
  building: ViewRunner | undefined;
}

const generationKey = ({ schema }: ManagedViewOptions): string => `${schema.name}.v${schema.version}`;

const openCopy = async ({ options }: Managed, nth: number): Promise<ViewRunner> => {
  const opened = await options.store.open(withParking({ ...options.schema, name: physicalName(options.schema.name, nth) }));
  const view = options.forWriter?.(opened) ?? opened;
  return createViewRunner({ ...options, group: physicalName(options.group, nth), view });
};

const liveOf = ({ options, live }: Managed): ViewRunner => {
  if (live === undefined) throw unavailable('starting', `the view ${options.schema.name} is not open yet`);
  return live;
};

const dropOthers = async ({ options, generation, building }: Managed): Promise<void> => {
  const { schema, store, logger } = options;
  const mine = physicalName(schema.name, generation);
  for (const { name, version } of await store.list()) {
    const older = version < schema.version || (version === schema.version && name !== mine);
    if (name.split('~')[0] !== schema.name || !older || building?.view.schema.name === name) continue;
    logger.info({ view: name, version }, 'an old copy of a view is dropped');
    await store.drop(name, version);
  }
};

/** False when it was stopped before it was level. */
const buildBeside = async (managed: Managed, beside: ViewRunner): Promise<boolean> => {
  await beside.start();
  while (managed.building === beside) {
    if (await beside.level()) return true;
    if (beside.state() === 'stopped') throw ruleBroken('view.rebuild-failed', `the new copy stopped: ${beside.reason()}`);
    await new Promise<void>((resolve) => void managed.options.clock.after(LOOK_MS, resolve));
  }
  return false;
};

const swap = async (managed: Managed, beside: ViewRunner, nth: number): Promise<void> => {
  await managed.generations.put(generationKey(managed.options), nth);
  const before = managed.live;
  managed.live = beside;
  managed.generation = nth;
  await before?.stop();
  await dropOthers(managed);
};

const rebuild = async (managed: Managed): Promise<void> => {
  const { schema, store } = managed.options;
  const nth = managed.generation + 1;
  // What an interrupted rebuild left under this name is not trusted.
  await store.drop(physicalName(schema.name, nth), schema.version);
  const beside = await openCopy(managed, nth);
  managed.building = beside;
  try {
    if (await buildBeside(managed, beside)) await swap(managed, beside, nth);
  } finally {
    managed.building = undefined;
    if (managed.live !== beside) await beside.stop();
  }
};

export const createManagedView = (options: ManagedViewOptions): ManagedView => {
  const generations = options.state.table<number>('viewGenerations');
  const managed: Managed = { options, generations, generation: 0, live: undefined, building: undefined };
  let rebuilding = false;
  return {
    name: options.schema.name,
    view: delegate(options.schema, () => liveOf(managed).view),
    runner: () => liveOf(managed),
    opened: () => managed.live !== undefined,
    dropOthers: () => dropOthers(managed),
    async start() {
      managed.generation = (await generations.get(generationKey(options))) ?? 0;
      managed.live = await openCopy(managed, managed.generation);
      await managed.live.start();
    },
    async stop() {
      const beside = managed.building;
      managed.building = undefined;
      await beside?.stop();
      await managed.live?.stop();
    },
    async rebuild() {
      if (rebuilding) throw ruleBroken('view.rebuild-running', `the view ${options.schema.name} is being built already`);
      rebuilding = true;
      try {
        await rebuild(managed);
      } finally {
        rebuilding = false;
      }
    },
  };
};
