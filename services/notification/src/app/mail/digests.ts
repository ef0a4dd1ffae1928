/**
 * The daily digest: read from the inbox when the person's hour has come, so that it costs nothing per event and says
 * only what may be read then. Once per date; after a crash the same digest goes out again under the same id; a digest
 * missed while the service was down goes out late, once.
 */

import { hasAccess } from '@parvis/access/src/mayRead.ts';
import { MailCadence } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import { derivedId } from '@parvis/kit/runtime/ids.ts';
import type { PreferencesRow } from '../../views/preferencesView.ts';
import type { RecipientRow } from '../../views/recipientsView.ts';
import type { Entry } from '../entry.ts';
import { openInbox, readInbox } from '../inbox.ts';
import type { Parts } from '../parts.ts';
import type { Reader } from '../visibility.ts';
import { loadReadMarks } from '../watermarks.ts';
import { mailTiming, type Wishes, wishesOf } from '../wishes.ts';
import { composeMail } from './compose.ts';
import { dueDigest } from './digestSchedule.ts';
import { MAIL_LIMITS, MAIL_TABLES, type OutboxRow, type ParkedMail, passes, placeOfMailKey, retryAfterMs } from './outbox.ts';

export const DIGEST_LIMITS = {
  /** Entries listed in one digest. */
  listed: 20,
  /** Entries counted: "and 80 more". */
  counted: 100,
  /** People looked at together. */
  page: 500,
} as const;

const DAY_MS = 24 * 60 * 60_000;

interface DigestRow {
  /** YYYY-MM-DD of the last digest that is settled, sent or empty. */
  readonly date: string;
  /** What came later is for the next one. */
  readonly untilMs: number;
  /** A digest being sent. */
  readonly pending?: { readonly date: string; readonly untilMs: number; readonly attempts: number; readonly nextMs: number };
}

/** Keys `source/lane/position` of entries that went out, or will, as mails of their own. */
const mailedApart = async ({ state }: Parts, personId: string): Promise<ReadonlySet<string>> => {
  const outbox = await state.table<OutboxRow>(MAIL_TABLES.outbox).range(`${personId}/`, { limit: 1000 });
  const done = await state.table<number>(MAIL_TABLES.done).range(`${personId}/`, { limit: 10_000 });
  return new Set([...outbox, ...done].map(({ key }) => placeOfMailKey(key)));
};

interface Found {
  readonly listed: readonly Entry[];
  readonly more: number;
}

const gather = async (parts: Parts, reader: Reader, span: { fromMs: number; untilMs: number }): Promise<Found> => {
  const inbox = await openInbox(parts.runtime, reader);
  const [marks, apart] = await Promise.all([loadReadMarks(parts.state, reader.personId), mailedApart(parts, reader.personId)]);
  const found: Entry[] = [];
  await readInbox(inbox, undefined, (entry) => {
    if (entry.atMs <= span.fromMs) return 'end';
    if (entry.atMs > span.untilMs || marks.isRead(entry)) return 'more';
    const timing = mailTiming(inbox.wishes.cadence, entry.reason);
    if (timing === 'digest' || (timing === 'at-once' && !apart.has(`${entry.source}/${entry.lane}/${entry.position}`))) found.push(entry);
    return found.length === DIGEST_LIMITS.counted ? 'end' : 'more';
  });
  return { listed: found.slice(0, DIGEST_LIMITS.listed), more: Math.max(0, found.length - DIGEST_LIMITS.listed) };
};

/** Nothing goes to who is not active or has nothing new. @throws to try again */
const sendDigest = async (parts: Parts, personId: string, row: DigestRow, date: string, untilMs: number): Promise<void> => {
  const { runtime, mailer } = parts;
  const viewer = await runtime.facts.viewer(personId);
  const nowMs = runtime.clock.now().getTime();
  if (viewer === undefined || !hasAccess(viewer, nowMs)) return;
  const reader = { viewer, personId, nowMs };
  const { listed, more } = await gather(parts, reader, { fromMs: row.untilMs, untilMs });
  if (listed.length === 0) return;
  const id = derivedId(`${personId}/digest/${date}`, 'mail');
  const composed = await composeMail(parts, reader, { id, entries: listed, more, digest: true });
  if (composed.kind === 'mail') await mailer.send(composed.mail);
};

/** Done marks only keep a mail at once out of the next digest. */
const forgetDone = async ({ state }: Parts, personId: string, beforeMs: number): Promise<void> => {
  const table = state.table<number>(MAIL_TABLES.done);
  for (const { key, value } of await table.range(`${personId}/`, { limit: 10_000 })) if (value < beforeMs) await table.delete(key);
};

/** Sends what is pending and claimed. */
const settle = async (parts: Parts, personId: string, row: DigestRow): Promise<void> => {
  const { runtime, state } = parts;
  const { pending } = row;
  if (pending === undefined) return;
  const table = state.table<DigestRow>(MAIL_TABLES.digests);
  const key = `${personId}/`;
  const settled = { date: pending.date, untilMs: pending.untilMs };
  try {
    await sendDigest(parts, personId, row, pending.date, pending.untilMs);
    await table.replace(key, row, settled);
    await forgetDone(parts, personId, row.untilMs - DAY_MS);
  } catch (error) {
    const nowMs = runtime.clock.now().getTime();
    if (passes(error) && pending.attempts < MAIL_LIMITS.attempts) {
      runtime.logger.warn({ err: error, personId, attempts: pending.attempts }, 'a digest could not be sent yet');
      await table.replace(key, row, { ...row, pending: { ...pending, nextMs: nowMs + retryAfterMs(pending.attempts) } });
      return;
    }
    const reason = isParvisError(error) ? error.code : String(error).slice(0, 200);
    runtime.logger.error({ personId, reason, alert: true }, 'a digest will not be sent');
    await state.table<ParkedMail>(MAIL_TABLES.parked).put(`${personId}/digest/${pending.date}`, { reason, atMs: nowMs });
    await table.replace(key, row, settled);
  }
};

/** One look at one person: begins a digest that is due, or goes on with one that failed. */
const visit = async (parts: Parts, personId: string, wishes: Wishes, row: DigestRow | undefined): Promise<void> => {
  const { runtime, state } = parts;
  const now = runtime.clock.now();
  const nowMs = now.getTime();
  const table = state.table<DigestRow>(MAIL_TABLES.digests);
  const key = `${personId}/`;
  const due = dueDigest(now, wishes.timeZone, wishes.digestHour);
  if (row === undefined) {
    // Someone new: the first digest is tomorrow's. It reaches back, for they are first seen some minutes after they came.
    await table.insert(key, { date: due, untilMs: nowMs - DAY_MS });
    return;
  }
  if (row.pending !== undefined && row.pending.nextMs > nowMs) return;
  if (row.pending === undefined && due <= row.date) return;
  if (row.pending === undefined && wishes.cadence === MailCadence.OFF) {
    await table.replace(key, row, { date: due, untilMs: nowMs });
    return;
  }
  const { date, untilMs, attempts } = row.pending ?? { date: due, untilMs: nowMs, attempts: 0 };
  const pending = { date, untilMs, attempts: attempts + 1, nextMs: nowMs + MAIL_LIMITS.claimMs };
  const claimed: DigestRow = { date: row.date, untilMs: row.untilMs, pending };
  if (await table.replace(key, row, claimed)) await settle(parts, personId, claimed);
};

/** Looks at everyone; stops while access facts lag behind, and when told to. */
export const sendDigests = async (parts: Parts, stopped: () => boolean): Promise<void> => {
  const { runtime, state } = parts;
  const table = state.table<DigestRow>(MAIL_TABLES.digests);
  let after: string | undefined;
  for (;;) {
    const options = { limit: DIGEST_LIMITS.page, ...(after === undefined ? {} : { after: [after] }) };
    const page = await runtime.view('recipients').range<RecipientRow>('people', 'byId', options);
    const people = page.map(({ row }) => row.personId);
    const preferences = await runtime.view('preferences').getMany<PreferencesRow>('people', people);
    for (const [nth, personId] of people.entries()) {
      if (stopped() || !runtime.factsFresh()) return;
      await visit(parts, personId, wishesOf(preferences[nth]), await table.get(`${personId}/`));
    }
    if (page.length < DIGEST_LIMITS.page) return;
    after = people.at(-1);
  }
};
