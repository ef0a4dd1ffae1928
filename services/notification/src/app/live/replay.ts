/** What a reader missed: read again from the sources' logs, bounded. */
import { LANE_COUNT } from '@parvis/kit/ports/eventLog.ts';
import type { EntryRow } from '../../views/entryRow.ts';
import { INBOX_SOURCES, type InboxSource } from '../entry.ts';
import type { Parts } from '../parts.ts';
import { type Subscriber, withEntries } from './hub.ts';
import type { LiveEvent } from './seeds.ts';
import type { StreamVector } from './vector.ts';

/** Events read for one reader who comes back; who missed more is told to start over. */
export const REPLAY_LIMIT = 5000;
const REPLAY_PAGE = 500;

/** Heads of the sources, as their owners tell them. */
export const headsOf = async ({ bus }: Parts): Promise<StreamVector> => {
  const [post, group] = await Promise.all([bus.heads('post'), bus.heads('group')]);
  return { epochs: { post: post.epoch, group: group.epoch }, positions: { post: post.heads, group: group.heads } };
};

const missed = (from: StreamVector, to: StreamVector, source: InboxSource, lane: number): number =>
  Math.max(0, (to.positions[source][lane] ?? 0) - (from.positions[source][lane] ?? 0));

/** False when history began anew since, or too much was missed. */
export const canReplay = (from: StreamVector, to: StreamVector): boolean => {
  if (INBOX_SOURCES.some((source) => from.epochs?.[source] !== to.epochs[source])) return false;
  const sum = INBOX_SOURCES.reduce(
    (total, source) => total + Array.from({ length: LANE_COUNT }, (_, lane) => missed(from, to, source, lane)).reduce((a, b) => a + b, 0),
    0,
  );
  return sum <= REPLAY_LIMIT;
};

async function* replayLane(
  { runtime, bus }: Parts,
  subscriber: Subscriber,
  source: InboxSource,
  lane: number,
  span: { after: number; to: number },
): AsyncGenerator<LiveEvent, void> {
  let { after } = span;
  while (after < span.to) {
    const limit = Math.min(REPLAY_PAGE, span.to - after);
    const records = await bus.readLane(source, lane, { after, limit });
    const last = records.at(-1);
    if (last === undefined) return;
    const found = await runtime.view(`${source}Inbox`).range<EntryRow>('entries', 'byPersonLane', {
      prefix: [subscriber.personId, lane],
      after: [subscriber.personId, lane, after],
      limit: REPLAY_PAGE,
    });
    const rows = found.map(({ row }) => row).filter((row) => row.position <= last.position);
    for (const event of withEntries(source, runtime.codec.keepSealed(source, records), rows)) {
      if (subscriber.groups.has(event.groupId) || event.seed.personId === subscriber.personId || event.personal.has(subscriber.personId)) {
        yield event;
      }
    }
    after = last.position;
  }
}

/** Events after `from` up to `to` that the reader's stream would have told, lane by lane in order. */
export async function* replay(parts: Parts, subscriber: Subscriber, from: StreamVector, to: StreamVector): AsyncGenerator<LiveEvent, void> {
  for (const source of INBOX_SOURCES) {
    for (let lane = 0; lane < LANE_COUNT; lane++) {
      if (missed(from, to, source, lane) === 0) continue;
      yield* replayLane(parts, subscriber, source, lane, {
        after: from.positions[source][lane] ?? 0,
        to: to.positions[source][lane] ?? 0,
      });
    }
  }
}
