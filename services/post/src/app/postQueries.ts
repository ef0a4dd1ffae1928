/** Reading posts: by id, by group, and the home feed. */
import { mayRead } from '@parvis/access/src/mayRead.ts';
import type { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type {
  CountPostsResponse,
  GetFeedRequest,
  GetFeedResponse,
  GetPostResponse,
  GetPostsResponse,
  ListGroupPostsRequest,
  ListGroupPostsResponse,
} from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { invalid, notFound } from '@parvis/kit/runtime/errors.ts';
import { isSimpleId } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { kindFilterOf } from '../domain/kinds.ts';
import type { GroupPostsRow } from '../views/groupLogRows.ts';
import type { PostRow } from '../views/postsProjection.ts';
import { type GroupAccess, groupAccess, groupAccesses, groupIdOf, mustReadGroup, threadAccess } from './access.ts';
import type { LogEntry, LogPlace } from './groupLogs.ts';
import { cursorOf, limitOf, POSTS_PAGE, placeOfCursor } from './pages.ts';
import type { PostApp } from './postApp.ts';
import { presentPosts } from './presentPosts.ts';
import { commentsOf, type ReadablePost, readable, readPost } from './readPost.ts';

/** Most ids of one GetPosts. */
export const POSTS_BY_ID_LIMIT = 200;

export const getPost = async (app: PostApp, entered: Entered, postId: string): Promise<GetPostResponse> => {
  const [post] = await presentPosts(app, entered, [await readPost(app, entered, postId)]);
  return { post };
};

export const getPosts = async (app: PostApp, entered: Entered, postIds: readonly string[]): Promise<GetPostsResponse> => {
  if (postIds.length > POSTS_BY_ID_LIMIT) throw invalid('postIds', `at most ${POSTS_BY_ID_LIMIT} ids`);
  const ids = [...new Set(postIds)].filter((id) => groupIdOf(id) !== undefined);
  const rows = await app.runtime.view('posts').getMany<PostRow>('posts', ids);
  const accesses = await groupAccesses(
    app.runtime,
    entered,
    rows.flatMap((row) => row?.groupId ?? []),
  );
  const posts: ReadablePost[] = [];
  for (const row of rows) {
    if (!row) continue;
    const access = accesses.get(row.groupId) ?? (await threadAccess(app.runtime, entered, row.postId));
    const post = readable(row, access, row.state === 'deleted' ? await commentsOf(app, row.postId) : 0);
    if (post) posts.push(post);
  }
  return { posts: await presentPosts(app, entered, posts) };
};

interface ListedPage {
  readonly list: string;
  readonly kind: PostKind | undefined;
  readonly cursor: string;
  readonly limit: number;
}

/** One page over the logs of groups whose contents the caller may read; each post passes the last gate again. */
const listPosts = async (
  app: PostApp,
  entered: Entered,
  accesses: ReadonlyMap<string, GroupAccess>,
  { list, kind, cursor, limit }: ListedPage,
): Promise<GetFeedResponse> => {
  const place = placeOfCursor<LogPlace>(app.runtime, list, cursor);
  const after = place === undefined ? {} : { after: place };
  const entries = await app.groupLogs.page([...accesses.keys()], { ...after, kind, limit: limit + 1 });
  const shown = entries.slice(0, limit);
  const rows = await app.runtime.view('posts').getMany<PostRow>(
    'posts',
    shown.map(({ postId }) => postId),
  );
  const posts = rows.flatMap((row) => {
    const access = row && accesses.get(row.groupId);
    return row && access && row.state === 'visible' ? [{ row, access }] : [];
  });
  const last = entries.length > limit ? shown.at(-1) : undefined;
  return { posts: await presentPosts(app, entered, posts), nextCursor: last ? cursorOf(app.runtime, list, placeOf(last)) : '' };
};

const placeOf = ({ atMs, lane, position }: LogEntry): LogPlace => ({ atMs, lane, position });

export const listGroupPosts = async (app: PostApp, entered: Entered, request: ListGroupPostsRequest): Promise<ListGroupPostsResponse> => {
  const access = await mustReadGroup(app.runtime, entered, request.groupId);
  const kind = kindFilterOf(request.kind);
  const page = {
    list: `group ${request.groupId} ${request.kind}`,
    kind,
    cursor: request.cursor,
    limit: limitOf(request.limit, POSTS_PAGE),
  };
  return listPosts(app, entered, new Map([[request.groupId, access]]), page);
};

/** The posts of every group the caller is a member of, latest first. */
export const getFeed = async (app: PostApp, entered: Entered, request: GetFeedRequest): Promise<GetFeedResponse> => {
  const kind = kindFilterOf(request.kind);
  const limit = limitOf(request.limit, POSTS_PAGE);
  const accesses = await groupAccesses(app.runtime, entered, await app.runtime.facts.groupIdsOf(entered.personId));
  return listPosts(app, entered, accesses, { list: `feed ${entered.personId} ${request.kind}`, kind, cursor: request.cursor, limit });
};

/** For whoever may read the group's contents, and for those invited to it, whom the invitation tells the number. */
export const countPosts = async (app: PostApp, entered: Entered, groupId: string): Promise<CountPostsResponse> => {
  if (!(await groupAccess(app.runtime, entered, groupId)) && !(await isInvited(app, entered, groupId))) throw notFound('group');
  const row = await app.runtime.view('posts').get<GroupPostsRow>('groups', groupId);
  return { posts: row?.posts ?? 0 };
};

const isInvited = async ({ runtime }: PostApp, entered: Entered, groupId: string): Promise<boolean> => {
  if (!isSimpleId(groupId)) return false;
  const [group, membership] = await Promise.all([runtime.facts.group(groupId), runtime.facts.membership(groupId, entered.personId)]);
  if (!group || membership?.state !== 'invited') return false;
  const expired = membership.invitedUntilMs !== undefined && membership.invitedUntilMs <= entered.nowMs;
  return !expired && runtime.factsFresh() && mayRead(entered.viewer, { kind: 'group-card', group, membership }, entered.nowMs);
};
