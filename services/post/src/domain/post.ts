/** A post: published once, edited by its author, taken away or out of sight by author and moderators. */
import type { Attachment, PostEdited, PostEvent, PostKind, PostPublished } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { forbidden, invalid, notFound, ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { type Actor, isModerator, mustModerate, mustWrite } from './actor.ts';
import { rulesOf, rulesOfWritten } from './kinds.ts';
import { ATTACHMENTS_LIMIT } from './limits.ts';
import { neededReasonOf, reasonOf } from './text.ts';

export type PostFact = NonNullable<PostEvent['event']>;

/** Title and body are normalised already (text.ts), mentions and language read from them (app/markdown.ts). */
export interface PostText {
  readonly title: string;
  readonly body: string;
  readonly mentions: readonly string[];
  readonly attachments: readonly Attachment[];
  readonly language: string;
}

export type Visibility = 'absent' | 'visible' | 'hidden' | 'deleted';

export interface PostState {
  readonly visibility: Visibility;
  readonly authorId: string;
  readonly kind: PostKind;
  /** The event that holds the text: its fields are decrypted only when read. */
  readonly text: PostPublished | PostEdited | undefined;
  readonly acknowledgementAsked: boolean;
  readonly closed: boolean;
  readonly acceptedCommentId: string;
}

export type PostCommand =
  | {
      readonly kind: 'publish';
      readonly actor: Actor;
      readonly postKind: PostKind;
      readonly text: PostText;
      readonly acknowledgementAsked: boolean;
      /** Only an import keeps an older date than the commit's. */
      readonly publishedAt?: Date;
    }
  | { readonly kind: 'edit'; readonly actor: Actor; readonly text: PostText }
  | { readonly kind: 'delete'; readonly actor: Actor; readonly reason: string }
  | { readonly kind: 'hide'; readonly actor: Actor; readonly reason: string }
  | { readonly kind: 'restore'; readonly actor: Actor }
  | { readonly kind: 'close'; readonly actor: Actor }
  | { readonly kind: 'reopen'; readonly actor: Actor }
  /** The comment is one of this post and visible: the caller looked. */
  | { readonly kind: 'accept'; readonly actor: Actor; readonly commentId: string }
  | { readonly kind: 'unaccept'; readonly actor: Actor }
  /** The accepted comment went away, so the acceptance goes with it, whoever took it away. */
  | { readonly kind: 'commentGone'; readonly actor: Actor; readonly commentId: string };

const initial: PostState = {
  visibility: 'absent',
  authorId: '',
  kind: 0,
  text: undefined,
  acknowledgementAsked: false,
  closed: false,
  acceptedCommentId: '',
};

const evolve = (state: PostState, event: PostFact): PostState => {
  switch (event.$case) {
    case 'postPublished': {
      const { authorId, kind, acknowledgementAsked } = event.value;
      return { ...initial, visibility: 'visible', authorId, kind, acknowledgementAsked, text: event.value };
    }
    case 'postEdited':
      return { ...state, text: event.value };
    case 'postDeleted':
      return { ...state, visibility: 'deleted', text: undefined };
    case 'postHidden':
      return { ...state, visibility: 'hidden' };
    case 'postRestored':
      return { ...state, visibility: 'visible' };
    case 'postClosed':
      return { ...state, closed: true };
    case 'postReopened':
      return { ...state, closed: false };
    case 'answerAccepted':
      return { ...state, acceptedCommentId: event.value.commentId };
    case 'answerUnaccepted':
      return { ...state, acceptedCommentId: '' };
    default:
      return event satisfies never;
  }
};

/** Whether the actor may know of the post as it stands: hidden ones are for their author and the moderators. */
export const seesPost = (state: PostState, actor: Actor): boolean =>
  state.visibility === 'visible' || (state.visibility === 'hidden' && (state.authorId === actor.personId || isModerator(actor)));

const mustSee = (state: PostState, actor: Actor): void => {
  if (!seesPost(state, actor)) throw notFound('post');
};

/** @throws not-found for who may not know of it; conflict for a hidden one, where nothing goes on until it is restored. */
export const mustBeLive = (state: PostState, actor: Actor): void => {
  mustSee(state, actor);
  if (state.visibility === 'hidden') throw ruleBroken('post.hidden', 'the post is hidden; nothing is added to it now');
};

const mustHaveWhatItsKindAsks = (kind: PostKind, text: PostText): void => {
  const rules = rulesOfWritten(kind);
  if (text.attachments.length > ATTACHMENTS_LIMIT) throw invalid('fileIds', `at most ${ATTACHMENTS_LIMIT} files`);
  if (rules.title === 'required' && text.title === '') throw invalid('title', `a title, as every ${rules.name} has one`);
  const filesWillDo = rules.body === 'or-files' && text.attachments.length > 0;
  if (rules.body !== 'optional' && !filesWillDo && text.body === '') throw invalid('body', 'some text');
};

const publish = (state: PostState, command: Extract<PostCommand, { kind: 'publish' }>): PostFact[] => {
  const { actor, postKind, text, acknowledgementAsked } = command;
  mustWrite(actor);
  const rules = rulesOf(postKind);
  rules.mustPublish(actor);
  if (state.visibility !== 'absent') throw ruleBroken('post.exists', 'there is a post with this id');
  if (acknowledgementAsked && !rules.asksAcknowledgement) {
    throw invalid('acknowledgementAsked', 'false, as only announcements ask for acknowledgement');
  }
  mustHaveWhatItsKindAsks(postKind, text);
  const { title, body, mentions, attachments, language } = text;
  return [
    {
      $case: 'postPublished',
      value: {
        authorId: actor.personId,
        kind: postKind,
        title,
        body,
        mentions: [...mentions],
        attachments: [...attachments],
        language,
        acknowledgementAsked,
        publishedAt: command.publishedAt,
      },
    },
  ];
};

const sameFiles = (left: readonly Attachment[], right: readonly Attachment[]): boolean =>
  left.length === right.length && left.every((file, index) => file.fileId === right[index]?.fileId);

const edit = (state: PostState, { actor, text }: Extract<PostCommand, { kind: 'edit' }>): PostFact[] => {
  mustBeLive(state, actor);
  mustWrite(actor);
  if (state.authorId !== actor.personId) throw forbidden('post.not-the-author', 'only its author edits a post');
  mustHaveWhatItsKindAsks(state.kind, text);
  const before = state.text;
  if (before && before.title === text.title && before.body === text.body && sameFiles(before.attachments, text.attachments)) return [];
  const { title, body, mentions, attachments, language } = text;
  const value = { authorId: actor.personId, title, body, mentions: [...mentions], attachments: [...attachments], language };
  return [{ $case: 'postEdited', value }];
};

const remove = (state: PostState, { actor, reason }: Extract<PostCommand, { kind: 'delete' }>): PostFact[] => {
  const author = state.authorId === actor.personId;
  if (state.visibility === 'deleted' && (author || isModerator(actor))) return [];
  mustSee(state, actor);
  if (!author) mustModerate(actor);
  return [{ $case: 'postDeleted', value: { by: actor.personId, reason: author ? reasonOf(reason) : neededReasonOf(reason) } }];
};

const hide = (state: PostState, { actor, reason }: Extract<PostCommand, { kind: 'hide' }>): PostFact[] => {
  mustSee(state, actor);
  mustModerate(actor);
  if (state.visibility === 'hidden') return [];
  return [{ $case: 'postHidden', value: { by: actor.personId, reason: neededReasonOf(reason) } }];
};

const restore = (state: PostState, { actor }: Extract<PostCommand, { kind: 'restore' }>): PostFact[] => {
  mustSee(state, actor);
  mustModerate(actor);
  return state.visibility === 'hidden' ? [{ $case: 'postRestored', value: { by: actor.personId } }] : [];
};

const closeOrReopen = (state: PostState, { kind, actor }: Extract<PostCommand, { kind: 'close' | 'reopen' }>): PostFact[] => {
  mustBeLive(state, actor);
  mustWrite(actor);
  if (state.authorId !== actor.personId) mustModerate(actor);
  if (state.closed === (kind === 'close')) return [];
  return [{ $case: kind === 'close' ? 'postClosed' : 'postReopened', value: { by: actor.personId } }];
};

const acceptOrUnaccept = (state: PostState, command: Extract<PostCommand, { kind: 'accept' | 'unaccept' }>): PostFact[] => {
  const { actor } = command;
  mustBeLive(state, actor);
  mustWrite(actor);
  if (!rulesOfWritten(state.kind).acceptsAnswers) throw ruleBroken('post.not-a-question', 'only a question has an accepted answer');
  if (state.authorId !== actor.personId) mustModerate(actor);
  const wanted = command.kind === 'accept' ? command.commentId : '';
  if (state.acceptedCommentId === wanted) return [];
  if (wanted !== '') return [{ $case: 'answerAccepted', value: { commentId: wanted, by: actor.personId } }];
  return [{ $case: 'answerUnaccepted', value: { commentId: state.acceptedCommentId, by: actor.personId } }];
};

const decide = (state: PostState, command: PostCommand): readonly PostFact[] => {
  switch (command.kind) {
    case 'publish':
      return publish(state, command);
    case 'edit':
      return edit(state, command);
    case 'delete':
      return remove(state, command);
    case 'hide':
      return hide(state, command);
    case 'restore':
      return restore(state, command);
    case 'close':
    case 'reopen':
      return closeOrReopen(state, command);
    case 'accept':
    case 'unaccept':
      return acceptOrUnaccept(state, command);
    case 'commentGone':
      if (state.acceptedCommentId !== command.commentId) return [];
      return [{ $case: 'answerUnaccepted', value: { commentId: command.commentId, by: command.actor.personId } }];
    default:
      return command satisfies never;
  }
};

export const postDecider: Decider<PostState, PostCommand, PostFact> = { initial, evolve, decide };
