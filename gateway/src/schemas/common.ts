/** Pieces of request and response schemas used by several resources. */
import { z } from 'zod';
import { CURSOR_LIMIT, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, QUERY_TEXT_LIMIT } from '../limits.ts';

const SEGMENT = '[a-z2-7]{1,40}';
const idOf = (segments: number, what: string) =>
  z.string().regex(new RegExp(`^${Array(segments).fill(SEGMENT).join('\\.')}$`), `the id of ${what}`);

export const personId = idOf(1, 'a person');
export const organisationId = idOf(1, 'an organisation');
export const groupId = idOf(1, 'a group');
export const postId = idOf(2, 'a post');
export const commentId = idOf(3, 'a comment');
export const reportId = idOf(2, 'a report');
export const invitationId = idOf(2, 'an invitation');
export const fileId = z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/, 'the id of a file');
export const notificationId = z.string().regex(/^[A-Za-z0-9_.:~-]{1,300}$/, 'the id of a notification');
export const sessionId = z.string().regex(/^[0-9a-f]{64}$/, 'the id of a session');

/** A time with its zone; answers are always in UTC. */
export const time = z.iso.datetime({ offset: true });
export const utcTime = z.iso.datetime();

/** Text without control characters; new lines only where asked. Lengths are in UTF-16 code units. */
const clean = (pattern: RegExp, max: number, min: number, expected: string) => z.string().min(min).max(max).regex(pattern, expected);
export const line = (max: number, min = 1) => clean(/^[^\p{Cc}\p{Cs}]*$/u, max, min, 'text on one line, without control characters');
export const paragraphs = (max: number, min = 1) => clean(/^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u, max, min, 'text without control characters');

/** Reasons that others read. */
export const reason = line(500);
export const cursor = z
  .string()
  .max(CURSOR_LIMIT)
  .regex(/^[\w.~-]*$/, 'a cursor that this list handed out');
const wholeNumber = z
  .string()
  .regex(/^\d{1,4}$/, 'a whole number')
  .transform(Number);
export const limit = wholeNumber.pipe(z.number().int().min(1).max(PAGE_LIMIT_MAX)).default(PAGE_LIMIT_DEFAULT);
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const words = line(QUERY_TEXT_LIMIT, 0);
/** Several values: repeated, or separated by commas. */
export const several = <T extends string>(values: readonly [T, ...T[]]) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => (Array.isArray(value) ? value : value.split(',')).filter((part) => part !== ''))
    .pipe(z.array(z.enum(values)).max(values.length));

export const page = { cursor: cursor.default(''), limit };
export const language = z.enum(['fr', 'en']);
export const bcp47 = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'a language tag like fr or en-GB');
export const emailAddress = z.email().max(254);

export const degraded = z
  .array(z.enum(['people', 'groups', 'posts', 'organisations', 'counts']))
  .optional()
  .describe('Secondary parts that could not be had; ask again later.');

/** A page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) => ({
  items: z.array(item),
  nextCursor: z.string().nullable().describe('Null on the last page.'),
  degraded,
});

export const Written = z
  .strictObject({
    id: z.string(),
    version: z.number().int(),
  })
  .meta({
    id: 'Written',
    description: 'What a command created or changed. Read it with the parvis-token of this answer to see the change.',
  });

export const ProblemDocument = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string().describe('Stable; clients may rely on it.'),
    detail: z.string(),
    fields: z.array(z.strictObject({ field: z.string(), expected: z.string() })),
    traceId: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });
