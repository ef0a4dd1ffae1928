/**
 * The file `parvis import` reads: one JSON object a line (JSONL, UTF-8). Ids are the exporting system's own, unique per type; a line may
 * refer only to things of earlier lines. Dates are ISO 8601. The format is described for people in docs/import.md.
 */
import { z } from 'zod';

const id = z.string().min(1).max(200);
const text = (most: number) => z.string().max(most);
const at = z.iso.datetime({ offset: true });
const language = z.enum(['fr', 'en']);

const organisation = z.strictObject({
  type: z.literal('organisation'),
  id,
  name: text(200).min(1),
  domains: z.array(text(253)).max(50).default([]),
  /** Person id of the employee who answers for it. */
  sponsor: id,
  expiresAt: at.optional(),
});

const person = z.strictObject({
  type: z.literal('person'),
  id,
  kind: z.enum(['employee', 'partner']).default('employee'),
  /** Partners: id of an organisation of an earlier line. */
  organisation: id.optional(),
  /** Partners: person id of the employee who answers for them; default: the organisation's. */
  sponsor: id.optional(),
  email: z.email().max(254),
  handle: text(30).optional(),
  givenName: text(100).min(1),
  familyName: text(100).default(''),
  title: text(200).optional(),
  department: text(100).optional(),
  site: text(100).optional(),
  about: text(2000).optional(),
  manager: id.optional(),
  language: language.optional(),
  languages: z.array(text(35)).max(20).optional(),
  roles: z.array(z.enum(['moderator', 'administrator'])).default([]),
});

const group = z.strictObject({
  type: z.literal('group'),
  id,
  name: text(100).min(1),
  purpose: text(2000).default(''),
  privacy: z.enum(['open', 'restricted', 'hidden']),
  admitsPartners: z.boolean().default(false),
  language: z.union([language, z.literal('')]).default(''),
  owner: id,
});

const member = z.strictObject({
  type: z.literal('member'),
  group: id,
  person: id,
  role: z.enum(['member', 'moderator', 'owner']).default('member'),
});

const post = z.strictObject({
  type: z.literal('post'),
  id,
  group: id,
  author: id,
  kind: z.enum(['discussion', 'question', 'announcement']).default('discussion'),
  title: text(200).default(''),
  /** Markdown; `@[person:ID]` with an id of this file becomes a mention. */
  body: text(50_000).min(1),
  at: at.optional(),
});

const comment = z.strictObject({
  type: z.literal('comment'),
  id,
  post: id,
  /** Comment it replies to. */
  parent: id.optional(),
  author: id,
  body: text(10_000).min(1),
  at: at.optional(),
});

const reaction = z.strictObject({
  type: z.literal('reaction'),
  post: id,
  /** Absent: on the post itself. */
  comment: id.optional(),
  person: id,
  kind: z.enum(['like', 'celebrate', 'support', 'insightful', 'laugh', 'sad']).default('like'),
});

export const importLine = z.discriminatedUnion('type', [organisation, person, group, member, post, comment, reaction]);
export type ImportLine = z.infer<typeof importLine>;
export type LineOf<T extends ImportLine['type']> = Extract<ImportLine, { type: T }>;

/** Longest line of the file, in characters. */
export const MAX_LINE = 200_000;
/** Errors told before reading stops. */
export const MAX_ERRORS = 20;

/** Things a line refers to: each must stand in an earlier line. */
export const referencesOf = (line: ImportLine): { type: ImportLine['type']; id: string; field: string }[] => {
  const refs: [ImportLine['type'], string | undefined, string][] = (() => {
    switch (line.type) {
      case 'organisation':
        return [['person', line.sponsor, 'sponsor']];
      case 'person':
        return [
          ['organisation', line.organisation, 'organisation'],
          ['person', line.sponsor, 'sponsor'],
          ['person', line.manager, 'manager'],
        ];
      case 'group':
        return [['person', line.owner, 'owner']];
      case 'member':
        return [
          ['group', line.group, 'group'],
          ['person', line.person, 'person'],
        ];
      case 'post':
        return [
          ['group', line.group, 'group'],
          ['person', line.author, 'author'],
        ];
      case 'comment':
        return [
          ['post', line.post, 'post'],
          ['comment', line.parent, 'parent'],
          ['person', line.author, 'author'],
        ];
      case 'reaction':
        return [
          ['post', line.post, 'post'],
          ['comment', line.comment, 'comment'],
          ['person', line.person, 'person'],
        ];
      default:
        return line satisfies never;
    }
  })();
  return refs.flatMap(([type, ref, field]) => (ref === undefined ? [] : [{ type, id: ref, field }]));
};

/** Name of the thing a line brings, unique in the file; memberships and reactions are named by their ends. */
export const nameOf = (line: ImportLine): string => {
  switch (line.type) {
    case 'member':
      return `member:${JSON.stringify([line.group, line.person])}`;
    case 'reaction':
      return `reaction:${JSON.stringify([line.post, line.comment ?? '', line.person])}`;
    default:
      return `${line.type}:${line.id}`;
  }
};
