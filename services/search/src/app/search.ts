/** Queries: the viewer's scope, the index, the last gate, and what is shown of each hit. */
import type {
  SearchHit,
  SearchRequest,
  SearchResponse,
  SuggestRequest,
  SuggestResponse,
} from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import type { SearchDocument, SearchIndex, SearchPage, SearchQuery, SearchScope } from '@parvis/kit/ports/searchIndex.ts';
import { unavailable } from '@parvis/kit/runtime/errors.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import type { Entered, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { matcherOf, parseQuestion } from '@parvis/kit/runtime/text/question.ts';
import { excerptOf, type Matcher, mentionedIn, titleParts, windowOf } from './excerpt.ts';
import { readable } from './gate.ts';
import { personKey } from './personDocuments.ts';
import { postKey } from './postDocuments.ts';
import { DEFAULT_SUGGESTIONS, limitOf, PREFIX_LENGTH, queryOf, SUGGESTION_LIMIT, typesOf } from './request.ts';
import { scopeOf } from './scope.ts';

/** How often a page is filled up after the gate dropped some or a walk ended early; then it is short, with a cursor. */
export const MAX_ROUNDS = 4;
/** Most people whose names are put in place of mentions on one page. */
const MENTIONS_LIMIT = 200;
const CURSOR = 'search.cursor';

export interface SearchApp {
  readonly runtime: ServiceRuntime;
  readonly index: SearchIndex;
}

/** Rights that can't be checked are no rights: a group may just have been closed. @throws unavailable `access.stale` */
const enter = async ({ runtime }: SearchApp, context: CallContext): Promise<Entered> => {
  const entered = await runtime.enter(context);
  if (!runtime.factsFresh()) throw unavailable('access.stale', 'rights cannot be checked right now');
  return entered;
};

interface Found {
  readonly documents: readonly SearchDocument[];
  readonly first: SearchPage;
  readonly cursor: string | undefined;
}

const find = async ({ runtime, index }: SearchApp, entered: Entered, query: SearchQuery, scope: SearchScope): Promise<Found> => {
  const documents: SearchDocument[] = [];
  let first: SearchPage | undefined;
  let { cursor } = query;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const rest = { ...query, limit: query.limit - documents.length, withFacets: query.withFacets && round === 0 };
    const page = await index.search({ ...rest, ...(cursor === undefined ? {} : { cursor }) }, scope);
    first ??= page;
    const found = page.hits.map((hit) => hit.document);
    documents.push(...(await readable(runtime.facts, entered, found)));
    cursor = page.nextCursor;
    if (cursor === undefined || documents.length >= query.limit) break;
  }
  return { documents, first: first as SearchPage, cursor };
};

/** Texts of a hit below its title. What people say about themselves is for those whose scope covers it. */
const bodyOf = (document: SearchDocument, scope: SearchScope): string =>
  document.type === 'person'
    ? [document.body, scope.profiles ? document.profile : ''].filter((text) => text !== '').join('\n\n')
    : document.body;

/** Titles of the posts that comments belong to: same group, so the same right. */
const postTitles = async (index: SearchIndex, documents: readonly SearchDocument[]): Promise<Map<string, string>> => {
  const ids = [...new Set(documents.filter((document) => document.type === 'comment').map((document) => document.postId))];
  const posts = await index.get(ids.map(postKey));
  return new Map(posts.flatMap((post) => (post && !post.hidden ? [[post.id, post.title] as const] : [])));
};

/** Names of the mentioned people the viewer may see. */
const mentionNames = async ({ runtime, index }: SearchApp, entered: Entered, texts: readonly string[]): Promise<Map<string, string>> => {
  const ids = [...new Set(texts.flatMap(mentionedIn))].slice(0, MENTIONS_LIMIT);
  if (ids.length === 0) return new Map();
  const people = (await index.get(ids.map(personKey))).filter((person) => person !== undefined);
  return new Map((await readable(runtime.facts, entered, people)).map((person) => [person.id, person.title]));
};

const present = async (
  app: SearchApp,
  entered: Entered,
  documents: readonly SearchDocument[],
  scope: SearchScope,
  matches: Matcher,
): Promise<SearchHit[]> => {
  const bodies = documents.map((document) => bodyOf(document, scope));
  const [titles, names] = await Promise.all([
    postTitles(app.index, documents),
    mentionNames(
      app,
      entered,
      bodies.map((body) => windowOf(body, matches).text),
    ),
  ]);
  return documents.map(({ type, id, groupId, postId, authorId, kind, title, atMs }, nth) => ({
    type,
    id,
    groupId,
    postId: type === 'comment' ? postId : '',
    authorId,
    kind,
    title: titleParts(type === 'comment' ? (titles.get(postId) ?? '') : title, matches),
    excerpt: excerptOf(bodies[nth] as string, matches, names),
    at: new Date(atMs),
  }));
};

export const search = async (app: SearchApp, request: SearchRequest, context: CallContext): Promise<SearchResponse> => {
  const { runtime } = app;
  const entered = await enter(app, context);
  const query = queryOf(request);
  const cursor = request.cursor === '' ? undefined : runtime.sealer.open<string>(CURSOR, request.cursor);
  const scope = await scopeOf(runtime.facts, entered, query.types);
  const found = await find(app, entered, cursor === undefined ? query : { ...query, cursor }, scope);
  return {
    hits: await present(app, entered, found.documents, scope, matcherOf(parseQuestion(query.text))),
    nextCursor: found.cursor === undefined ? '' : runtime.sealer.seal(CURSOR, found.cursor),
    facets: found.first.facets.map(({ name, value, count }) => ({ name, value, count })),
    total: found.first.total,
    totalCapped: found.first.totalCapped,
  };
};

export const suggest = async (app: SearchApp, request: SuggestRequest, context: CallContext): Promise<SuggestResponse> => {
  const entered = await enter(app, context);
  const types = typesOf(request.types);
  const limit = limitOf(request.limit, DEFAULT_SUGGESTIONS, SUGGESTION_LIMIT);
  const scope = await scopeOf(app.runtime.facts, entered, types);
  const found = await app.index.suggest(request.prefix.slice(0, PREFIX_LENGTH), types, scope, limit);
  const shown = await readable(app.runtime.facts, entered, found);
  return { suggestions: shown.map(({ type, id, title, groupId }) => ({ type, id, text: title, groupId })) };
};
