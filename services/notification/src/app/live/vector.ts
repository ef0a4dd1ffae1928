/** Where a live stream stands: a position per source and lane, sealed for the client, who hands it back to resume. */
import { LANE_COUNT } from '@parvis/kit/ports/eventLog.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { INBOX_SOURCES, type InboxSource } from '../entry.ts';

export interface StreamVector {
  readonly epochs: Readonly<Record<InboxSource, string>>;
  readonly positions: Readonly<Record<InboxSource, readonly number[]>>;
  /** Ticks already sent of the event after the position of this lane: one event may make several. */
  readonly partial?: { readonly source: InboxSource; readonly lane: number; readonly sent: number };
}

const PURPOSE = 'live-event-id';

/** Seals vectors. Readers who keep up all stand at the same place: the last text is used again for the same vector. */
export const createVectorSealer = ({ sealer }: Pick<ServiceRuntime, 'sealer'>): ((vector: StreamVector) => string) => {
  let lastVector = '';
  let lastSealed = '';
  return (vector) => {
    const text = JSON.stringify(vector);
    if (text !== lastVector) {
      lastSealed = sealer.seal(PURPOSE, vector);
      lastVector = text;
    }
    return lastSealed;
  };
};

/** Undefined for a text that was not sealed here, say before the network's key changed: such a cursor is too old. */
export const openVector = ({ sealer }: Pick<ServiceRuntime, 'sealer'>, text: string): StreamVector | undefined => {
  try {
    return sealer.open<StreamVector>(PURPOSE, text);
  } catch (error) {
    if (isParvisError(error, 'invalid')) return undefined;
    throw error;
  }
};

/** Positions that only rise. */
export interface Positions {
  at(source: InboxSource, lane: number): number;
  raise(source: InboxSource, lane: number, position: number): void;
  raiseAll(other: Positions): void;
  copy(): Record<InboxSource, readonly number[]>;
}

export const createPositions = (start?: Readonly<Record<InboxSource, readonly number[]>>): Positions => {
  const rows: Record<InboxSource, number[]> = {
    post: Array.from({ length: LANE_COUNT }, (_, lane) => start?.post[lane] ?? 0),
    group: Array.from({ length: LANE_COUNT }, (_, lane) => start?.group[lane] ?? 0),
  };
  const at = (source: InboxSource, lane: number): number => rows[source][lane] ?? 0;
  const raise = (source: InboxSource, lane: number, position: number): void => {
    rows[source][lane] = Math.max(at(source, lane), position);
  };
  return {
    at,
    raise,
    raiseAll(other) {
      for (const source of INBOX_SOURCES) for (let lane = 0; lane < LANE_COUNT; lane++) raise(source, lane, other.at(source, lane));
    },
    copy: () => ({ post: [...rows.post], group: [...rows.group] }),
  };
};
