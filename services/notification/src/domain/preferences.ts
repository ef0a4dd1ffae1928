import { MailCadence, NotificationLevel, type PreferencesEvent } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { invalid, ruleBroken } from '@parvis/kit/runtime/errors.ts';

export type PreferencesStreamEvent = NonNullable<PreferencesEvent['event']>;

/** What one person wishes to be told, and how. Holds ids and choices only, so an erasure leaves nothing personal here. */
export interface PreferencesState {
  /** Levels that were chosen, by group id; a group that is not here has the default. */
  readonly levels: ReadonlyMap<string, NotificationLevel>;
  readonly cadence: MailCadence;
  /** 0 to 23. */
  readonly digestHour: number;
  /** IANA name, e.g. `Europe/Paris`. */
  readonly timeZone: string;
  /** Threads whose follow was chosen by hand, by post id, oldest choice first. */
  readonly follows: ReadonlyMap<string, boolean>;
}

export type PreferencesCommand =
  | { readonly kind: 'setGroupLevel'; readonly groupId: string; readonly level: NotificationLevel }
  | { readonly kind: 'setMailCadence'; readonly cadence: MailCadence; readonly digestHour: number; readonly timeZone: string }
  | { readonly kind: 'setThreadFollow'; readonly groupId: string; readonly postId: string; readonly following: boolean }
  /** One click in a mail: whatever the cadence was, no more mail. */
  | { readonly kind: 'unsubscribe' };

/** Choices kept per person. Followed threads are merged at read, one range each, hence the lower number. */
export const PREFERENCE_LIMITS = { groupLevels: 5000, threadFollows: 200, timeZone: 64 } as const;

/** What holds for someone who never chose: mail at once for what concerns them directly, a digest at 8 for the rest. */
export const MAIL_DEFAULTS = { cadence: MailCadence.AT_ONCE, digestHour: 8, timeZone: 'UTC' } as const;

const initial: PreferencesState = { levels: new Map(), follows: new Map(), ...MAIL_DEFAULTS };

const withEntry = <V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> => {
  const copy = new Map(map);
  copy.delete(key);
  return copy.set(key, value);
};

/** The oldest choice is forgotten beyond the limit: following one more thread never fails. */
const newest = (follows: ReadonlyMap<string, boolean>): ReadonlyMap<string, boolean> =>
  new Map([...follows].slice(-PREFERENCE_LIMITS.threadFollows));

const evolve = (state: PreferencesState, event: PreferencesStreamEvent): PreferencesState => {
  switch (event.$case) {
    case 'groupLevelSet':
      return { ...state, levels: withEntry(state.levels, event.value.groupId, event.value.level) };
    case 'mailCadenceSet': {
      const { cadence, digestHour, timeZone } = event.value;
      return { ...state, cadence, digestHour, timeZone };
    }
    case 'threadFollowSet':
      return { ...state, follows: newest(withEntry(state.follows, event.value.postId, event.value.following)) };
    default:
      return event satisfies never;
  }
};

/** The zone as the platform spells it. @throws invalid for a name that is no IANA time zone. */
export const checkedTimeZone = (timeZone: string): string => {
  const expected = 'an IANA time zone, e.g. Europe/Paris';
  // Offsets like +02:00 pass Intl too, but they do not follow daylight saving time.
  if (timeZone.length > PREFERENCE_LIMITS.timeZone || !/^[A-Za-z]/.test(timeZone)) throw invalid('timeZone', expected);
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) throw invalid('timeZone', expected);
    throw error;
  }
};

const LEVELS: readonly NotificationLevel[] = [NotificationLevel.ALL, NotificationLevel.MENTIONS_AND_QUESTIONS, NotificationLevel.NONE];
const CADENCES: readonly MailCadence[] = [MailCadence.OFF, MailCadence.AT_ONCE, MailCadence.DAILY];

const setGroupLevel = (state: PreferencesState, groupId: string, level: NotificationLevel): PreferencesStreamEvent[] => {
  if (!LEVELS.includes(level)) throw invalid('level', 'all, mentions and questions, or none');
  if (state.levels.get(groupId) === level) return [];
  if (!state.levels.has(groupId) && state.levels.size >= PREFERENCE_LIMITS.groupLevels) {
    throw ruleBroken('preferences.too-many-levels', `at most ${PREFERENCE_LIMITS.groupLevels} groups have a level of their own`);
  }
  return [{ $case: 'groupLevelSet', value: { groupId, level } }];
};

const setMailCadence = (
  state: PreferencesState,
  command: Extract<PreferencesCommand, { kind: 'setMailCadence' }>,
): PreferencesStreamEvent[] => {
  if (!CADENCES.includes(command.cadence)) throw invalid('cadence', 'off, at once or daily');
  const { cadence, digestHour } = command;
  if (!Number.isInteger(digestHour) || digestHour < 0 || digestHour > 23) throw invalid('digestHour', '0 to 23');
  const timeZone = command.timeZone === '' ? state.timeZone : checkedTimeZone(command.timeZone);
  if (cadence === state.cadence && digestHour === state.digestHour && timeZone === state.timeZone) return [];
  return [{ $case: 'mailCadenceSet', value: { cadence, digestHour, timeZone } }];
};

const decide = (state: PreferencesState, command: PreferencesCommand): readonly PreferencesStreamEvent[] => {
  switch (command.kind) {
    case 'setGroupLevel':
      return setGroupLevel(state, command.groupId, command.level);
    case 'setMailCadence':
      return setMailCadence(state, command);
    case 'setThreadFollow': {
      const { groupId, postId, following } = command;
      return state.follows.get(postId) === following ? [] : [{ $case: 'threadFollowSet', value: { groupId, postId, following } }];
    }
    case 'unsubscribe': {
      if (state.cadence === MailCadence.OFF) return [];
      const { digestHour, timeZone } = state;
      return [{ $case: 'mailCadenceSet', value: { cadence: MailCadence.OFF, digestHour, timeZone } }];
    }
    default:
      return command satisfies never;
  }
};

export const preferencesDecider: Decider<PreferencesState, PreferencesCommand, PreferencesStreamEvent> = { initial, evolve, decide };
