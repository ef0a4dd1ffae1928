/** Reading comments: one, or a thread in order. */
import type {
  Comment,
  GetCommentResponse,
  ListCommentsRequest,
  ListCommentsResponse,
} from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { IndexKey, RangeEntry } from '@parvis/kit/ports/views.ts';
import { notFound } from '@parvis/kit/runtime/errors.ts';
import { commentStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import type { CommentRow } from '../views/commentsProjection.ts';
import { commentAbilities } from './abilities.ts';
import type { GroupAccess } from './access.ts';
import { postIdOf } from './access.ts';
import { COMMENTS_PAGE, cursorOf, limitOf, placeOfCursor } from './pages.ts';
import type { PostApp } from './postApp.ts';
import { type ReadablePost, readPost } from './readPost.ts';
import { type Responses, responsesTo } from './responses.ts';
import { type OpenedItem, openItems } from './sealedTexts.ts';

/** Replies counted below one comment; more are shown as this many. */
export const REPLY_COUNT_LIMIT = 1_000;
/** Comments read at once. */
const CHUNK = 200;

export interface ReadableComment {
  readonly row: CommentRow;
  readonly post: ReadablePost;
}

export const seesCommentText = (row: CommentRow, access: GroupAccess): boolean =>
  row.state === 'visible' || (row.state === 'hidden' && (access.seesHidden || row.authorId === access.actor.personId));

/** With replies, a comment out of sight keeps its place, without its text; without, it is not there. */
const hasPlace = (row: CommentRow, access: GroupAccess): boolean => seesCommentText(row, access) || row.replies > 0;

const withoutText = (row: CommentRow): CommentRow => ({ ...row, body: '', mentions: [], files: [], stateReason: '' });

const present = (
  { row, post }: ReadableComment,
  joined: { opened: OpenedItem; responses: Responses | undefined; replies: number; hashtags: readonly string[] },
): Comment => ({
  id: row.commentId,
  postId: row.postId,
  groupId: row.groupId,
  authorId: row.authorId,
  parentId: row.parentId,
  body: joined.opened.body,
  mentions: [...row.mentions],
  attachments: [...joined.opened.attachments],
  publishedAt: new Date(row.publishedAtMs),
  editedAt: row.editedAtMs === 0 ? undefined : new Date(row.editedAtMs),
  version: row.version,
  state: row.state,
  stateReason: row.authorId === post.access.actor.personId || post.access.seesHidden ? joined.opened.stateReason : '',
  reactions: joined.responses?.reactions ?? [],
  myReaction: joined.responses?.myReaction ?? 0,
  replyCount: joined.replies,
  accepted: post.row.acceptedCommentId === row.commentId,
  erased: joined.opened.erased,
  abilities: commentAbilities(row, post.row, post.access.actor),
  hashtags: [...joined.hashtags],
});

const repliesTo = async (app: PostApp, { commentId, replies }: CommentRow): Promise<number> => {
  if (replies === 0) return 0;
  return (await app.runtime.view('comments').range('comments', 'replies', { prefix: [commentId], limit: REPLY_COUNT_LIMIT })).length;
};

const presentComments = async (app: PostApp, entered: Entered, comments: readonly ReadableComment[]): Promise<Comment[]> => {
  const shown = comments.map(({ row, post }) => ({ row: seesCommentText(row, post.access) ? row : withoutText(row), post }));
  const items = shown.map(({ row }) => ({
    stream: commentStream(row.commentId),
    title: '',
    body: row.body,
    files: row.files,
    stateReason: row.stateReason,
  }));
  const ids = shown.map(({ row }) => row.commentId);
  const [opened, responses, replies] = await Promise.all([
    openItems(app.runtime, items),
    responsesTo(app.runtime, entered.personId, ids),
    Promise.all(shown.map(({ row }) => repliesTo(app, row))),
  ]);
  return shown.map((comment, nth) => {
    const item = opened[nth] as OpenedItem;
    const { commentId, version } = comment.row;
    const hashtags = app.hashtags.of(`${commentId}@${version}`, item.body);
    return present(comment, { opened: item, responses: responses.get(commentId), replies: replies[nth] ?? 0, hashtags });
  });
};

/**
 * A comment whose text, or whose place in the thread, the caller may be shown.
 * @param ofPost the post it is asked for under, when one is named: a mismatch is answered as not found.
 * @throws notFound(what)
 */
export const readComment = async (
  app: PostApp,
  entered: Entered,
  commentId: string,
  ofPost?: string,
  what = 'comment',
): Promise<ReadableComment> => {
  const postId = postIdOf(commentId);
  if (postId === undefined || (ofPost !== undefined && ofPost !== postId)) throw notFound(what);
  const post = await readPost(app, entered, postId, what);
  const row = await app.runtime.view('comments').get<CommentRow>('comments', commentId);
  if (!row || !hasPlace(row, post.access)) throw notFound(what);
  return { row, post };
};

export const getComment = async (app: PostApp, entered: Entered, commentId: string): Promise<GetCommentResponse> => {
  const [comment] = await presentComments(app, entered, [await readComment(app, entered, commentId)]);
  return { comment };
};

/** Rows that have a place for this viewer, from a place of the thread on, at most one more than the page holds. */
const threadFrom = async (
  app: PostApp,
  post: ReadablePost,
  from: IndexKey | undefined,
  limit: number,
): Promise<RangeEntry<CommentRow>[]> => {
  const view = app.runtime.view('comments');
  const found: RangeEntry<CommentRow>[] = [];
  for (let after = from; found.length <= limit; ) {
    const options = { prefix: [post.row.postId], limit: CHUNK, ...(after === undefined ? {} : { after }) };
    const entries = await view.range<CommentRow>('comments', 'thread', options);
    found.push(...entries.filter(({ row }) => hasPlace(row, post.access)));
    if (entries.length < CHUNK) break;
    after = entries.at(-1)?.indexKey;
  }
  return found;
};

/** A thread in order: each comment before its replies, siblings oldest first. */
export const listComments = async (app: PostApp, entered: Entered, request: ListCommentsRequest): Promise<ListCommentsResponse> => {
  const post = await readPost(app, entered, request.postId);
  const limit = limitOf(request.limit, COMMENTS_PAGE);
  const list = `comments ${request.postId}`;
  const entries = await threadFrom(app, post, placeOfCursor<IndexKey>(app.runtime, list, request.cursor), limit);
  const shown = entries.slice(0, limit);
  const last = entries.length > limit ? shown.at(-1) : undefined;
  const comments = await presentComments(
    app,
    entered,
    shown.map(({ row }) => ({ row, post })),
  );
  return { comments, nextCursor: last ? cursorOf(app.runtime, list, last.indexKey) : '' };
};
