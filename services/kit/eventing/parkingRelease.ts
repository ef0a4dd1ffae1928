import type { Bus } from '../ports/bus.ts';
import type { RecordedEvent } from '../ports/eventLog.ts';
import type { Row, View, ViewWrite } from '../ports/views.ts';
import { unavailable } from '../runtime/errors.ts';
import type { EventCodec } from './codec.ts';
import { PARKED, type ParkedRow, parkedKey } from './parking.ts';
import type { Projection } from './projection.ts';
import { applyBatch } from './projectionBatch.ts';

/** Positions replayed in one write. */
export const RELEASE_BATCH = 200;

export interface ReleaseInput {
  readonly projection: Projection;
  readonly view: View;
  readonly bus: Bus;
  readonly codec: EventCodec;
  readonly thread: string;
  readonly lane: number;
  readonly epoch: string;
  mark(): number;
}

const readRecord = async (input: ReleaseInput, position: number): Promise<RecordedEvent> => {
  const [record] = await input.bus.readLane(input.projection.source, input.lane, { after: position - 1, limit: 1 });
  if (record?.position === position && record.epoch === input.epoch) return record;
  throw unavailable('lane-gap', `lane ${input.lane} of ${input.projection.source}: no record at ${position}`);
};

/** The next parked positions of the thread. */
const nextRows = async (input: ReleaseInput): Promise<ParkedRow[]> => {
  const { source } = input.projection;
  const page = await input.view.range<ParkedRow>(PARKED, 'thread', { prefix: [source, input.thread], limit: RELEASE_BATCH });
  return page.map((entry) => entry.row);
};

/**
 * Replays a parked thread in order from the log. Runs in the lane's turn, so nothing of the thread arrives meanwhile; the
 * mark is compared in the same write and stays where it is.
 * @returns false when an event still can't be applied: it and the later ones stay parked, with the new reason.
 */
export const releaseThread = async (input: ReleaseInput): Promise<boolean> => {
  const { projection, view, codec, lane, epoch } = input;
  for (;;) {
    const rows = await nextRows(input);
    if (rows.length === 0) return true;
    const records: RecordedEvent[] = [];
    for (const row of rows) records.push(await readRecord(input, row.position));
    const batch = await applyBatch({ projection, view, codec, records, isParked: () => false, parked: 0 });
    const held = new Set(batch.held.map((record) => record.position));
    const [failure] = batch.failures;
    const puts: ViewWrite['puts'][number][] = [...batch.changes.puts];
    const deletes: ViewWrite['deletes'][number][] = [...batch.changes.deletes];
    for (const row of rows) {
      const key = parkedKey(row.source, row.lane, row.position);
      if (!held.has(row.position)) deletes.push({ collection: PARKED, key });
      else if (row.position === failure?.position) {
        puts.push({ collection: PARKED, key, row: { ...row, reason: failure.reason } as unknown as Row });
      }
    }
    const at = input.mark();
    await view.write({ puts, deletes, marks: [{ source: projection.source, epoch, lane, from: at, to: at }] });
    if (failure !== undefined) return false;
  }
};
