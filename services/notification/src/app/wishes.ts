/** What a person wishes to be told, with what holds for those who never chose. */
import { MailCadence, NotificationLevel } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { MAIL_DEFAULTS } from '../domain/preferences.ts';
import type { Reason } from '../views/entryRow.ts';
import type { FollowChoice, PreferencesRow } from '../views/preferencesView.ts';

export const DEFAULT_LEVEL: NotificationLevel = NotificationLevel.MENTIONS_AND_QUESTIONS;

export interface Wishes {
  readonly levels: ReadonlyMap<string, NotificationLevel>;
  readonly cadence: MailCadence;
  readonly digestHour: number;
  readonly timeZone: string;
  readonly follows: ReadonlyMap<string, FollowChoice>;
  readonly version: number;
}

export const wishesOf = (row: PreferencesRow | undefined): Wishes => ({
  levels: new Map(Object.entries(row?.levels ?? {})),
  follows: new Map((row?.follows ?? []).map((follow) => [follow.postId, follow])),
  version: row?.version ?? 0,
  ...(row?.mail ?? MAIL_DEFAULTS),
});

export const loadWishes = async (runtime: ServiceRuntime, personId: string): Promise<Wishes> =>
  wishesOf(await runtime.view('preferences').get<PreferencesRow>('people', personId));

export const levelIn = (wishes: Wishes, groupId: string): NotificationLevel => wishes.levels.get(groupId) ?? DEFAULT_LEVEL;

/**
 * all: every post; mentions and questions: announcements, questions and what concerns one directly; none: nothing that
 * is said in the group. What happens to one's own membership, and requests to those who moderate, are told at any level.
 */
export const levelTells = (level: NotificationLevel, reason: Reason): boolean => {
  switch (reason) {
    case 'mention':
    case 'reply':
    case 'answer_accepted':
    case 'comment':
    case 'announcement':
    case 'question':
      return level !== NotificationLevel.NONE;
    case 'post':
      return level === NotificationLevel.ALL;
    case 'approved':
    case 'declined':
    case 'invited':
    case 'role':
    case 'removed':
    case 'request':
    case 'taken_over':
      return true;
    default:
      return reason satisfies never;
  }
};

/** Told by mail as it happens: someone waits for an answer, or has given one. Everything else waits for the digest. */
const AT_ONCE: ReadonlySet<Reason> = new Set([
  'mention',
  'reply',
  'answer_accepted',
  'invited',
  'request',
  'approved',
  'declined',
  'removed',
]);

export type MailTiming = 'never' | 'at-once' | 'digest';

export const mailTiming = (cadence: MailCadence, reason: Reason): MailTiming => {
  if (cadence === MailCadence.OFF) return 'never';
  return cadence === MailCadence.AT_ONCE && AT_ONCE.has(reason) ? 'at-once' : 'digest';
};
