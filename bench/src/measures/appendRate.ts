/** Appends with group commit against one commit per append: the same log, the same callers, round by round. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createSqliteEventLog } from '@parvis/kit/adapters/sqlite/eventLog.ts';
import { none } from '@parvis/kit/ports/eventLog.ts';
import { randomId } from '@parvis/kit/runtime/ids.ts';
import { createLogger } from '@parvis/kit/runtime/logger.ts';
import { systemClock } from '@parvis/kit/runtime/systemClock.ts';
import { inTurn } from '../load.ts';
import { atLeast, figure, type Measurement, ratio } from '../report/measurement.ts';
import type { Sizes } from '../sizes.ts';
import { summaryOf } from '../statistics.ts';

const CALLERS = 32;
const ROOTS = 64;
/** About what a short post takes when sealed. */
const EVENT = { type: 'parvis.post.v1.PostPublished', data: new Uint8Array(600).fill(7) };

interface Round {
  readonly perSecond: number;
  readonly p99Ms: number;
}

const appendFor = async (root: string, seconds: number, callers: number, maxCommandsPerCommit?: number): Promise<Round> => {
  const folder = await mkdtemp(join(root, 'append-'));
  const log = await createSqliteEventLog({
    source: 'bench',
    folder,
    clock: systemClock,
    logger: createLogger({ level: 'error', name: 'bench' }),
    ...(maxCommandsPerCommit === undefined ? {} : { maxCommandsPerCommit }),
  });
  const groups = Array.from({ length: ROOTS }, randomId);
  const load = await inTurn({
    callers,
    seconds,
    call: (nth) =>
      log.append([{ stream: `group/${groups[nth % ROOTS]}/post/${randomId()}`, expected: none, events: [EVENT] }], {
        ...{ commandId: randomId(), requestHash: '', actor: '' },
      }),
  });
  await log.close();
  await rm(folder, { recursive: true });
  return { perSecond: load.latenciesMs.length / load.seconds, p99Ms: summaryOf(load.latenciesMs).p99 };
};

export const measureAppendRate = async (root: string, sizes: Sizes): Promise<Measurement> => {
  const seconds = Math.max(1, sizes.loadS / 5);
  const [grouped, single, grouped1, grouped128]: Round[][] = [[], [], [], []];
  for (let round = 0; round < sizes.rounds; round += 1) {
    single?.push(await appendFor(root, seconds, CALLERS, 1));
    grouped?.push(await appendFor(root, seconds, CALLERS));
    grouped1?.push(await appendFor(root, seconds, 1));
    grouped128?.push(await appendFor(root, seconds, 128));
  }
  const rates = (rounds: Round[] | undefined): number[] => (rounds ?? []).map((round) => round.perSecond);
  const gain = figure(`group commit is faster at ${CALLERS} callers`, '×', ratio(rates(grouped), rates(single)));
  return {
    title: 'Append to the log (600 bytes, durable)',
    figures: [
      figure(`one commit per append, ${CALLERS} callers (base line)`, '/s', rates(single)),
      figure(`group commit, ${CALLERS} callers`, '/s', rates(grouped)),
      gain,
      figure(
        `group commit, ${CALLERS} callers, p99`,
        'ms',
        (grouped ?? []).map((round) => round.p99Ms),
      ),
      figure('group commit, 1 caller', '/s', rates(grouped1)),
      figure('group commit, 128 callers', '/s', rates(grouped128)),
    ],
    budgets: [atLeast(`append with group commit ≥ 10 × one commit per append at ${CALLERS} callers`, gain, 10)],
  };
};
