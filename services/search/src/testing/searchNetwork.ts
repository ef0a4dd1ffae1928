import { CommentAdded, CommentEdited, PostEdited, PostKind, PostPublished } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import {
  type SearchHit,
  SearchRequest,
  type SearchResponse,
  SearchServiceService,
  SuggestRequest,
} from '@parvis/contracts/gen/parvis/search/v1/service.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import { createFtsSearchIndex } from '@parvis/kit/adapters/fts/ftsSearchIndex.ts';
import type { SearchIndex } from '@parvis/kit/ports/searchIndex.ts';
import { commentStream, groupStream, memberStream, personStream, postStream, randomId } from '@parvis/kit/runtime/ids.ts';
import type { Client } from '@parvis/kit/runtime/rpc.ts';
import type { ManagedService } from '@parvis/kit/runtime/serviceRuntime.ts';
import { createFakeNetwork, type FakeNetwork } from '@parvis/kit/testing/fakeNetwork.ts';
import { testLogger } from '@parvis/kit/testing/testPorts.ts';
import { createSearchService } from '../service.ts';

/** The search service on a network whose other services are played by the events they would write. */
export interface SearchNetwork {
  readonly network: FakeNetwork;
  readonly service: ManagedService;
  readonly index: SearchIndex;
  /** Where search.db lies. */
  readonly folder: string;
  post(groupId: string, authorId: string, post: Partial<PostPublished>): Promise<string>;
  comment(postId: string, authorId: string, body: string): Promise<string>;
  editPost(postId: string, authorId: string, texts: Partial<PostEdited>): Promise<void>;
  editComment(commentId: string, authorId: string, body: string): Promise<void>;
  /** Happens to a post, a comment, a group, a person or (two ids) a membership; resolves when everyone knows. */
  happen(what: 'post' | 'comment' | 'group' | 'person', id: string, event: AnyEvent): Promise<void>;
  happenToMember(groupId: string, personId: string, event: AnyEvent): Promise<void>;
  search(personId: string, request: Partial<SearchRequest>): Promise<SearchResponse>;
  /** Sorted `type:id` of the first page. */
  found(personId: string, query: string, request?: Partial<SearchRequest>): Promise<string[]>;
  suggested(personId: string, prefix: string, types?: string[]): Promise<string[]>;
  close(): Promise<void>;
}

export const keyOf = ({ type, id }: Pick<SearchHit, 'type' | 'id'>): string => `${type}:${id}`;

const STREAMS = { post: postStream, comment: commentStream, group: groupStream, person: personStream } as const;
const SOURCES = { post: 'post', comment: 'post', group: 'group', person: 'identity' } as const;

export const createSearchNetwork = async (): Promise<SearchNetwork> => {
  const network = await createFakeNetwork();
  const folder = `${network.folder}/search`;
  const index = await createFtsSearchIndex({ folder, logger: testLogger });
  const service = await network.start(createSearchService({ ...(await network.ports('search')), log: undefined, index }));
  const client: Client<SearchServiceService> = network.client(service, SearchServiceService);
  const happen: SearchNetwork['happen'] = async (what, id, event) => {
    await network.emit(SOURCES[what], STREAMS[what](id), [event]);
    await network.settled();
  };
  const search: SearchNetwork['search'] = (personId, request) =>
    client.search(SearchRequest.fromPartial(request), network.contextFor(personId));
  return {
    network,
    service,
    index,
    folder,
    happen,
    search,
    async post(groupId, authorId, post) {
      const id = `${groupId}.${randomId()}`;
      await happen('post', id, {
        $case: 'postPublished',
        value: PostPublished.fromPartial({ authorId, kind: PostKind.DISCUSSION, ...post }),
      });
      return id;
    },
    async comment(postId, authorId, body) {
      const id = `${postId}.${randomId()}`;
      await happen('comment', id, { $case: 'commentAdded', value: CommentAdded.fromPartial({ authorId, body }) });
      return id;
    },
    editPost: (postId, authorId, texts) =>
      happen('post', postId, { $case: 'postEdited', value: PostEdited.fromPartial({ authorId, ...texts }) }),
    editComment: (commentId, authorId, body) =>
      happen('comment', commentId, { $case: 'commentEdited', value: CommentEdited.fromPartial({ authorId, body }) }),
    async happenToMember(groupId, personId, event) {
      await network.emit('group', memberStream(groupId, personId), [event]);
      await network.settled();
    },
    async found(personId, query, request = {}) {
      return (await search(personId, { query, limit: 50, ...request })).hits.map(keyOf).sort();
    },
    async suggested(personId, prefix, types = []) {
      const answer = await client.suggest(SuggestRequest.fromPartial({ prefix, types, limit: 20 }), network.contextFor(personId));
      return answer.suggestions.map(keyOf).sort();
    },
    async close() {
      await network.close();
      await index.close();
    },
  };
};
