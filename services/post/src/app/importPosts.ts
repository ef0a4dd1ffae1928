/**
 * Brings in posts, comments and reactions of another system with the dates they had. The texts pass the same deciders as
 * everybody's; rights do not, because who imports decides for the network. Run many at once: appends that wait together
 * are committed together.
 */
import type { PostKind, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { CommandExecutor, CommandMeta, CommandTransaction } from '@parvis/kit/eventing/command.ts';
import { commentStream, derivedId, groupOfPost, groupStream, postStream, reactionStream } from '@parvis/kit/runtime/ids.ts';
import type { Actor } from '../domain/actor.ts';
import { commentDecider, commentMustBeLive } from '../domain/comment.ts';
import { languageOf } from '../domain/language.ts';
import { mustBeLive, type PostState, postDecider } from '../domain/post.ts';
import { reactionDecider } from '../domain/reaction.ts';
import { bodyOf, commentOf, titleOf } from '../domain/text.ts';
import { namedIn } from './markdown.ts';
import { placeOf } from './threadPlace.ts';
import { mustNotClaimErased } from './writtenText.ts';

export interface ImportedPost {
  readonly groupId: string;
  readonly authorId: string;
  readonly kind: PostKind;
  readonly title: string;
  readonly body: string;
  /** Undefined: now. */
  readonly publishedAt: Date | undefined;
}

export interface ImportedComment {
  readonly postId: string;
  /** Empty: on the post itself. */
  readonly parentId: string;
  readonly authorId: string;
  readonly body: string;
  readonly publishedAt: Date | undefined;
}

export interface ImportedReaction {
  /** Of a post or a comment. */
  readonly itemId: string;
  readonly personId: string;
  readonly kind: ReactionKind;
}

/** Ids derive from the command ids: the same import run twice creates nothing twice. */
export interface PostImport {
  /** @returns the post's id. @throws as publishing does */
  importPost(meta: CommandMeta, post: ImportedPost): Promise<string>;
  /** @returns the comment's id. @throws not-found when its post or parent was not imported */
  importComment(meta: CommandMeta, comment: ImportedComment): Promise<string>;
  importReaction(meta: CommandMeta, reaction: ImportedReaction): Promise<void>;
}

/** Every kind may be imported, by whoever wrote it. */
const actorOf = (personId: string): Actor => ({ personId, role: 'owner', groupArchived: false });
const dated = (publishedAt: Date | undefined): { publishedAt?: Date } => (publishedAt === undefined ? {} : { publishedAt });

const livePost = async (transaction: CommandTransaction, postId: string, actor: Actor): Promise<PostState> => {
  const { state } = await transaction.load(postDecider, postStream(postId));
  mustBeLive(state, actor);
  return state;
};

const importPost = async (commands: CommandExecutor, meta: CommandMeta, post: ImportedPost): Promise<string> => {
  const id = `${post.groupId}.${derivedId(meta.commandId, 'post')}`;
  const actor = actorOf(post.authorId);
  const [title, body] = [titleOf(post.title), bodyOf(post.body)];
  mustNotClaimErased(title, body);
  const text = { title, body, mentions: namedIn(body).mentions, attachments: [], language: languageOf(`${title}\n${body}`) };
  await commands.execute(groupStream(post.groupId), meta, (transaction) =>
    transaction.run(postDecider, postStream(id), {
      ...{ kind: 'publish', actor, postKind: post.kind, text, acknowledgementAsked: false },
      ...dated(post.publishedAt),
    }),
  );
  return id;
};

const importComment = async (commands: CommandExecutor, meta: CommandMeta, comment: ImportedComment): Promise<string> => {
  const { postId, parentId } = comment;
  const id = `${postId}.${derivedId(meta.commandId, 'comment')}`;
  const actor = actorOf(comment.authorId);
  const body = commentOf(comment.body);
  mustNotClaimErased(body);
  const text = { body, mentions: namedIn(body).mentions, attachments: [], language: languageOf(body) };
  await commands.execute(groupStream(groupOfPost(postId)), meta, async (transaction) => {
    const post = await livePost(transaction, postId, actor);
    const place = await placeOf(transaction, postId, parentId, actor);
    const command = { ...{ kind: 'add' as const, actor, post, place, text }, ...dated(comment.publishedAt) };
    await transaction.run(commentDecider, commentStream(id), command);
  });
  return id;
};

const importReaction = async (commands: CommandExecutor, meta: CommandMeta, reaction: ImportedReaction): Promise<void> => {
  const { itemId, personId, kind } = reaction;
  const actor = actorOf(personId);
  const [group = '', post = '', comment] = itemId.split('.');
  await commands.execute(groupStream(group), meta, async (transaction) => {
    await livePost(transaction, `${group}.${post}`, actor);
    if (comment !== undefined) {
      const { state } = await transaction.load(commentDecider, commentStream(itemId));
      commentMustBeLive(state, actor);
    }
    await transaction.run(reactionDecider, reactionStream(itemId, personId), { actor, kind });
  });
};

export const createPostImport = (commands: CommandExecutor): PostImport => ({
  importPost: (meta, post) => importPost(commands, meta, post),
  importComment: (meta, comment) => importComment(commands, meta, comment),
  importReaction: (meta, reaction) => importReaction(commands, meta, reaction),
});
