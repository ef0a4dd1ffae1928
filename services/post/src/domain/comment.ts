/** A comment on a post, or a reply to another comment. Rules about the post itself are checked against its own state. */
import type { Attachment, CommentAdded, CommentEdited, CommentEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { forbidden, invalid, notFound, ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { type Actor, isModerator, mustModerate, mustWrite } from './actor.ts';
import { ATTACHMENTS_LIMIT } from './limits.ts';
import type { PostState, Visibility } from './post.ts';
import { neededReasonOf, reasonOf } from './text.ts';

export type CommentFact = NonNullable<CommentEvent['event']>;

export interface CommentText {
  readonly body: string;
  readonly mentions: readonly string[];
  readonly attachments: readonly Attachment[];
  readonly language: string;
}

export interface CommentState {
  readonly visibility: Visibility;
  readonly authorId: string;
  readonly parentId: string;
  readonly text: CommentAdded | CommentEdited | undefined;
}

/** Where a new comment hangs; see placeOf in app/commentCommands.ts. */
export interface Place {
  /** Empty: on the post itself. */
  readonly parentId: string;
  /** Author of the comment replied to, which is not the parent when that was too deep. */
  readonly parentAuthorId: string;
}

export type CommentCommand =
  | {
      readonly kind: 'add';
      readonly actor: Actor;
      readonly post: PostState;
      readonly place: Place;
      readonly text: CommentText;
      /** Only an import keeps an older date than the commit's. */
      readonly publishedAt?: Date;
    }
  | { readonly kind: 'edit'; readonly actor: Actor; readonly text: CommentText }
  | { readonly kind: 'delete'; readonly actor: Actor; readonly reason: string }
  | { readonly kind: 'hide'; readonly actor: Actor; readonly reason: string }
  | { readonly kind: 'restore'; readonly actor: Actor };

const initial: CommentState = { visibility: 'absent', authorId: '', parentId: '', text: undefined };

const evolve = (state: CommentState, event: CommentFact): CommentState => {
  switch (event.$case) {
    case 'commentAdded':
      return { visibility: 'visible', authorId: event.value.authorId, parentId: event.value.parentId, text: event.value };
    case 'commentEdited':
      return { ...state, text: event.value };
    case 'commentDeleted':
      return { ...state, visibility: 'deleted', text: undefined };
    case 'commentHidden':
      return { ...state, visibility: 'hidden' };
    case 'commentRestored':
      return { ...state, visibility: 'visible' };
    default:
      return event satisfies never;
  }
};

export const seesComment = (state: CommentState, actor: Actor): boolean =>
  state.visibility === 'visible' || (state.visibility === 'hidden' && (state.authorId === actor.personId || isModerator(actor)));

const mustSee = (state: CommentState, actor: Actor): void => {
  if (!seesComment(state, actor)) throw notFound('comment');
};

/** @throws not-found for who may not know of it; conflict for a hidden one. */
export const commentMustBeLive = (state: CommentState, actor: Actor): void => {
  mustSee(state, actor);
  if (state.visibility === 'hidden') throw ruleBroken('comment.hidden', 'the comment is hidden; nothing is added to it now');
};

const mustSaySomething = ({ body, attachments }: CommentText): void => {
  if (attachments.length > ATTACHMENTS_LIMIT) throw invalid('fileIds', `at most ${ATTACHMENTS_LIMIT} files`);
  if (body === '' && attachments.length === 0) throw invalid('body', 'some text');
};

const add = (state: CommentState, command: Extract<CommentCommand, { kind: 'add' }>): CommentFact[] => {
  const { actor, post, place, text } = command;
  mustWrite(actor);
  if (post.closed) throw ruleBroken('post.closed', 'the post is closed; nobody comments on it any more');
  if (state.visibility !== 'absent') throw ruleBroken('comment.exists', 'there is a comment with this id');
  mustSaySomething(text);
  const { body, mentions, attachments, language } = text;
  return [
    {
      $case: 'commentAdded',
      value: {
        authorId: actor.personId,
        body,
        parentId: place.parentId,
        mentions: [...mentions],
        attachments: [...attachments],
        language,
        publishedAt: command.publishedAt,
        postAuthorId: post.authorId,
        parentAuthorId: place.parentAuthorId,
      },
    },
  ];
};

const edit = (state: CommentState, { actor, text }: Extract<CommentCommand, { kind: 'edit' }>): CommentFact[] => {
  commentMustBeLive(state, actor);
  mustWrite(actor);
  if (state.authorId !== actor.personId) throw forbidden('comment.not-the-author', 'only its author edits a comment');
  mustSaySomething(text);
  const before = state.text;
  const files = (attachments: readonly Attachment[]) => attachments.map((file) => file.fileId).join(' ');
  if (before && before.body === text.body && files(before.attachments) === files(text.attachments)) return [];
  const { body, mentions, attachments, language } = text;
  const value = { authorId: actor.personId, body, mentions: [...mentions], attachments: [...attachments], language };
  return [{ $case: 'commentEdited', value }];
};

const remove = (state: CommentState, { actor, reason }: Extract<CommentCommand, { kind: 'delete' }>): CommentFact[] => {
  const author = state.authorId === actor.personId;
  if (state.visibility === 'deleted' && (author || isModerator(actor))) return [];
  mustSee(state, actor);
  if (!author) mustModerate(actor);
  return [{ $case: 'commentDeleted', value: { by: actor.personId, reason: author ? reasonOf(reason) : neededReasonOf(reason) } }];
};

const decide = (state: CommentState, command: CommentCommand): readonly CommentFact[] => {
  switch (command.kind) {
    case 'add':
      return add(state, command);
    case 'edit':
      return edit(state, command);
    case 'delete':
      return remove(state, command);
    case 'hide':
      mustSee(state, command.actor);
      mustModerate(command.actor);
      if (state.visibility === 'hidden') return [];
      return [{ $case: 'commentHidden', value: { by: command.actor.personId, reason: neededReasonOf(command.reason) } }];
    case 'restore':
      mustSee(state, command.actor);
      mustModerate(command.actor);
      return state.visibility === 'hidden' ? [{ $case: 'commentRestored', value: { by: command.actor.personId } }] : [];
    default:
      return command satisfies never;
  }
};

export const commentDecider: Decider<CommentState, CommentCommand, CommentFact> = { initial, evolve, decide };
