/** The directory's limits, on rows in memory: what is looked at is bounded, and what is told says so. */
import { describe, expect, it } from '@jest/globals';
import { PersonKind } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { ListPeopleRequest } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { IndexKey, RangeOptions } from '@parvis/kit/ports/views.ts';
import { createSealer } from '@parvis/kit/runtime/sealer.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { combinationKey, type DirectoryRow, directorySchema } from '../views/directoryView.ts';
import { FACET_VALUES } from './directoryCounts.ts';
import { listPeople, MATCHES_LIMIT, WALK_LIMIT } from './directoryQuery.ts';
import type { Identity } from './identity.ts';

const personRow = (nth: number, change: Partial<DirectoryRow> = {}): DirectoryRow => ({
  id: `p${String(nth).padStart(6, '0')}`,
  kind: PersonKind.EMPLOYEE,
  suspended: false,
  accepted: [],
  withdrawn: [],
  organisationId: 'host',
  givenName: 'Common',
  familyName: `Name${String(nth).padStart(6, '0')}`,
  displayName: '',
  handle: '',
  title: '',
  photoFileId: '',
  department: '',
  site: '',
  managerId: '',
  expiresAtMs: 0,
  ...change,
});

const compareKeys = (one: IndexKey, other: IndexKey): number => {
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
    const [a, b] = [one[at] as string | number, other[at] as string | number];
    if (a !== b) return a < b ? -1 : 1;
  }
  return one.length - other.length;
};

/** Identity over these rows; it counts the rows that are read. */
const identityOver = (rows: readonly DirectoryRow[]) => {
  const indexes = new Map(
    Object.entries(directorySchema.collections.people?.indexes ?? {}).map(([name, keysOf]) => {
      const entries = rows.flatMap((row) => keysOf(row, row.id).map((indexKey) => ({ key: row.id, indexKey, row })));
      return [name, entries.sort((a, b) => compareKeys(a.indexKey, b.indexKey))] as const;
    }),
  );
  const counts: Record<string, number> = {};
  for (const row of rows) counts[combinationKey(row)] = (counts[combinationKey(row)] ?? 0) + 1;
  const read = { rows: 0 };
  const view = {
    async getMany(collection: string, keys: readonly string[]) {
      return keys.map((key) => (collection === 'counts' && key === '0' ? { counts } : undefined));
    },
    async range(_collection: string, index: string, { prefix = [], after, limit }: RangeOptions) {
      const found = (indexes.get(index) ?? [])
        .filter(
          ({ indexKey }) => compareKeys(indexKey.slice(0, prefix.length), prefix) === 0 && (!after || compareKeys(indexKey, after) > 0),
        )
        .slice(0, limit);
      read.rows += found.length;
      return found;
    },
  };
  const host = { id: 'host', host: true, state: 'active', sponsorId: '' };
  const facts = {
    organisation: async () => host,
    persons: async (ids: readonly string[]) =>
      ids.map((id) => ({ id, kind: 'employee', status: 'active', roles: [], organisationId: 'host', sponsorId: '' })),
  };
  const identity = { runtime: { view: () => view, facts, sealer: createSealer(new Uint8Array(32)) } } as unknown as Identity;
  return { identity, read };
};

const viewer = {
  kind: 'person',
  person: { id: 'me', kind: 'employee', status: 'active', roles: [], organisationId: 'host', sponsorId: '' },
  organisation: { id: 'host', host: true, state: 'active', sponsorId: '' },
};
const entered = { viewer, personId: 'me', nowMs: 1000 } as unknown as Entered;
const list = (identity: Identity, request: Partial<ListPeopleRequest>) =>
  listPeople(identity, entered, ListPeopleRequest.fromPartial(request));
const many = (count: number, change: (nth: number) => Partial<DirectoryRow> = () => ({})) =>
  Array.from({ length: count }, (_, nth) => personRow(nth, change(nth)));

describe('the directory’s limits', () => {
  it('a query of words looks at so many matches', async () => {
    const { identity, read } = identityOver(many(MATCHES_LIMIT + 700));
    const page = await list(identity, { query: 'common', limit: 10 });
    expect([page.total, page.people.length, read.rows]).toEqual([MATCHES_LIMIT, 10, MATCHES_LIMIT]);
    expect((await list(identityOver(many(MATCHES_LIMIT)).identity, { query: 'common' })).total).toBe(MATCHES_LIMIT);
  });

  it('a page that finds nobody in so many rows answers with a cursor to go on', async () => {
    const { identity, read } = identityOver(many(WALK_LIMIT + 1500, (nth) => ({ suspended: nth < WALK_LIMIT + 1000 })));
    const first = await list(identity, { limit: 10 });
    expect([first.people.length, first.nextCursor === '', first.total]).toEqual([0, false, 500]);
    expect(read.rows).toBeLessThanOrEqual(WALK_LIMIT + 500);
    const second = await list(identity, { limit: 10, cursor: first.nextCursor });
    expect(second.people).toHaveLength(10);
  });

  it('a first page of people who are all there reads little more than it shows', async () => {
    const { identity, read } = identityOver(many(3000));
    const page = await list(identity, { limit: 50 });
    expect([page.people.length, page.total]).toEqual([50, 3000]);
    expect(read.rows).toBe(51);
  });

  it('a facet tells so many values, the most frequent first', async () => {
    const rows = many(2 * FACET_VALUES, (nth) => ({ department: `d${nth % (FACET_VALUES + 10)}` }));
    const { facets } = await list(identityOver(rows).identity, {});
    const told = facets.filter(({ name }) => name === 'department');
    expect(told).toHaveLength(FACET_VALUES);
    expect(told.map(({ count }) => count)).toEqual(told.map(({ count }) => count).sort((a, b) => b - a));
  });
});
