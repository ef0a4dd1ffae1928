/** Who reacted, and who acknowledged. */
import type {
  ListAcknowledgementsRequest,
  ListAcknowledgementsResponse,
  ListReactionsRequest,
  ListReactionsResponse,
} from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { RangeEntry } from '@parvis/kit/ports/views.ts';
import { forbidden, notFound } from '@parvis/kit/runtime/errors.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { isModerator } from '../domain/actor.ts';
import type { AcknowledgementRow, CountsRow, ReactionRow } from '../views/responsesProjection.ts';
import { readComment, seesCommentText } from './commentQueries.ts';
import { cursorOf, limitOf, PEOPLE_PAGE, placeOfCursor } from './pages.ts';
import type { PostApp } from './postApp.ts';
import { readPost, seesText } from './readPost.ts';

/** @throws not-found for what is not there, was deleted, or is hidden from this viewer */
const mustSeeItem = async (app: PostApp, entered: Entered, postId: string, commentId: string): Promise<void> => {
  if (commentId === '') {
    const { row, access } = await readPost(app, entered, postId);
    if (!seesText(row, access)) throw notFound('post');
    return;
  }
  const { row, post } = await readComment(app, entered, commentId, postId);
  if (!seesCommentText(row, post.access)) throw notFound('comment');
};

interface PersonRow {
  readonly personId: string;
  readonly position: number;
}

interface PeoplePage {
  readonly collection: 'reactions' | 'acknowledgements';
  readonly index: 'item' | 'post';
  readonly itemId: string;
  readonly cursor: string;
  readonly limit: number;
}

/** People of one item, latest first. */
const peopleOf = async <R extends PersonRow>(app: PostApp, page: PeoplePage): Promise<{ rows: R[]; nextCursor: string }> => {
  const { collection, index, itemId } = page;
  const list = `${collection} ${itemId}`;
  const limit = limitOf(page.limit, PEOPLE_PAGE);
  const place = placeOfCursor<number>(app.runtime, list, page.cursor);
  const after = place === undefined ? {} : { after: [itemId, place] };
  const options = { prefix: [itemId], reverse: true, limit: limit + 1, ...after };
  const entries: RangeEntry<R>[] = await app.runtime.view('responses').range<R>(collection, index, options);
  const rows = entries.slice(0, limit).map(({ row }) => row);
  const last = entries.length > limit ? rows.at(-1) : undefined;
  return { rows, nextCursor: last ? cursorOf(app.runtime, list, last.position) : '' };
};

export const listReactions = async (app: PostApp, entered: Entered, request: ListReactionsRequest): Promise<ListReactionsResponse> => {
  const { postId, commentId, cursor, limit } = request;
  await mustSeeItem(app, entered, postId, commentId);
  const page: PeoplePage = { collection: 'reactions', index: 'item', itemId: commentId || postId, cursor, limit };
  const { rows, nextCursor } = await peopleOf<ReactionRow>(app, page);
  return { reactions: rows.map(({ personId, kind }) => ({ personId, kind })), nextCursor };
};

/**
 * Who has read is for who asked, and for who moderates the group; everybody else has the number.
 * @throws not-found as for the post, forbidden `post.acknowledgements-of-others`
 */
export const listAcknowledgements = async (
  app: PostApp,
  entered: Entered,
  { postId, cursor, limit }: ListAcknowledgementsRequest,
): Promise<ListAcknowledgementsResponse> => {
  const { row, access } = await readPost(app, entered, postId);
  if (!seesText(row, access)) throw notFound('post');
  if (row.authorId !== entered.personId && !isModerator(access.actor)) {
    throw forbidden('post.acknowledgements-of-others', 'only the author and moderators of the group see who acknowledged');
  }
  const page: PeoplePage = { collection: 'acknowledgements', index: 'post', itemId: postId, cursor, limit };
  const { rows, nextCursor } = await peopleOf<AcknowledgementRow>(app, page);
  const counts = await app.runtime.view('responses').get<CountsRow>('counts', postId);
  return { personIds: rows.map(({ personId }) => personId), nextCursor, total: counts?.acknowledged ?? 0 };
};
