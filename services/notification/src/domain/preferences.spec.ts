import { describe, expect, it } from '@jest/globals';
import { MailCadence, NotificationLevel } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import { FOLLOW_CHOICES } from '../views/preferencesView.ts';
import { PREFERENCE_LIMITS, type PreferencesCommand, type PreferencesState, preferencesDecider } from './preferences.ts';

const given = (...commands: PreferencesCommand[]): PreferencesState =>
  commands.reduce<PreferencesState>(
    (state, command) => preferencesDecider.decide(state, command).reduce(preferencesDecider.evolve, state),
    preferencesDecider.initial,
  );
const when = (state: PreferencesState, command: PreferencesCommand) => preferencesDecider.decide(state, command);
const daily = (digestHour: number, timeZone: string): PreferencesCommand => ({
  kind: 'setMailCadence',
  cadence: MailCadence.DAILY,
  digestHour,
  timeZone,
});

describe('levels of groups', () => {
  it('are set, changed, and not set twice', () => {
    const none = { kind: 'setGroupLevel', groupId: 'g', level: NotificationLevel.NONE } as const;
    expect(when(given(), none)).toEqual([{ $case: 'groupLevelSet', value: { groupId: 'g', level: NotificationLevel.NONE } }]);
    expect(when(given(none), none)).toEqual([]);
    expect(given(none, { ...none, level: NotificationLevel.ALL }).levels.get('g')).toBe(NotificationLevel.ALL);
  });

  it('refuse what is no level', () => {
    const level = NotificationLevel.UNSPECIFIED;
    expect(() => when(given(), { kind: 'setGroupLevel', groupId: 'g', level })).toThrow('level: expected all');
  });

  it('are bounded', () => {
    const levels = new Map(Array.from({ length: PREFERENCE_LIMITS.groupLevels }, (_, nth) => [`g${nth}`, NotificationLevel.NONE] as const));
    const full = { ...preferencesDecider.initial, levels };
    const next = { kind: 'setGroupLevel', groupId: 'one-more', level: NotificationLevel.ALL } as const;
    expect(() => when(full, next)).toThrow(expect.objectContaining({ code: 'preferences.too-many-levels' }));
    expect(when(full, { ...next, groupId: 'g0' })).toHaveLength(1);
  });
});

describe('the cadence of mail', () => {
  it.each([0, 23])('takes hour %i', (hour) => {
    expect(given(daily(hour, 'Europe/Paris'))).toMatchObject({ digestHour: hour, timeZone: 'Europe/Paris' });
  });

  it.each([-1, 24, 8.5, Number.NaN])('refuses hour %p', (hour) => {
    expect(() => when(given(), daily(hour, 'Europe/Paris'))).toThrow('digestHour: expected 0 to 23');
  });

  it.each(['Mars/Olympus', '+02:00', 'Europe/Paris\r\nX: y', 'x'.repeat(65)])('refuses the zone %j', (zone) => {
    expect(() => when(given(), daily(8, zone))).toThrow('timeZone: expected an IANA time zone');
  });

  it('keeps the zone when none is given', () => {
    expect(given(daily(8, 'America/Montreal'), daily(9, ''))).toMatchObject({
      digestHour: 9,
      timeZone: expect.stringContaining('America/'),
    });
  });

  it('is unset by one click, once', () => {
    const off = given(daily(7, 'Asia/Tokyo'), { kind: 'unsubscribe' });
    expect(off).toMatchObject({ cadence: MailCadence.OFF, digestHour: 7, timeZone: 'Asia/Tokyo' });
    expect(when(off, { kind: 'unsubscribe' })).toEqual([]);
  });
});

describe('following threads', () => {
  const follow = { kind: 'setThreadFollow', groupId: 'g', postId: 'g.p', following: true } as const;

  it('is chosen and taken back', () => {
    expect(given(follow).follows.get('g.p')).toBe(true);
    expect(given(follow, { ...follow, following: false }).follows.get('g.p')).toBe(false);
    expect(when(given(follow), follow)).toEqual([]);
  });

  it('is bounded alike where it is decided and where it is read', () => {
    expect(FOLLOW_CHOICES).toBe(PREFERENCE_LIMITS.threadFollows);
  });

  it('forgets the oldest choice beyond the limit', () => {
    const follows = new Map(Array.from({ length: PREFERENCE_LIMITS.threadFollows }, (_, nth) => [`g.p${nth}`, true] as const));
    const full = { ...preferencesDecider.initial, follows };
    const after = preferencesDecider.decide(full, follow).reduce(preferencesDecider.evolve, full);
    expect(after.follows.size).toBe(PREFERENCE_LIMITS.threadFollows);
    expect(after.follows.has('g.p0')).toBe(false);
    expect(after.follows.get('g.p')).toBe(true);
  });
});
