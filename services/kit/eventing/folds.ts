/** States of streams, folded from their events; recent ones are kept and continued from their version. */

import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import { LRUCache } from 'lru-cache';
import type { EventLog } from '../ports/eventLog.ts';
import { upTo } from '../runtime/cacheLimit.ts';
import { ruleBroken } from '../runtime/errors.ts';
import type { EventCodec } from './codec.ts';
import type { Decider } from './decider.ts';

/** Most states kept in memory. */
export const FOLD_CACHE_LIMIT = 5_000;
/** Events read at once. */
const PAGE_SIZE = 500;

export interface Fold {
  readonly state: unknown;
  readonly version: number;
}

export interface Folds {
  /** The state of a stream as the log has it now: what was kept is only where reading starts. @throws conflict `event.unknown` */
  load(decider: Decider<unknown, unknown, AnyEvent>, stream: string): Promise<Fold>;
  clear(): void;
}

interface KeptFold extends Fold {
  readonly decider: unknown;
}

export const createFolds = (log: EventLog, codec: EventCodec): Folds => {
  const kept = new LRUCache<string, KeptFold>({ ...upTo(FOLD_CACHE_LIMIT) });
  let clearings = 0;

  const load: Folds['load'] = async (decider, stream) => {
    const before = clearings;
    const found = kept.get(stream);
    let { state, version }: Fold = found?.decider === decider ? found : { state: decider.initial, version: 0 };
    for (;;) {
      const records = await log.readStream(stream, { after: version, limit: PAGE_SIZE });
      for (const { event, type, version: next } of await codec.open(log.source, records)) {
        if (!event) throw ruleBroken('event.unknown', `${stream} holds ${type}, which this release does not know`);
        state = decider.evolve(state, event);
        version = next;
      }
      if (records.length < PAGE_SIZE) break;
    }
    if (version > 0 && before === clearings) kept.set(stream, { decider, state, version });
    return { state, version };
  };

  return {
    load,
    clear: () => {
      clearings += 1;
      kept.clear();
    },
  };
};
