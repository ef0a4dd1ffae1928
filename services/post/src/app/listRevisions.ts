/** How a text changed: read from the item's own stream, which holds every version. */
import type { CommentEvent, PostEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { ListRevisionsRequest, ListRevisionsResponse, Revision } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { type DecodedEvent, isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import { notFound } from '@parvis/kit/runtime/errors.ts';
import { commentStream, postStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { readComment, seesCommentText } from './commentQueries.ts';
import type { PostApp } from './postApp.ts';
import { readPost, seesText } from './readPost.ts';

/** Most versions of a text that are told, the newest ones. */
export const REVISIONS_LIMIT = 200;
const EVENTS_PER_READ = 10_000;

const shown = (text: string): string => (isErased(text) ? '' : text);

const revisionOf = (decoded: DecodedEvent): Revision[] => {
  const event = decoded.event as PostEvent['event'] | CommentEvent['event'];
  const { at, version } = decoded;
  switch (event?.$case) {
    case 'postPublished':
      return [{ at: event.value.publishedAt ?? at, title: shown(event.value.title), body: shown(event.value.body), version }];
    case 'postEdited':
      return [{ at, title: shown(event.value.title), body: shown(event.value.body), version }];
    case 'commentAdded':
      return [{ at: event.value.publishedAt ?? at, title: '', body: shown(event.value.body), version }];
    case 'commentEdited':
      return [{ at, title: '', body: shown(event.value.body), version }];
    default:
      return [];
  }
};

/** Whoever may be shown the text may see how it changed; what was deleted has no history any more. @throws not-found */
const mustSeeText = async (app: PostApp, entered: Entered, { postId, commentId }: ListRevisionsRequest): Promise<void> => {
  if (commentId === '') {
    const { row, access } = await readPost(app, entered, postId);
    if (!seesText(row, access)) throw notFound('post');
    return;
  }
  const { row, post } = await readComment(app, entered, commentId, postId);
  if (!seesCommentText(row, post.access)) throw notFound('comment');
};

/** Every version of a text, oldest first. */
export const listRevisions = async (app: PostApp, entered: Entered, request: ListRevisionsRequest): Promise<ListRevisionsResponse> => {
  await mustSeeText(app, entered, request);
  const stream = request.commentId === '' ? postStream(request.postId) : commentStream(request.commentId);
  const records = await app.log.readStream(stream, { limit: EVENTS_PER_READ });
  return { revisions: (await app.runtime.codec.open('post', records)).flatMap(revisionOf).slice(-REVISIONS_LIMIT) };
};
