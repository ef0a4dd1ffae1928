/**
 * Full text over documents with filter tokens. Stores group ids, never privacy: a group that changes its privacy
 * rewrites nothing, the caller says which groups the viewer may read.
 */

export type DocumentType = 'post' | 'comment' | 'person' | 'group';

export interface SearchDocument {
  /** `<type>:<id>`, e.g. `post:ID`. */
  readonly key: string;
  readonly type: DocumentType;
  readonly id: string;
  readonly groupId: string;
  readonly postId: string;
  readonly authorId: string;
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly hashtags: readonly string[];
  readonly language: string;
  readonly atMs: number;
  /** Lane position of the event it comes from: an older one never overwrites a newer. */
  readonly lane: number;
  readonly position: number;
  /** More words it is found by and that are not shown (handle, department…). */
  readonly extra: string;
  /** Words it is found by only within a scope that covers whole profiles. */
  readonly profile: string;
  /** Kept, with its words, but neither found nor counted: out of sight until a later put. */
  readonly hidden: boolean;
  /** What the writer needs to make the document anew from a partial change; never searched. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Which documents a viewer may be shown: the index filters by it, so that pages and counts stay right. */
export interface SearchScope {
  /** Group contents (posts, comments) of these groups. */
  readonly groupIds: readonly string[];
  /** Groups whose name and purpose may be shown. */
  readonly listedGroupIds: readonly string[];
  /** People: all, or only these. */
  readonly people: 'all' | readonly string[];
  /** True: people are found by their profile's words too, not only by those of their card. */
  readonly profiles: boolean;
}

export interface SearchQuery {
  /** As typed (runtime/text/question.ts says what it means); empty: whatever passes the filters. */
  readonly text: string;
  readonly types: readonly DocumentType[];
  readonly groupId?: string;
  readonly authorId?: string;
  readonly kind?: string;
  readonly hashtag?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** `best`: the 200 best of the newest 10,000 that match. */
  readonly sort: 'newest' | 'best';
  /** Opaque to callers; from an earlier page. */
  readonly cursor?: string;
  /** 1 to 100. */
  readonly limit: number;
  readonly withFacets: boolean;
}

export interface SearchHitDocument {
  readonly document: SearchDocument;
  readonly score: number;
}

export interface SearchPage {
  readonly hits: readonly SearchHitDocument[];
  readonly nextCursor?: string;
  readonly facets: readonly { name: string; value: string; count: number }[];
  /** Counted up to 1,000. */
  readonly total: number;
  readonly totalCapped: boolean;
}

/**
 * What becomes of everything under a post: the post's own document and its comments', present and future. `hidden` keeps
 * them out of sight until `shown`; `deleted` removes them and drops later puts.
 */
export interface ThreadChange {
  readonly postId: string;
  readonly state: 'shown' | 'hidden' | 'deleted';
  readonly lane: number;
  readonly position: number;
}

export interface SearchIndexWrite {
  readonly puts: readonly SearchDocument[];
  readonly deletes: readonly { key: string; lane: number; position: number }[];
  readonly threads: readonly ThreadChange[];
  /** Removes what these people wrote, or blanks their cards; survives later puts of the same person. */
  readonly erased: readonly { personId: string; contributions: boolean }[];
  readonly marks: readonly { source: string; epoch: string; lane: number; from: number; to: number }[];
}

export interface SearchIndex {
  /** Documents and marks in one atomic write. @throws MarkConflict */
  write(batch: SearchIndexWrite): Promise<void>;
  marks(): Promise<{ source: string; epoch: string; lane: number; position: number }[]>;
  /**
   * A page may be short and still have a next one: the time of one query is bounded.
   * @throws unavailable `search.busy` (too many wait), `search.timeout`; invalid `cursor`
   */
  search(query: SearchQuery, scope: SearchScope): Promise<SearchPage>;
  /** Documents whose title or handle has the words typed, the last one begun only: people, groups, then posts. */
  suggest(prefix: string, types: readonly DocumentType[], scope: SearchScope, limit: number): Promise<SearchDocument[]>;
  /** Hidden documents too. */
  get(keys: readonly string[]): Promise<(SearchDocument | undefined)[]>;
  /** Forgets documents and marks, never who was erased. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
