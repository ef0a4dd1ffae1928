/** One post, as far as a viewer may have it: every read of a post, its thread and its files begins here. */
import { notFound } from '@parvis/kit/runtime/errors.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import type { ThreadRow } from '../views/commentsProjection.ts';
import type { PostRow } from '../views/postsProjection.ts';
import { type GroupAccess, mustReadThread } from './access.ts';
import type { PostApp } from './postApp.ts';

/** A post that the viewer may be shown, with the access that says so. */
export interface ReadablePost {
  readonly row: PostRow;
  readonly access: GroupAccess;
}

/** Whether the viewer may be shown the post's text as it stands. */
export const seesText = (row: PostRow, access: GroupAccess): boolean =>
  row.state === 'visible' || (row.state === 'hidden' && (access.seesHidden || row.authorId === access.actor.personId));

/**
 * A post as one viewer may have it: visible, hidden for its author and moderators, or the tombstone of a deleted one
 * whose thread goes on. Undefined: to this viewer it is not there.
 */
export const readable = (row: PostRow | undefined, access: GroupAccess | undefined, comments: number): ReadablePost | undefined => {
  if (!row || !access) return undefined;
  const tombstone = row.state === 'deleted' && comments > 0;
  return seesText(row, access) || tombstone ? { row, access } : undefined;
};

export const commentsOf = async (app: PostApp, postId: string): Promise<number> =>
  (await app.runtime.view('comments').get<ThreadRow>('threads', postId))?.comments ?? 0;

/** @throws notFound(what) */
export const readPost = async (app: PostApp, entered: Entered, postId: string, what = 'post'): Promise<ReadablePost> => {
  const access = await mustReadThread(app.runtime, entered, postId, what);
  const row = await app.runtime.view('posts').get<PostRow>('posts', postId);
  const post = readable(row, access, row?.state === 'deleted' ? await commentsOf(app, postId) : 0);
  if (!post) throw notFound(what);
  return post;
};
