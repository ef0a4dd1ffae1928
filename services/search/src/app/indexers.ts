/** The indexers of all sources: one index, so a new history of any of them builds all of it anew. */
import { LANE_COUNT } from '@parvis/kit/ports/eventLog.ts';
import type { ExternalConsumer, SearchPorts, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { SOURCES } from './documents.ts';
import { createIndexer } from './indexer.ts';
import { createSkippedEvents } from './skippedEvents.ts';

/** Between two attempts to begin anew while an owner is away. */
const RETRY_MS = 500;

export interface Indexers {
  readonly consumers: readonly ExternalConsumer[];
  /** Empties the index and follows every source from its beginning. Resolves when the indexers run again. */
  rebuild(): Promise<void>;
}

export const createIndexers = (ports: SearchPorts, runtime: ServiceRuntime): Indexers => {
  const { index, bus, clock } = ports;
  const { codec, logger } = runtime;
  const skipped = createSkippedEvents(ports.state);
  const indexers = SOURCES.map((source) =>
    createIndexer({ source, index, bus, codec, logger, skipped, onForeignEpoch: () => void beginAnew(false) }),
  );
  let wanted = false;
  let beginning: Promise<void> | undefined;
  let started: Promise<void> | undefined;
  let stopping = new AbortController();

  /** Marks of this history, or an empty index: what another history left is not built upon. */
  const startAll = async (empty: boolean): Promise<void> => {
    const owners = await Promise.all(SOURCES.map(async (source) => [source, await bus.heads(source)] as const));
    const epochs = new Map<string, string>(owners.map(([source, { epoch }]) => [source, epoch]));
    const marks = await index.marks();
    const foreign = marks.some((mark) => epochs.get(mark.source) !== mark.epoch);
    if (foreign || empty) {
      logger.warn({ foreign }, 'the search index is built anew');
      await skipped.clear();
      await index.clear();
    }
    await skipped.load();
    for (const indexer of indexers) {
      const { source } = indexer.progress;
      const positions = Array.from({ length: LANE_COUNT }, () => 0);
      if (!foreign && !empty) for (const mark of marks) if (mark.source === source) positions[mark.lane] = mark.position;
      await indexer.start(epochs.get(source) as string, positions);
    }
  };

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(RETRY_MS, resolve);
      const end = (): void => {
        cancel();
        resolve();
      };
      stopping.signal.addEventListener('abort', end, { once: true });
    });

  const restart = async (empty: boolean): Promise<void> => {
    while (wanted) {
      await Promise.all(indexers.map((indexer) => indexer.stop()));
      try {
        if (wanted) await startAll(empty);
        return;
      } catch (error) {
        logger.warn({ err: error }, 'the search index waits for the owners of its sources');
        await pause();
      }
    }
  };

  /** One at a time; asked again meanwhile, it is the same. */
  const beginAnew = (empty: boolean): Promise<void> => {
    beginning ??= restart(empty).finally(() => {
      beginning = undefined;
    });
    return beginning;
  };

  const start = (): Promise<void> => {
    wanted = true;
    if (stopping.signal.aborted) stopping = new AbortController();
    started ??= startAll(false).catch(async (error: unknown) => {
      started = undefined;
      await Promise.all(indexers.map((indexer) => indexer.stop()));
      throw error;
    });
    return started;
  };

  const stop = async (): Promise<void> => {
    wanted = false;
    started = undefined;
    stopping.abort();
    await beginning;
    await Promise.all(indexers.map((indexer) => indexer.stop()));
  };

  return {
    rebuild: () => beginAnew(true),
    consumers: indexers.map(({ progress }) => ({
      progress,
      start,
      stop,
      state: () => ({
        state: beginning === undefined ? 'running' : 'rebuilding',
        parked: skipped.count(progress.source),
        reason: skipped.reason(progress.source),
      }),
    })),
  };
};
