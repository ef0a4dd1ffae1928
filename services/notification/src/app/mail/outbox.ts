/**
 * Mail at once. What is to be sent is recorded first, then sent under an id that follows from the event and the person,
 * then recorded as done: after a crash in between, the same mail goes out again under the same id, which the transport
 * recognises. Everything is looked at again at send: access, level, cadence, whether it was read meanwhile.
 */

import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { derivedId } from '@parvis/kit/runtime/ids.ts';
import type { Entry, InboxSource } from '../entry.ts';
import { openInbox, standingEntries } from '../inbox.ts';
import type { Parts } from '../parts.ts';
import { loadReadMarks } from '../watermarks.ts';
import { mailTiming } from '../wishes.ts';
import { composeMail } from './compose.ts';

export const MAIL_TABLES = {
  /** `P/source-event id` → what is to be sent. */
  outbox: 'mailOutbox',
  /** `P/source-event id` → when it was sent. */
  done: 'mailDone',
  /** `P/source-event id`, `P/digest/date` → why it never will be. */
  parked: 'mailParked',
  /** `P/` → mails at once of the running hour. */
  rate: 'mailRate',
  /** `P/` → the last digest. */
  digests: 'mailDigest',
} as const;

export const MAIL_LIMITS = {
  /** Mails at once per person and hour; what exceeds them waits for the digest. */
  perHour: 10,
  /** Attempts of one mail; then it is parked. */
  attempts: 12,
  /** First wait after a failure that passes; doubled each time, up to retryMostMs. */
  retryMs: 30_000,
  retryMostMs: 60 * 60_000,
  /** Someone who claimed a mail and crashed: others try after this. */
  claimMs: 60_000,
} as const;

const HOUR_MS = 60 * 60_000;

export interface OutboxRow {
  readonly personId: string;
  readonly entry: Entry;
  readonly attempts: number;
  /** Someone is sending it; when they crash, the claim ends at nextMs. */
  readonly claimed: boolean;
  readonly nextMs: number;
}

export interface ParkedMail {
  readonly reason: string;
  readonly atMs: number;
}

export const mailKey = (personId: string, source: InboxSource, eventId: string): string => `${personId}/${source}-${eventId}`;
/** `source/lane/position` of a key: an event id is epoch-lane-position. */
export const placeOfMailKey = (key: string): string => {
  const [source = '', ...rest] = key.slice(key.indexOf('/') + 1).split('-');
  return [source, ...rest.slice(-2)].join('/');
};

/** Records what is to be sent, once. @returns false when it is there or was sent before. */
export const intend = async ({ state, runtime }: Parts, personId: string, eventId: string, entry: Entry): Promise<boolean> => {
  const key = mailKey(personId, entry.source, eventId);
  if ((await state.table<number>(MAIL_TABLES.done).get(key)) !== undefined) return false;
  const row: OutboxRow = { personId, entry, attempts: 0, claimed: false, nextMs: runtime.clock.now().getTime() };
  return state.table<OutboxRow>(MAIL_TABLES.outbox).insert(key, row);
};

interface Rate {
  readonly hourMs: number;
  readonly count: number;
}

/** Takes one of the hour's mails; false when none is left. */
const takeFromHour = async ({ state }: Parts, personId: string, nowMs: number): Promise<boolean> => {
  const table = state.table<Rate>(MAIL_TABLES.rate);
  const key = `${personId}/`;
  const hourMs = nowMs - (nowMs % HOUR_MS);
  for (;;) {
    const before = await table.get(key);
    const count = before?.hourMs === hourMs ? before.count : 0;
    if (count >= MAIL_LIMITS.perHour) return false;
    const after = { hourMs, count: count + 1 };
    if (before === undefined ? await table.insert(key, after) : await table.replace(key, before, after)) return true;
  }
};

/** @returns whether a mail went out; not when it is no longer wanted or allowed, or the hour is full. @throws to try again */
const send = async (parts: Parts, key: string, row: OutboxRow): Promise<'sent' | 'dropped' | 'bad-address'> => {
  const { runtime, state, mailer } = parts;
  const { personId } = row;
  const viewer = await runtime.facts.viewer(personId);
  if (viewer === undefined) return 'dropped';
  const reader = { viewer, personId, nowMs: runtime.clock.now().getTime() };
  const { wishes, standings } = await openInbox(runtime, reader);
  const [entry] = await standingEntries(runtime, reader, wishes, standings, [row.entry]);
  if (entry === undefined || mailTiming(wishes.cadence, entry.reason) !== 'at-once') return 'dropped';
  if ((await loadReadMarks(state, personId)).isRead(entry)) return 'dropped';
  const composed = await composeMail(parts, reader, { id: derivedId(key, 'mail'), entries: [entry], more: 0, digest: false });
  if (composed.kind !== 'mail') return composed.kind === 'nobody' ? 'dropped' : 'bad-address';
  // A repeat after a crash is the same mail: it takes no more of the hour.
  if (row.attempts === 1 && !(await takeFromHour(parts, personId, reader.nowMs))) return 'dropped';
  await mailer.send(composed.mail);
  return 'sent';
};

export const retryAfterMs = (attempts: number): number => Math.min(MAIL_LIMITS.retryMostMs, MAIL_LIMITS.retryMs * 2 ** (attempts - 1));

/** Failures that pass by themselves; anything else would fail again with the same mail. */
export const passes = (error: unknown): boolean =>
  !isParvisError(error) || ['unavailable', 'deadline', 'too-many-requests', 'storage-full'].includes(error.kind);

const park = async ({ state, runtime }: Parts, key: string, reason: string): Promise<void> => {
  runtime.logger.error({ mail: key, reason, alert: true }, 'a mail will not be sent');
  const parked: ParkedMail = { reason, atMs: runtime.clock.now().getTime() };
  await state.table<ParkedMail>(MAIL_TABLES.parked).put(key, parked);
};

/** Sends one recorded mail that is due and unclaimed; what fails for now waits, what never will is parked. */
const attempt = async (parts: Parts, key: string, row: OutboxRow): Promise<void> => {
  const { runtime, state } = parts;
  const outbox = state.table<OutboxRow>(MAIL_TABLES.outbox);
  const nowMs = runtime.clock.now().getTime();
  const claimed: OutboxRow = { ...row, attempts: row.attempts + 1, claimed: true, nextMs: nowMs + MAIL_LIMITS.claimMs };
  if (!(await outbox.replace(key, row, claimed))) return;
  try {
    const outcome = await send(parts, key, claimed);
    if (outcome === 'sent') await state.table<number>(MAIL_TABLES.done).put(key, nowMs);
    if (outcome === 'bad-address') await park(parts, key, 'bad-address');
    await outbox.delete(key);
  } catch (error) {
    if (passes(error) && claimed.attempts < MAIL_LIMITS.attempts) {
      runtime.logger.warn({ err: error, mail: key, attempts: claimed.attempts }, 'a mail could not be sent yet');
      await outbox.replace(key, claimed, { ...claimed, claimed: false, nextMs: nowMs + retryAfterMs(claimed.attempts) });
      return;
    }
    await park(parts, key, isParvisError(error) ? error.code : String(error).slice(0, 200));
    await outbox.delete(key);
  }
};

const PAGE = 200;

/** Sends all that is due, one by one. Nothing is sent while access facts lag behind: it waits. */
export const sendDue = async (parts: Parts): Promise<void> => {
  const { runtime, state } = parts;
  const outbox = state.table<OutboxRow>(MAIL_TABLES.outbox);
  let after = '';
  for (;;) {
    const page = await outbox.range('', { after, limit: PAGE });
    for (const { key, value } of page) {
      if (!runtime.factsFresh()) return;
      if (value.nextMs <= runtime.clock.now().getTime()) await attempt(parts, key, value);
    }
    if (page.length < PAGE) return;
    after = page.at(-1)?.key ?? '';
  }
};
