/** When a daily digest is due: pure, by the person's clock on the wall. */

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  formats.set(timeZone, made);
  return made;
};

const wallClock = (now: Date, timeZone: string): { date: string; hour: number } => {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  return { date: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`, hour: Number(parts.get('hour')) };
};

const dayBefore = (date: string): string => {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
};

/**
 * Date of the newest digest whose hour has come, YYYY-MM-DD in the person's zone. An hour that the clock skips is due
 * when the clock has passed it; an hour that comes twice is due the first time: the date is the same.
 */
export const dueDigest = (now: Date, timeZone: string, digestHour: number): string => {
  const { date, hour } = wallClock(now, timeZone);
  return hour >= digestHour ? date : dayBefore(date);
};
