/** Reactions and acknowledgements as sets: a row per person and item, and what they come to per item. */
import type { AcknowledgementEvent, ReactionEvent, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';

export interface ReactionRow {
  readonly itemId: string;
  readonly personId: string;
  readonly kind: ReactionKind;
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
}

export interface AcknowledgementRow {
  readonly postId: string;
  readonly personId: string;
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
}

export interface CountsRow {
  /** Reaction kind (as a number in text) → people; kinds without any are absent. */
  readonly reactions: Readonly<Record<string, number>>;
  readonly acknowledged: number;
}

type Fact = NonNullable<ReactionEvent['event']> | NonNullable<AcknowledgementEvent['event']>;

/** Key of a person's row for an item. */
export const responseKey = (itemId: string, personId: string): string => `${itemId}/${personId}`;

const idsOf = (stream: string): { itemId: string; personId: string; what: string } => {
  const { postId = '', commentId, personId = '' } = idsOfStream(stream);
  return { itemId: commentId ?? postId, personId, what: stream.split('/').at(-2) ?? '' };
};

const countReaction = (rows: RowSet, itemId: string, kind: ReactionKind, by: 1 | -1): void => {
  const row = rows.get<CountsRow>('counts', itemId) ?? { reactions: {}, acknowledged: 0 };
  const reactions = { ...row.reactions };
  const people = (reactions[kind] ?? 0) + by;
  if (people > 0) reactions[kind] = people;
  else delete reactions[kind];
  rows.put<CountsRow>('counts', itemId, { ...row, reactions });
};

const applyTo = (rows: RowSet, decoded: DecodedEvent, event: Fact): void => {
  const { itemId, personId } = idsOf(decoded.stream);
  const key = responseKey(itemId, personId);
  const place = { atMs: decoded.at.getTime(), lane: decoded.lane, position: decoded.position };
  switch (event.$case) {
    case 'reactionSet': {
      const before = rows.get<ReactionRow>('reactions', key);
      if (before) countReaction(rows, itemId, before.kind, -1);
      rows.put<ReactionRow>('reactions', key, { itemId, personId, kind: event.value.kind, ...place });
      countReaction(rows, itemId, event.value.kind, 1);
      return;
    }
    case 'reactionRemoved': {
      const before = rows.get<ReactionRow>('reactions', key);
      if (!before) return;
      rows.delete('reactions', key);
      countReaction(rows, itemId, before.kind, -1);
      return;
    }
    case 'postAcknowledged': {
      if (rows.get<AcknowledgementRow>('acknowledgements', key)) return;
      rows.put<AcknowledgementRow>('acknowledgements', key, { postId: itemId, personId, ...place });
      const row = rows.get<CountsRow>('counts', itemId) ?? { reactions: {}, acknowledged: 0 };
      rows.put<CountsRow>('counts', itemId, { ...row, acknowledged: row.acknowledged + 1 });
      return;
    }
    default:
      event satisfies never;
  }
};

const RESPONSES: ReadonlySet<string> = new Set(['reaction', 'acknowledgement']);

export const responsesProjection: Projection = {
  source: 'post',
  personal: 'sealed',
  schema: {
    name: 'responses',
    version: 1,
    collections: {
      reactions: {
        indexes: {
          item: (row: ReactionRow) => [[row.itemId, row.position]],
          person: (row: ReactionRow) => [[row.personId, row.atMs, row.lane, row.position]],
        },
      },
      acknowledgements: {
        indexes: {
          post: (row: AcknowledgementRow) => [[row.postId, row.position]],
          person: (row: AcknowledgementRow) => [[row.personId, row.atMs, row.lane, row.position]],
        },
      },
      counts: { indexes: {} },
    },
  },
  keys({ stream }) {
    const { itemId, personId, what } = idsOf(stream);
    if (!RESPONSES.has(what)) return [];
    const collection = what === 'reaction' ? 'reactions' : 'acknowledgements';
    return [
      { collection, key: responseKey(itemId, personId) },
      { collection: 'counts', key: itemId },
    ];
  },
  apply(decoded, rows) {
    if (decoded.event && RESPONSES.has(idsOf(decoded.stream).what)) applyTo(rows, decoded, decoded.event as Fact);
  },
};
