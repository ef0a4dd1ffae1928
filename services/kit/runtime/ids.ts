import { createHmac, randomBytes } from 'node:crypto';
import { invalid } from './errors.ts';

/**
 * Ids are 128 bits in lower-case base32 (26 characters). What a command creates has an id derived from the command's
 * id, so a repeat can't create a second thing. A post's id holds its group's (`G.S`), a comment's its post's (`G.S.C`):
 * the streams follow from the id, without asking a view.
 */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

const base32 = (bytes: Uint8Array): string => {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(buffer >> bits) & 31];
    }
  }
  return bits > 0 ? text + ALPHABET[(buffer << (5 - bits)) & 31] : text;
};

export const randomId = (): string => base32(randomBytes(16));

/** Id of the thing of the given kind that the command creates; `nth` for several of one kind. */
export const derivedId = (commandId: string, kind: string, nth = 0): string =>
  base32(createHmac('sha256', 'parvis/id/v1').update(`${commandId}\n${kind}\n${nth}`).digest().subarray(0, 16));

/** commandId = HMAC(principal, operation, Idempotency-Key), so that keys of two people never meet. */
export const commandIdFor = (principal: string, operation: string, idempotencyKey: string): string =>
  createHmac('sha256', 'parvis/command/v1')
    .update(`${principal.length}:${principal}${operation.length}:${operation}${idempotencyKey}`)
    .digest('base64url');

/** commandId of what a policy does because of an event. */
export const policyCommandId = (eventId: string, policy: string): string => `${eventId}/${policy}`;

/** Id of an event, unique over all histories: epoch, lane and position. */
export const eventIdOf = (record: { epoch: string; lane: number; position: number }): string =>
  `${record.epoch}-${record.lane}-${record.position}`;

const SIMPLE = /^[a-z2-7]{1,40}$/;
const parts = (id: string, count: number, what: string): string[] => {
  const segments = id.split('.');
  if (segments.length !== count || !segments.every((segment) => SIMPLE.test(segment))) {
    throw invalid(`${what}Id`, `the id of a ${what}`);
  }
  return segments;
};

export const isSimpleId = (id: string): boolean => SIMPLE.test(id);

export const groupStream = (groupId: string): string => `group/${parts(groupId, 1, 'group')[0]}`;
export const memberStream = (groupId: string, personId: string): string =>
  `${groupStream(groupId)}/member/${parts(personId, 1, 'person')[0]}`;
export const personStream = (personId: string): string => `person/${parts(personId, 1, 'person')[0]}`;

export const postStream = (postId: string): string => {
  const [group, post] = parts(postId, 2, 'post');
  return `group/${group}/post/${post}`;
};
export const commentStream = (commentId: string): string => {
  const [group, post, comment] = parts(commentId, 3, 'comment');
  return `group/${group}/post/${post}/comment/${comment}`;
};
export const reactionStream = (itemId: string, personId: string): string =>
  `${itemId.split('.').length === 3 ? commentStream(itemId) : postStream(itemId)}/reaction/${parts(personId, 1, 'person')[0]}`;

export const groupOfPost = (postId: string): string => parts(postId, 2, 'post')[0] as string;
export const postOfComment = (commentId: string): string => parts(commentId, 3, 'comment').slice(0, 2).join('.');
export const groupOfComment = (commentId: string): string => parts(commentId, 3, 'comment')[0] as string;

/** Ids named by a stream's path: group/G/post/S/comment/C → { groupId: G, postId: G.S, commentId: G.S.C, personId? }. */
export interface StreamIds {
  readonly groupId?: string;
  readonly postId?: string;
  readonly commentId?: string;
  readonly personId?: string;
  readonly organisationId?: string;
  readonly invitationId?: string;
  readonly reportId?: string;
}

type Ids = { -readonly [Name in keyof StreamIds]: StreamIds[Name] };

/** Names of pairs whose id is a person's. */
const PERSONS: ReadonlySet<string> = new Set(['person', 'member', 'reaction', 'vote', 'acknowledgement']);

const addPair = (ids: Ids, name: string, id: string): void => {
  if (PERSONS.has(name)) ids.personId ??= id;
  else if (name === 'group') ids.groupId = id;
  else if (name === 'post') ids.postId = `${ids.groupId}.${id}`;
  else if (name === 'comment') ids.commentId = `${ids.postId}.${id}`;
  else if (name === 'organisation') ids.organisationId = id;
  else if (name === 'invitation') ids.invitationId = `${ids.personId}.${id}`;
  else if (name === 'report') ids.reportId = `${ids.groupId}.${id}`;
};

const parse = (stream: string): StreamIds => {
  const ids: Ids = {};
  const segments = stream.split('/');
  for (let at = 0; at + 1 < segments.length; at += 2) addPair(ids, segments[at] as string, segments[at + 1] as string);
  return ids;
};

/** The last stream asked for: a projection asks several times for the stream of one event. */
let last: { readonly stream: string; readonly ids: StreamIds } = { stream: '', ids: {} };

export const idsOfStream = (stream: string): StreamIds => {
  if (last.stream !== stream) last = { stream, ids: Object.freeze(parse(stream)) };
  return last.ids;
};
