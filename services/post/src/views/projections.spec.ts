import { describe, expect, it } from '@jest/globals';
import { PostKind, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import * as fc from 'fast-check';
import { commentsProjection } from './commentsProjection.ts';
import { filesProjection } from './filesProjection.ts';
import type { GroupPostsRow } from './groupLogRows.ts';
import { postsProjection } from './postsProjection.ts';
import { reportsProjection } from './reportsProjection.ts';
import { responsesProjection } from './responsesProjection.ts';

const PROJECTIONS = [postsProjection, commentsProjection, responsesProjection, filesProjection, reportsProjection];

/** Rows that a projection may only touch where `keys` said so, as the product's runner demands. */
const createRows = () => {
  const rows = new Map<string, object>();
  const indexed = (projection: Projection) =>
    [...rows].map(([key, row]) => {
      const [collection = '', rowKey = ''] = key.split(' ');
      const { indexes } = projection.schema.collections[collection] ?? { indexes: {} };
      return [key, row, Object.values(indexes).map((index) => index(row, rowKey))];
    });
  const apply = (projection: Projection, event: DecodedEvent): void => {
    const named = new Set(projection.keys(event).map(({ collection, key }) => `${collection} ${key}`));
    const at = (collection: string, key: string): string => {
      if (!named.has(`${collection} ${key}`)) throw new Error(`${collection} ${key} was not named`);
      return `${collection} ${key}`;
    };
    const set: RowSet = {
      get: <R>(collection: string, key: string) => rows.get(at(collection, key)) as R | undefined,
      put: (collection, key, row) => void rows.set(at(collection, key), row),
      delete: (collection, key) => void rows.delete(at(collection, key)),
    };
    projection.apply(event, set);
  };
  return { rows, apply, sorted: (projection: Projection) => indexed(projection).sort((a, b) => String(a[0]).localeCompare(String(b[0]))) };
};

const file = (fileId: string) => ({ fileId, name: 'sealed', mediaType: 'image/png', sizeBytes: 1 });
const texts = { mentions: [], language: '' };

/** Events of one group, whose lane is told apart by the group's number; positions follow the list. */
const streamEvents = (group: number, picks: readonly number[]): { stream: string; event: AnyEvent }[] => {
  const root = `group/g${'abc'[group]}`;
  return picks.map((pick, nth) => {
    const post = `${root}/post/p${'abcd'[pick % 4]}`;
    const comment = `${post}/comment/c${'abc'[pick % 3]}`;
    const attachments = pick % 5 === 0 ? [file(`f${nth}`)] : [];
    const published = {
      ...texts,
      authorId: 'ada',
      kind: PostKind.QUESTION,
      title: 't',
      body: 'b',
      attachments,
      acknowledgementAsked: true,
      publishedAt: undefined,
    };
    const parentId = pick % 2 ? '' : `g${'abc'[group]}.p${'abcd'[pick % 4]}.c${'abc'[(pick + 1) % 3]}`;
    const choices: [string, AnyEvent][] = [
      [post, { $case: 'postPublished', value: published }],
      [post, { $case: 'postEdited', value: { ...texts, authorId: 'ada', title: 't2', body: 'b2', attachments } }],
      [post, { $case: 'postHidden', value: { by: 'mod', reason: 'r' } }],
      [post, { $case: 'postRestored', value: { by: 'mod' } }],
      [post, { $case: 'postDeleted', value: { by: 'ada', reason: '' } }],
      [
        comment,
        {
          $case: 'commentAdded',
          value: {
            ...texts,
            authorId: 'bob',
            body: 'b',
            parentId,
            attachments,
            publishedAt: undefined,
            postAuthorId: 'ada',
            parentAuthorId: '',
          },
        },
      ],
      [comment, { $case: 'commentHidden', value: { by: 'mod', reason: 'r' } }],
      [comment, { $case: 'commentRestored', value: { by: 'mod' } }],
      [comment, { $case: 'commentDeleted', value: { by: 'bob', reason: '' } }],
      [`${post}/reaction/bob`, { $case: 'reactionSet', value: { personId: 'bob', kind: pick % 2 ? ReactionKind.LIKE : ReactionKind.SAD } }],
      [`${comment}/reaction/bob`, { $case: 'reactionRemoved', value: { personId: 'bob' } }],
      [`${post}/acknowledgement/bob`, { $case: 'postAcknowledged', value: { personId: 'bob' } }],
      [`${root}/report/ra`, { $case: 'itemReported', value: { reporterId: 'bob', postId: 'x', commentId: '', reason: 'r' } }],
      [`${root}/report/ra`, { $case: 'reportResolved', value: { by: 'mod', outcome: 'kept', note: '' } }],
    ];
    const [stream, event] = choices[pick % choices.length] as [string, AnyEvent];
    return { stream, event };
  });
};

const decoded = (group: number, picks: readonly number[]): DecodedEvent[] => {
  const versions = new Map<string, number>();
  const begins = new Set(['postPublished', 'commentAdded', 'itemReported']);
  const possible = streamEvents(group, picks).filter(({ stream, event }) => {
    if (!begins.has(event.$case)) return true;
    const first = !versions.has(stream);
    versions.set(stream, 0);
    return first;
  });
  return possible.map(({ stream, event }, nth) => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    const type = `parvis.post.v1.${event.$case[0]?.toUpperCase()}${event.$case.slice(1)}`;
    const at = new Date(1_000 + nth);
    const from = { source: 'post', epoch: 'e', lane: group, position: nth + 1, commandId: '', actor: '', traceparent: '' };
    return { ...from, stream, version, type, at, event };
  });
};

/** Merges lanes in the order the turns say, each lane's own order kept. */
const interleaved = (lanes: readonly DecodedEvent[][], turns: readonly number[]): DecodedEvent[] => {
  const left = lanes.map((lane) => [...lane]);
  const merged: DecodedEvent[] = [];
  for (const turn of turns) {
    const next = left[turn % left.length]?.shift();
    if (next) merged.push(next);
  }
  return [...merged, ...left.flat()];
};

describe('every view', () => {
  const lane = fc.array(fc.nat({ max: 1_000 }), { maxLength: 40 });
  const history = fc.record({ lanes: fc.tuple(lane, lane, lane), one: fc.array(fc.nat({ max: 2 })), other: fc.array(fc.nat({ max: 2 })) });

  it.each(PROJECTIONS.map((projection) => [projection.schema.name, projection] as const))(
    '%s depends on the order within lanes alone',
    (_, projection) => {
      fc.assert(
        fc.property(history, ({ lanes, one, other }) => {
          const events = lanes.map((picks, group) => decoded(group, picks));
          const built = [one, other].map((turns) => {
            const rows = createRows();
            for (const event of interleaved(events, turns)) rows.apply(projection, event);
            return rows.sorted(projection);
          });
          expect(built[0]).toEqual(built[1]);
        }),
        { numRuns: process.env.PARVIS_TEST_SIZE === 'full' ? 500 : 60 },
      );
    },
  );

  it('counts as many posts as it lists', () => {
    fc.assert(
      fc.property(lane, (picks) => {
        const rows = createRows();
        for (const event of decoded(0, picks)) rows.apply(postsProjection, event);
        const listed = postsProjection.schema.collections.log?.indexes.latest;
        const logged = [...rows.rows]
          .filter(([key]) => key.startsWith('log '))
          .filter(([key, row]) => (listed?.(row, key).length ?? 0) > 0);
        expect((rows.rows.get('groups ga') as GroupPostsRow | undefined)?.posts ?? 0).toBe(logged.length);
      }),
    );
  });
});
