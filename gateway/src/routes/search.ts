import type { SearchHit } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import { z } from 'zod';
import type { Call } from '../http/call.ts';
import { type Operation, operation } from '../http/operation.ts';
import { groupCardOrNull } from '../present/groups.ts';
import { cardsOf, degradation, groupsOf } from '../present/hydrate.ts';
import { cardOrNull } from '../present/people.ts';
import { dateOf, orNull, timeOrNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { GroupCard } from '../schemas/groups.ts';
import { PersonCard } from '../schemas/people.ts';
import { POST_KINDS } from '../schemas/posts.ts';

const TYPES = ['post', 'comment', 'person', 'group'] as const;
const excerpt = z.array(z.strictObject({ text: z.string(), match: z.boolean() }));

const Hit = z
  .strictObject({
    type: z.string(),
    id: z.string(),
    groupId: z.string().nullable(),
    group: GroupCard.nullable(),
    postId: z.string().nullable(),
    authorId: z.string().nullable(),
    author: PersonCard.nullable(),
    kind: z.string().nullable(),
    title: excerpt,
    excerpt,
    at: common.utcTime.nullable(),
  })
  .meta({ id: 'SearchHit', description: 'Pieces of text with match true are to be highlighted.' });

const Results = z
  .strictObject({
    ...common.pageOf(Hit),
    facets: z.array(z.strictObject({ name: z.string(), value: z.string(), count: z.number().int() })),
    total: z.number().int().describe('Over what the viewer may read, up to 1,000.'),
    totalCapped: z.boolean(),
  })
  .meta({ id: 'SearchResults' });

const presentHits = async (call: Call, hits: readonly SearchHit[]): Promise<z.output<typeof Hit>[]> => {
  const [cards, groups] = await Promise.all([
    cardsOf(
      call,
      hits.map((hit) => (hit.type === 'person' ? hit.id : hit.authorId)),
    ),
    groupsOf(
      call,
      hits.map((hit) => (hit.type === 'group' ? hit.id : hit.groupId)),
    ),
  ]);
  const parts = (pieces: SearchHit['title']) => pieces.map(({ text, match }) => ({ text, match }));
  return hits.map((hit) => ({
    type: hit.type,
    id: hit.id,
    groupId: orNull(hit.groupId),
    group: groupCardOrNull(groups, hit.type === 'group' ? hit.id : hit.groupId),
    postId: orNull(hit.postId),
    authorId: orNull(hit.authorId),
    author: cardOrNull(cards, hit.type === 'person' ? hit.id : hit.authorId),
    kind: orNull(hit.kind),
    title: parts(hit.title),
    excerpt: parts(hit.excerpt),
    at: timeOrNull(hit.at),
  }));
};

const described = { tag: 'search', auth: 'person', rateClass: 'search' } as const;

export const search: readonly Operation[] = [
  operation({
    ...described,
    operationId: 'search',
    method: 'GET',
    path: '/search',
    summary: 'Posts, comments, people and groups',
    query: z.strictObject({
      q: common.words.default(''),
      types: common.several(TYPES).default([]),
      groupId: common.groupId.optional(),
      authorId: common.personId.optional(),
      kind: z.enum(POST_KINDS).optional(),
      hashtag: z
        .string()
        .max(100)
        .regex(/^[\p{L}\p{N}_-]+$/u, 'a tag without its #')
        .optional(),
      from: common.time.optional(),
      to: common.time.optional(),
      sort: z.enum(['newest', 'best']).default('newest'),
      facets: common.flag.default(false),
      ...common.page,
    }),
    response: Results,
    async handler(call, { query }) {
      const { q, types, sort, cursor, limit } = query;
      const { groupId = '', authorId = '', kind = '', hashtag = '' } = query;
      const filters = { groupId, authorId, kind, hashtag, from: dateOf(query.from), to: dateOf(query.to) };
      const request = { query: q, types, ...filters, sort, cursor, limit, withFacets: query.facets };
      const answer = await call.clients.search.search(request, call.context());
      const items = await presentHits(call, answer.hits);
      const facets = answer.facets.map(({ name, value, count }) => ({ name, value, count }));
      const { total, totalCapped } = answer;
      return { body: { items, nextCursor: orNull(answer.nextCursor), facets, total, totalCapped, ...degradation(call) } };
    },
  }),
  operation({
    ...described,
    operationId: 'suggest',
    method: 'GET',
    path: '/search/suggest',
    summary: 'Things whose name or title begins with what was typed',
    query: z.strictObject({
      q: common.line(100),
      types: common.several(TYPES).default([]),
      limit: common.limit,
    }),
    response: z
      .strictObject({
        items: z.array(z.strictObject({ type: z.string(), id: z.string(), text: z.string(), groupId: z.string().nullable() })),
      })
      .meta({ id: 'Suggestions' }),
    async handler(call, { query }) {
      const answer = await call.clients.search.suggest({ prefix: query.q, types: query.types, limit: query.limit }, call.context());
      const items = answer.suggestions.map(({ type, id, text, groupId }) => ({ type, id, text, groupId: orNull(groupId) }));
      return { body: { items } };
    },
  }),
];
