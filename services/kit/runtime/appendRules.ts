/** What every log checks of an append before it looks at the store, so that all adapters refuse alike. */
import { COMMIT_LIMITS, type Expected, type StreamWrite } from '../ports/eventLog.ts';
import { commitTooLarge, invalid, rootMismatch } from './errors.ts';
import { laneOf, rootOf } from './streams.ts';

/** Bytes of an event beside its data: stream, type, ids. An estimate that keeps a commit's bounds honest. */
export const EVENT_OVERHEAD_BYTES = 256;

export interface AppendCost {
  readonly lane: number;
  readonly events: number;
  readonly bytes: number;
}

/** @throws RootMismatch, CommitTooLarge, invalid `writes` (no event at all, or a stream twice), invalid `stream`. */
export const checkAppend = (writes: readonly StreamWrite[]): AppendCost => {
  const streams = writes.map(({ stream }) => stream);
  const roots = new Set(streams.map(rootOf));
  if (roots.size > 1) throw rootMismatch(streams);
  if (new Set(streams).size < streams.length) throw invalid('writes', 'each stream once');
  const events = writes.reduce((sum, write) => sum + write.events.length, 0);
  const [root] = roots;
  if (root === undefined || events === 0) throw invalid('writes', 'at least one event');
  const data = writes.reduce((sum, write) => sum + write.events.reduce((size, event) => size + event.data.byteLength, 0), 0);
  const bytes = data + events * EVENT_OVERHEAD_BYTES;
  if (events > COMMIT_LIMITS.events) throw commitTooLarge(`${COMMIT_LIMITS.events} events`);
  if (bytes > COMMIT_LIMITS.bytes) throw commitTooLarge(`${COMMIT_LIMITS.bytes} bytes`);
  return { lane: laneOf(root), events, bytes };
};

/** Whether a stream at this version (0: it is not there) is as the writer expects. */
export const expectationHolds = (expected: Expected, version: number): boolean => {
  switch (expected.kind) {
    case 'exact':
      return version === expected.version;
    case 'none':
      return version === 0;
    case 'exists':
      return version > 0;
    case 'any':
      return true;
    default:
      return expected satisfies never;
  }
};

export const describeExpected = (expected: Expected): string => (expected.kind === 'exact' ? `version ${expected.version}` : expected.kind);
