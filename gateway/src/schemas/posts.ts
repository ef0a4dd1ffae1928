import { z } from 'zod';
import * as common from './common.ts';
import { GroupCard } from './groups.ts';
import { PersonCard } from './people.ts';

export const POST_KINDS = ['discussion', 'question', 'announcement', 'idea', 'poll', 'praise', 'article'] as const;
export const postKind = z.enum(POST_KINDS);
export const reactionKind = z.enum(['like', 'celebrate', 'support', 'insightful', 'laugh', 'sad']);

export const BODY_LIMIT = 50_000;
export const TITLE_LIMIT = 200;
export const COMMENT_LIMIT = 10_000;
export const ATTACHMENTS_MAX = 10;

/** Text whose length is counted in code points, as JSON Schema and the post service count it; zod counts UTF-16 units. */
const counted = <T extends z.ZodString>(schema: T, limit: number): T =>
  schema.refine((text) => text.length <= limit || [...text].length <= limit, `at most ${limit} characters`).meta({ maxLength: limit });

export const title = counted(common.line(2 * TITLE_LIMIT, 0), TITLE_LIMIT);
export const body = counted(common.paragraphs(2 * BODY_LIMIT), BODY_LIMIT);
export const commentBody = counted(common.paragraphs(2 * COMMENT_LIMIT), COMMENT_LIMIT);
export const fileIds = z.array(common.fileId).max(ATTACHMENTS_MAX);

export const Attachment = z
  .strictObject({ fileId: z.string(), name: z.string(), mediaType: z.string(), sizeBytes: z.number().int() })
  .meta({ id: 'Attachment' });

const reactions = {
  reactions: z.array(z.strictObject({ kind: reactionKind, count: z.number().int() })),
  myReaction: reactionKind.nullable(),
};
const text = {
  body: z.string().describe('Markdown; mentions are @[person:ID]. Empty when hidden, deleted or erased.'),
  mentions: z.array(PersonCard).describe('Those of the mentioned whom the viewer may see.'),
  hashtags: z.array(z.string()),
  attachments: z.array(Attachment),
  erased: z.boolean(),
  state: z.string().describe('visible, hidden or deleted'),
  stateReason: z.string(),
  publishedAt: common.utcTime.nullable(),
  editedAt: common.utcTime.nullable(),
  abilities: z.array(z.string()),
  version: z.number().int(),
};

export const Post = z
  .strictObject({
    id: z.string(),
    groupId: z.string(),
    group: GroupCard.nullable(),
    authorId: z.string(),
    author: PersonCard.nullable(),
    kind: postKind,
    title: z.string(),
    ...text,
    ...reactions,
    commentCount: z.number().int(),
    acceptedCommentId: z.string().nullable(),
    acknowledgement: z.strictObject({ asked: z.boolean(), count: z.number().int(), mine: z.boolean() }),
    closed: z.boolean(),
    language: z.string(),
    lastActivityAt: common.utcTime.nullable(),
    degraded: common.degraded,
  })
  .meta({ id: 'Post' });

export const PostPage = z.strictObject(common.pageOf(Post)).meta({ id: 'PostPage' });

export const Comment = z
  .strictObject({
    id: z.string(),
    postId: z.string(),
    groupId: z.string(),
    parentId: z.string().nullable(),
    authorId: z.string(),
    author: PersonCard.nullable(),
    ...text,
    ...reactions,
    replyCount: z.number().int(),
    accepted: z.boolean(),
    degraded: common.degraded,
  })
  .meta({ id: 'Comment' });

export const CommentPage = z.strictObject(common.pageOf(Comment)).meta({ id: 'CommentPage' });

/** A written text, with the mentioned people who will not hear of it. */
export const WrittenText = z
  .strictObject({
    id: z.string(),
    version: z.number().int(),
    unreachedMentions: z
      .array(z.strictObject({ id: z.string(), person: PersonCard.nullable() }))
      .describe('Mentioned, but may not read it.'),
  })
  .meta({ id: 'WrittenText' });

export const Revisions = z
  .strictObject({
    items: z.array(z.strictObject({ at: common.utcTime.nullable(), title: z.string(), body: z.string(), version: z.number().int() })),
  })
  .meta({ id: 'Revisions' });

export const ReactionPage = z
  .strictObject(common.pageOf(z.strictObject({ personId: z.string(), person: PersonCard.nullable(), kind: reactionKind })))
  .meta({ id: 'ReactionPage' });

export const AcknowledgementPage = z
  .strictObject({
    ...common.pageOf(z.strictObject({ personId: z.string(), person: PersonCard.nullable() })),
    total: z.number().int(),
  })
  .meta({ id: 'AcknowledgementPage' });

export const File = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    mediaType: z.string().describe('As found in the content.'),
    sizeBytes: z.number().int(),
    postId: z.string().nullable(),
    commentId: z.string().nullable(),
    authorId: z.string(),
    author: PersonCard.nullable(),
    at: common.utcTime.nullable(),
  })
  .meta({ id: 'File' });

export const FilePage = z.strictObject(common.pageOf(File)).meta({ id: 'FilePage' });

export const Report = z
  .strictObject({
    id: z.string(),
    groupId: z.string(),
    postId: z.string(),
    commentId: z.string().nullable(),
    reporterId: z.string(),
    reporter: PersonCard.nullable(),
    reason: z.string(),
    at: common.utcTime.nullable(),
    state: z.string().describe('open or resolved'),
    outcome: z.string().nullable(),
  })
  .meta({ id: 'Report' });
