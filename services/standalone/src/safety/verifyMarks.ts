import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteLogReader } from '@parvis/kit/adapters/sqlite/log/reader.ts';
import { readMarks, readStateTable } from '@parvis/kit/adapters/sqlite/snapshot.ts';
import { LOG_SERVICES, SERVICES } from '../stores.ts';

interface FoundMark {
  /** Whose it is, e.g. `post groupLog`. */
  readonly owner: string;
  readonly source: string;
  readonly epoch: string;
  readonly lane: number;
  readonly position: number;
}

const marksOfViews = (dataFolder: string, service: string, file: string): FoundMark[] => {
  const path = join(dataFolder, service, file);
  if (!existsSync(path)) return [];
  return readMarks(path).map(({ view, ...mark }) => ({ owner: `${service} ${view}`, ...mark }));
};

const marksOfPolicies = (dataFolder: string, service: string): FoundMark[] =>
  readStateTable<{ epoch: string; position: number }>(join(dataFolder, service, 'state.db'), 'policyMarks').map(({ key, value }) => {
    const [name = '', source = '', lane = ''] = key.split('/');
    return { owner: `${service} ${name}`, source, lane: Number(lane), ...value };
  });

/** Marks that claim to have seen more than there is. Those of another history are none: their views are built anew. */
export const findMarksBeyondHeads = async (dataFolder: string): Promise<string[]> => {
  // Marks before heads: a network that runs moves both, and never a mark beyond a head.
  const marks = SERVICES.flatMap((service) => [
    ...marksOfViews(dataFolder, service, 'views.db'),
    ...(service === 'search' ? marksOfViews(dataFolder, service, 'search.db') : []),
    ...marksOfPolicies(dataFolder, service),
  ]);
  const logs = new Map<string, { epoch: string; heads: readonly number[] }>();
  for (const source of LOG_SERVICES) {
    const log = openSqliteLogReader({ source, folder: join(dataFolder, source) });
    logs.set(source, { epoch: (await log.header()).epoch, heads: await log.heads() });
    await log.close();
  }
  return marks.flatMap(({ owner, source, epoch, lane, position }) => {
    const log = logs.get(source);
    const head = log?.heads[lane] ?? 0;
    if (log === undefined || log.epoch !== epoch || position <= head) return [];
    return [`${owner}: its mark of ${source} lane ${lane} is ${position}, the lane ends at ${head}`];
  });
};
