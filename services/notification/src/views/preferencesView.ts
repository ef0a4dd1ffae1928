import type { MailCadence, NotificationLevel, PreferencesEvent } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import type { Projection } from '@parvis/kit/eventing/projection.ts';
import type { ViewSchema } from '@parvis/kit/ports/views.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';

export interface FollowChoice {
  readonly postId: string;
  readonly following: boolean;
  /** What was said before one followed is no news. */
  readonly sinceMs: number;
}

export interface PreferencesRow {
  readonly personId: string;
  readonly levels: Readonly<Record<string, NotificationLevel>>;
  /** Absent until the person chose. */
  readonly mail?: { readonly cadence: MailCadence; readonly digestHour: number; readonly timeZone: string };
  /** Oldest choice first. */
  readonly follows: readonly FollowChoice[];
  readonly version: number;
}

/** As the decider keeps them (domain/preferences.ts): the oldest choice is forgotten beyond this many. */
export const FOLLOW_CHOICES = 200;

export const preferencesSchema: ViewSchema = { name: 'preferences', version: 1, collections: { people: { indexes: {} } } };

export const noPreferences = (personId: string): PreferencesRow => ({ personId, levels: {}, follows: [], version: 0 });

export type PreferencesStreamEvent = NonNullable<PreferencesEvent['event']>;

/** The row after one more event of the person's stream, without its version. */
export const preferencesAfter = (row: PreferencesRow, event: PreferencesStreamEvent, atMs: number): PreferencesRow => {
  switch (event.$case) {
    case 'groupLevelSet':
      return { ...row, levels: { ...row.levels, [event.value.groupId]: event.value.level } };
    case 'mailCadenceSet': {
      const { cadence, digestHour, timeZone } = event.value;
      return { ...row, mail: { cadence, digestHour, timeZone } };
    }
    case 'threadFollowSet': {
      const { postId, following } = event.value;
      const others = row.follows.filter((follow) => follow.postId !== postId);
      return { ...row, follows: [...others, { postId, following, sinceMs: atMs }].slice(-FOLLOW_CHOICES) };
    }
    default:
      return event satisfies never;
  }
};

/** What each person wishes to be told, from their own stream. */
export const preferencesProjection: Projection = {
  schema: preferencesSchema,
  source: 'notification',
  personal: 'sealed',
  keys: ({ stream }) => {
    const { personId } = idsOfStream(stream);
    return personId === undefined ? [] : [{ collection: 'people', key: personId }];
  },
  apply(decoded, rows) {
    const { personId } = idsOfStream(decoded.stream);
    const event = decoded.event as PreferencesStreamEvent | undefined;
    if (personId === undefined || event === undefined) return;
    const before = rows.get<PreferencesRow>('people', personId) ?? noPreferences(personId);
    rows.put<PreferencesRow>('people', personId, { ...preferencesAfter(before, event, decoded.at.getTime()), version: decoded.version });
  },
};
