/** Requests → queries, with every bound checked. */
import type { SearchRequest } from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import type { DocumentType, SearchQuery } from '@parvis/kit/ports/searchIndex.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { isSimpleId } from '@parvis/kit/runtime/ids.ts';

export const QUERY_LENGTH = 500;
export const PREFIX_LENGTH = 100;
export const PAGE_LIMIT = 50;
export const DEFAULT_LIMIT = 20;
export const SUGGESTION_LIMIT = 20;
export const DEFAULT_SUGGESTIONS = 8;
const HASHTAG_LENGTH = 50;

const TYPES: readonly DocumentType[] = ['post', 'comment', 'person', 'group'];
const isType = (text: string): text is DocumentType => (TYPES as readonly string[]).includes(text);

export const typesOf = (types: readonly string[]): DocumentType[] => {
  if (types.length > TYPES.length || !types.every(isType)) throw invalid('types', `of ${TYPES.join(', ')}`);
  return [...new Set(types)];
};

const textOf = (field: string, text: string, length: number): string => {
  if (text.length > length) throw invalid(field, `at most ${length} characters`);
  return text;
};

export const limitOf = (limit: number, standard: number, most: number): number => {
  if (!Number.isInteger(limit) || limit < 0 || limit > most) throw invalid('limit', `1 to ${most}`);
  return limit === 0 ? standard : limit;
};

const idOf = (field: string, id: string): string => {
  if (!isSimpleId(id)) throw invalid(field, 'an id');
  return id;
};

const timeOf = (field: string, at: Date): number => {
  if (Number.isNaN(at.getTime())) throw invalid(field, 'a time');
  return at.getTime();
};

const sortOf = (sort: string): SearchQuery['sort'] => {
  if (sort === '' || sort === 'newest') return 'newest';
  if (sort !== 'best') throw invalid('sort', 'newest or best');
  return sort;
};

/** Without its cursor, which is sealed. @throws invalid */
export const queryOf = (request: SearchRequest): Omit<SearchQuery, 'cursor'> => {
  const { groupId, authorId, kind, hashtag, from, to } = request;
  if (!/^[a-z]{0,20}$/.test(kind)) throw invalid('kind', 'a kind of post, of person or of group');
  return {
    text: textOf('query', request.query, QUERY_LENGTH),
    types: typesOf(request.types),
    ...(groupId === '' ? {} : { groupId: idOf('groupId', groupId) }),
    ...(authorId === '' ? {} : { authorId: idOf('authorId', authorId) }),
    ...(kind === '' ? {} : { kind }),
    ...(hashtag === '' ? {} : { hashtag: textOf('hashtag', hashtag, HASHTAG_LENGTH) }),
    ...(from === undefined ? {} : { fromMs: timeOf('from', from) }),
    ...(to === undefined ? {} : { toMs: timeOf('to', to) }),
    sort: sortOf(request.sort),
    limit: limitOf(request.limit, DEFAULT_LIMIT, PAGE_LIMIT),
    withFacets: request.withFacets,
  };
};
