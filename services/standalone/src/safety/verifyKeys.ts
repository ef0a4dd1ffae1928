import { join } from 'node:path';
import { openSqliteLogReader } from '@parvis/kit/adapters/sqlite/log/reader.ts';
import { openKeyStates } from '@parvis/kit/adapters/sqlite/snapshot.ts';
import { sealedRefsOf } from '@parvis/kit/eventing/sealedRefs.ts';
import { LANE_COUNT, type RecordedEvent } from '@parvis/kit/ports/eventLog.ts';
import type { KeyRef } from '@parvis/kit/ports/keyVault.ts';
import { LOG_SERVICES } from '../stores.ts';

const PAGE = 1_000;

/** Every event of a log, in lane order, up to the heads it has now. */
export async function* eventsOf(dataFolder: string, source: string): AsyncGenerator<RecordedEvent> {
  const log = openSqliteLogReader({ source, folder: join(dataFolder, source) });
  try {
    const heads = await log.heads();
    for (let lane = 0; lane < LANE_COUNT; lane++) {
      for (let after = 0; after < (heads[lane] ?? 0); ) {
        const page = await log.readLane(lane, { after, limit: PAGE });
        if (page.length === 0) break;
        yield* page;
        after = page.at(-1)?.position ?? after;
      }
    }
  } finally {
    await log.close();
  }
}

const refsOf = (event: RecordedEvent): KeyRef[] => {
  try {
    return sealedRefsOf(event);
  } catch {
    // Bytes that can't be decoded: the check of the log has said so already.
    return [];
  }
};

/** Sealed texts whose key is neither there nor known to be destroyed: nobody could ever read them. */
export const findLostKeys = async (dataFolder: string): Promise<string[]> => {
  const first = new Map<string, { ref: KeyRef; stream: string; source: string }>();
  for (const source of LOG_SERVICES) {
    for await (const event of eventsOf(dataFolder, source)) {
      for (const ref of refsOf(event)) {
        const name = `${ref.personId}/${ref.kind}`;
        if (!first.has(name)) first.set(name, { ref, stream: event.stream, source });
      }
    }
  }
  // The vault is asked last: a key is made before anything is sealed with it.
  const keys = openKeyStates(join(dataFolder, 'keys', 'keys.db'));
  try {
    return [...first.values()]
      .filter(({ ref }) => keys.stateOf(ref) === 'unknown')
      .map(
        ({ ref, stream, source }) =>
          `${source}: ${stream} is sealed with the ${ref.kind} key of person ${ref.personId}, which is not there`,
      );
  } finally {
    keys.close();
  }
};
