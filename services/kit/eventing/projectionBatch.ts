import type { RecordedEvent } from '../ports/eventLog.ts';
import type { View, ViewWrite } from '../ports/views.ts';
import { threadOf } from '../runtime/streams.ts';
import type { EventCodec } from './codec.ts';
import { isTransient, reasonOf } from './consumerFaults.ts';
import type { DecodedEvent } from './decodedEvent.ts';
import type { Projection, RowRef } from './projection.ts';
import { loadRowSet } from './projectionRowSet.ts';

/** The event of a thread that can't be applied; it and the later ones of its thread are held back. */
export interface ThreadFailure {
  readonly thread: string;
  readonly position: number;
  readonly type: string;
  readonly reason: string;
  readonly error: unknown;
}

export interface AppliedBatch {
  readonly changes: Pick<ViewWrite, 'puts' | 'deletes'>;
  /** Records held back, in order. */
  readonly held: readonly RecordedEvent[];
  readonly failures: readonly ThreadFailure[];
}

export interface BatchInput {
  readonly projection: Projection;
  readonly view: View;
  readonly codec: EventCodec;
  /** Records of one lane, in order. */
  readonly records: readonly RecordedEvent[];
  /** True for a thread that is parked already. */
  isParked(thread: string): boolean;
  /** Threads that are parked: with none, no event's thread is looked at. */
  readonly parked: number;
}

type Decoded = { readonly record: RecordedEvent; readonly event?: DecodedEvent; readonly error?: unknown };

const decodeAll = (input: BatchInput, records: readonly RecordedEvent[]): DecodedEvent[] | Promise<DecodedEvent[]> =>
  input.projection.personal === 'opened'
    ? input.codec.open(input.projection.source, records)
    : input.codec.keepSealed(input.projection.source, records);

/** Decodes the batch at once, and one by one when a record of it can't be read. */
const decode = async (input: BatchInput): Promise<Decoded[]> => {
  try {
    const events = await decodeAll(input, input.records);
    return input.records.map((record, index) => ({ record, event: events[index] as DecodedEvent }));
  } catch (error) {
    if (isTransient(error)) throw error;
  }
  const decoded: Decoded[] = [];
  for (const record of input.records) {
    try {
      const [event] = await decodeAll(input, [record]);
      decoded.push({ record, event: event as DecodedEvent });
    } catch (error) {
      if (isTransient(error)) throw error;
      decoded.push({ record, error });
    }
  }
  return decoded;
};

interface Split {
  readonly applicable: readonly Decoded[];
  readonly held: readonly RecordedEvent[];
}

const split = (input: BatchInput, decoded: readonly Decoded[], failures: ReadonlyMap<string, ThreadFailure>): Split => {
  if (input.parked === 0 && failures.size === 0) return { applicable: decoded, held: [] };
  const applicable: Decoded[] = [];
  const held: RecordedEvent[] = [];
  for (const item of decoded) {
    const thread = threadOf(item.record.stream);
    const failure = failures.get(thread);
    if (input.isParked(thread) || (failure !== undefined && failure.position <= item.record.position)) held.push(item.record);
    else applicable.push(item);
  }
  return { applicable, held };
};

const failureOf = (record: RecordedEvent, error: unknown): ThreadFailure => ({
  thread: threadOf(record.stream),
  position: record.position,
  type: record.type,
  reason: reasonOf(error),
  error,
});

/** Runs the body for each event a release knows; the first permanent failure is the answer. */
const forEachKnown = (items: readonly Decoded[], body: (event: DecodedEvent) => void): ThreadFailure | undefined => {
  for (const { record, event, error } of items) {
    if (error !== undefined) return failureOf(record, error);
    if (event?.event === undefined) continue;
    try {
      body(event);
    } catch (failure) {
      if (isTransient(failure)) throw failure;
      return failureOf(record, failure);
    }
  }
  return undefined;
};

/**
 * Applies records in memory. When an event fails for good, everything is applied anew without that thread's rest: a
 * projection may have changed rows halfway, and nothing of that may be written. Each round holds one more thread back,
 * so there are at most as many rounds as threads. Events of unknown type change nothing.
 */
export const applyBatch = async (input: BatchInput): Promise<AppliedBatch> => {
  const decoded = await decode(input);
  const failures = new Map<string, ThreadFailure>();
  for (;;) {
    const { applicable, held } = split(input, decoded, failures);
    const refs: RowRef[] = [];
    let failure = forEachKnown(applicable, (event) => {
      for (const ref of input.projection.keys(event)) refs.push(ref);
    });
    if (failure === undefined) {
      const rows = await loadRowSet(input.view, refs);
      failure = forEachKnown(applicable, (event) => input.projection.apply(event, rows));
      if (failure === undefined) return { changes: rows.changes(), held, failures: [...failures.values()] };
    }
    failures.set(failure.thread, failure);
  }
};
