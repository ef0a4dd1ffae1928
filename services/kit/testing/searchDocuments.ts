import type { SearchDocument, SearchIndexWrite, SearchQuery, SearchScope } from '../ports/searchIndex.ts';

/** Documents, batches and questions for suites: complete, with what a test says in place of the defaults. */

const EMPTY = {
  kind: '',
  title: '',
  body: '',
  hashtags: [],
  language: '',
  atMs: Date.UTC(2026, 0, 1),
  lane: 0,
  position: 1,
  extra: '',
  profile: '',
  hidden: false,
  parts: {},
} as const;

export type Changes = Partial<Omit<SearchDocument, 'type' | 'key'>>;

export const aPost = (id: string, changes: Changes = {}): SearchDocument => {
  const groupId = changes.groupId ?? 'open';
  return { ...EMPTY, key: `post:${id}`, type: 'post', id, groupId, postId: id, authorId: 'ada', kind: 'discussion', ...changes };
};

export const aComment = (id: string, postId: string, changes: Changes = {}): SearchDocument => {
  const groupId = changes.groupId ?? 'open';
  return { ...EMPTY, key: `comment:${id}`, type: 'comment', id, groupId, postId, authorId: 'bob', ...changes };
};

export const aPerson = (id: string, changes: Changes = {}): SearchDocument => ({
  ...EMPTY,
  key: `person:${id}`,
  type: 'person',
  id,
  groupId: '',
  postId: '',
  authorId: '',
  kind: 'employee',
  ...changes,
});

export const aGroup = (id: string, changes: Changes = {}): SearchDocument => ({
  ...EMPTY,
  key: `group:${id}`,
  type: 'group',
  id,
  groupId: id,
  postId: '',
  authorId: '',
  ...changes,
});

export const aBatch = (changes: Partial<SearchIndexWrite>): SearchIndexWrite => ({
  puts: [],
  deletes: [],
  threads: [],
  erased: [],
  marks: [],
  ...changes,
});

export const aQuery = (text: string, changes: Partial<SearchQuery> = {}): SearchQuery => ({
  text,
  types: [],
  sort: 'newest',
  limit: 20,
  withFacets: false,
  ...changes,
});

export const aScope = (changes: Partial<SearchScope> = {}): SearchScope => ({
  groupIds: ['open'],
  listedGroupIds: ['open'],
  people: 'all',
  profiles: true,
  ...changes,
});
