/** What a viewer may do with an item, so that clients offer nothing that would be refused. */
import { type Actor, isModerator } from '../domain/actor.ts';
import { rulesOfWritten } from '../domain/kinds.ts';
import type { CommentRow } from '../views/commentsProjection.ts';
import type { PostRow } from '../views/postsProjection.ts';

const when = (names: Readonly<Record<string, boolean>>): string[] => Object.keys(names).filter((name) => names[name]);

export const postAbilities = (row: PostRow, actor: Actor): string[] => {
  if (row.state === 'deleted') return [];
  const author = row.authorId === actor.personId;
  const moderates = isModerator(actor);
  const visible = row.state === 'visible';
  const writes = visible && actor.role !== 'none' && !actor.groupArchived;
  return when({
    edit: writes && author,
    delete: author || moderates,
    hide: visible && moderates,
    restore: !visible && moderates,
    close: writes && !row.closed && (author || moderates),
    reopen: writes && row.closed && (author || moderates),
    accept: writes && rulesOfWritten(row.kind).acceptsAnswers && (author || moderates),
    react: writes,
    comment: writes && !row.closed,
    acknowledge: writes && row.acknowledgementAsked,
    report: visible && !author,
  });
};

export const commentAbilities = (row: CommentRow, post: PostRow, actor: Actor): string[] => {
  if (row.state === 'deleted') return [];
  const author = row.authorId === actor.personId;
  const moderates = isModerator(actor);
  const visible = row.state === 'visible';
  const writes = visible && actor.role !== 'none' && !actor.groupArchived;
  const threadWrites = writes && post.state === 'visible';
  return when({
    edit: writes && author,
    delete: author || moderates,
    hide: visible && moderates,
    restore: !visible && moderates,
    react: threadWrites,
    comment: threadWrites && !post.closed,
    report: visible && !author,
  });
};
