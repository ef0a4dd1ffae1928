/**
 * Full text over documents with filter tokens. Stores group ids, never privacy: a group that changes its privacy
 * rewrites nothing, the caller says which groups the viewer may read.
 */

export type DocumentType = 'post' | 'comment' | 'person' | 'group';

export interface SearchDocument {
  /** e.g. `post:ID`; unique over all types. */
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
}

/** Which documents a viewer may be shown: the index filters by it, so that pages and counts stay right. */
export interface SearchScope {
  /** Group contents (posts, comments) of these groups. */
  readonly groupIds: readonly string[];
  /** Groups that may be listed; undefined: the same as groupIds. */
  readonly listedGroupIds: readonly string[];
  /** People: all, or only these. */
  readonly people: 'all' | readonly string[];
}

export interface SearchQuery {
  readonly text: string;
  readonly types: readonly DocumentType[];
  readonly groupId?: string;
  readonly authorId?: string;
  readonly kind?: string;
  readonly hashtag?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
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

export interface SearchIndexWrite {
  readonly puts: readonly SearchDocument[];
  readonly deletes: readonly { key: string; lane: number; position: number }[];
  /** Removes what these people wrote, or blanks their cards; survives later puts of the same person. */
  readonly erased: readonly { personId: string; contributions: boolean }[];
  readonly marks: readonly { source: string; epoch: string; lane: number; from: number; to: number }[];
}

export interface SearchIndex {
  /** Documents and marks in one atomic write. @throws MarkConflict */
  write(batch: SearchIndexWrite): Promise<void>;
  marks(): Promise<{ source: string; epoch: string; lane: number; position: number }[]>;
  search(query: SearchQuery, scope: SearchScope): Promise<SearchPage>;
  /** Documents whose title has a word beginning with the prefix. */
  suggest(prefix: string, types: readonly DocumentType[], scope: SearchScope, limit: number): Promise<SearchDocument[]>;
  get(keys: readonly string[]): Promise<(SearchDocument | undefined)[]>;
  clear(): Promise<void>;
  close(): Promise<void>;
}
