/** Which events make mail at once, and for whom: those whose entries the event made, and who moderates, for a request. */
import { setTimeout as pause } from 'node:timers/promises';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import { unavailable } from '@parvis/kit/runtime/errors.ts';
import { eventIdOf, idsOfStream } from '@parvis/kit/runtime/ids.ts';
import type { Policy } from '@parvis/kit/runtime/service.ts';
import type { EntryRow } from '../../views/entryRow.ts';
import type { Entry, InboxSource } from '../entry.ts';
import { personalEntry } from '../inboxStreams.ts';
import type { Parts } from '../parts.ts';
import { loadWishes, mailTiming } from '../wishes.ts';
import { intend } from './outbox.ts';

/** People of one event: a mention of more is cut, the inbox tells them all. */
const PEOPLE = 1000;
const WAIT_MS = 2000;
const PAUSE_MS = 10;

const POST_TYPES = ['PostPublished', 'PostEdited', 'AnswerAccepted', 'CommentAdded', 'CommentEdited'];
const MEMBER_TYPES = ['MembershipRequested', 'MembershipDeclined', 'MemberJoined', 'MemberInvited', 'MemberRemoved', 'MemberBanned'];

/** How far the inbox view was seen to have come, by lane of an epoch: most events need not ask. */
type Seen = Map<string, number>;

/** Waits until the view holds the event's entries. @throws unavailable: the lane waits and asks again */
const waitForInbox = async (
  { runtime }: Parts,
  source: InboxSource,
  { epoch, lane, position }: DecodedEvent,
  seen: Seen,
): Promise<void> => {
  const known = `${epoch}/${lane}`;
  for (let waitedMs = 0; (seen.get(known) ?? 0) < position; waitedMs += PAUSE_MS) {
    if (waitedMs >= WAIT_MS) throw unavailable('inbox.behind', 'the inbox has not seen this event yet');
    if (waitedMs > 0) await pause(PAUSE_MS);
    const marks = await runtime.view(`${source}Inbox`).marks();
    const mark = marks.find((candidate) => candidate.source === source && candidate.epoch === epoch && candidate.lane === lane);
    if (mark !== undefined) seen.set(known, mark.position);
  }
};

const entriesAt = async (parts: Parts, source: InboxSource, decoded: DecodedEvent, seen: Seen): Promise<EntryRow[]> => {
  await waitForInbox(parts, source, decoded, seen);
  const view = parts.runtime.view(`${source}Inbox`);
  const prefix = [decoded.lane, decoded.position];
  const found = await view.range<EntryRow>('entries', 'byPlace', { prefix, limit: PEOPLE });
  return found.map(({ row }) => row);
};

const peopleAt = async (
  parts: Parts,
  source: InboxSource,
  decoded: DecodedEvent,
  seen: Seen,
): Promise<{ personId: string; entry: Entry }[]> => {
  const { runtime } = parts;
  const { lane, position } = decoded;
  const found = await entriesAt(parts, source, decoded, seen);
  const concerned = found.map((row) => ({ personId: row.personId, entry: personalEntry(source, row) }));
  if (decoded.event?.$case !== 'membershipRequested') return concerned;
  const { groupId = '', personId: actorId = '' } = idsOfStream(decoded.stream);
  const atMs = decoded.at.getTime();
  const entry: Entry = { source, reason: 'request', groupId, postId: '', commentId: '', actorId, atMs, lane, position };
  const moderators = await runtime.facts.moderatorIds(groupId);
  return [...concerned, ...moderators.map((personId) => ({ personId, entry }))];
};

const mailPolicy = (parts: Parts, source: InboxSource, types: readonly string[], wake: () => void, seen: Seen = new Map()): Policy => ({
  name: source === 'post' ? 'mailPosts' : 'mailGroups',
  source,
  types: types.map((type) => `parvis.${source}.v1.${type}`),
  begin: 'head',
  // What is to be sent is kept under the event's id: a repeat changes nothing.
  marks: 'batch',
  async handle(decoded) {
    for (const { personId, entry } of await peopleAt(parts, source, decoded, seen)) {
      if (personId === entry.actorId) continue;
      const { cadence } = await loadWishes(parts.runtime, personId);
      if (mailTiming(cadence, entry.reason) === 'at-once') await intend(parts, personId, eventIdOf(decoded), entry);
    }
    wake();
  },
});

/** @param wake called when something may be waiting in the outbox */
export const mailPolicies = (parts: Parts, wake: () => void): Policy[] => [
  mailPolicy(parts, 'post', POST_TYPES, wake),
  mailPolicy(parts, 'group', MEMBER_TYPES, wake),
];
