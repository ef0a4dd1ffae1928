import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueDigest } from './digestSchedule.ts';

const HOUR_MS = 3_600_000;

describe('the date of the digest that is due', () => {
  it.each([
    ['2026-05-10T05:59:59Z', 'Europe/Paris', 8, '2026-05-09'],
    ['2026-05-10T06:00:00Z', 'Europe/Paris', 8, '2026-05-10'],
    ['2026-05-10T12:00:00Z', 'America/Montreal', 8, '2026-05-10'],
    ['2026-05-10T11:59:59Z', 'America/Montreal', 8, '2026-05-09'],
    ['2026-05-09T22:30:00Z', 'Asia/Kolkata', 4, '2026-05-10'],
    ['2026-05-09T22:29:59Z', 'Asia/Kolkata', 4, '2026-05-09'],
    ['2026-01-01T00:00:00Z', 'UTC', 0, '2026-01-01'],
    ['2026-03-01T00:00:00Z', 'UTC', 8, '2026-02-28'],
    // The clock goes from 2 to 3: two o'clock never comes, the digest does.
    ['2026-03-29T00:59:59Z', 'Europe/Paris', 2, '2026-03-28'],
    ['2026-03-29T01:00:00Z', 'Europe/Paris', 2, '2026-03-29'],
    // From 3 back to 2: two o'clock comes twice, the date is the same.
    ['2026-10-24T23:59:59Z', 'Europe/Paris', 2, '2026-10-24'],
    ['2026-10-25T00:00:00Z', 'Europe/Paris', 2, '2026-10-25'],
    ['2026-10-25T01:00:00Z', 'Europe/Paris', 2, '2026-10-25'],
  ])('at %s in %s for hour %i is %s', (now, zone, hour, date) => {
    expect(dueDigest(new Date(now), zone, hour)).toBe(date);
  });

  it('comes once a day and misses none, in every zone and at every hour', () => {
    const zones = fc.constantFrom('Europe/Paris', 'America/St_Johns', 'Pacific/Apia', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC');
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 364 }), (zone, hour, day) => {
        const start = Date.UTC(2026, 0, 1 + day);
        const seen = Array.from({ length: 24 * 4 }, (_, nth) => dueDigest(new Date(start + nth * HOUR_MS), zone, hour));
        expect([...seen].sort()).toEqual(seen);
        const days = [...new Set(seen)].map((date) => Date.parse(date));
        for (const [nth, at] of days.slice(1).entries()) expect(at - (days[nth] ?? 0)).toBe(24 * HOUR_MS);
      }),
      { numRuns: 60 },
    );
  });
});
