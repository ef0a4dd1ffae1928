/** How many people the directory has, by kind, organisation, department and site. */
import { PersonKind } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { Facet, ListPeopleRequest } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { LANE_COUNT } from '@parvis/kit/ports/eventLog.ts';
import type { IndexKey, View } from '@parvis/kit/ports/views.ts';
import { type CountsRow, combinationKey, combinationOf, DIRECTORY, type DirectoryRow } from '../views/directoryView.ts';
import type { Identity } from './identity.ts';

/** People whose access ended by itself that are taken off the counters. */
const EXPIRED_LIMIT = 10_000;
const CHUNK = 500;
/** Values told per facet, the most frequent first. */
export const FACET_VALUES = 50;

type Filtered = Pick<DirectoryRow, 'kind' | 'organisationId' | 'department' | 'site'>;

export const matchesFilters = (row: Filtered, { kind, organisationId, department, site }: ListPeopleRequest): boolean =>
  (kind === PersonKind.UNSPECIFIED || row.kind === kind) &&
  (organisationId === '' || row.organisationId === organisationId) &&
  (department === '' || row.department === department) &&
  (site === '' || row.site === site);

export const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Adds up what is counted, keyed by combination. */
export const countRows = (rows: readonly DirectoryRow[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const key = combinationKey(row);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

/** Active rows whose access has ended by itself, the earliest first. */
const expiredRows = async (view: View, nowMs: number): Promise<DirectoryRow[]> => {
  const rows: DirectoryRow[] = [];
  let after: IndexKey | undefined;
  while (rows.length < EXPIRED_LIMIT) {
    const from = after === undefined ? {} : { after };
    const entries = await view.range<DirectoryRow>('people', 'expiring', { limit: CHUNK, ...from });
    const ended = entries.filter(({ row }) => row.expiresAtMs <= nowMs);
    rows.push(...ended.map(({ row }) => row));
    if (ended.length < CHUNK) break;
    after = entries.at(-1)?.indexKey;
  }
  return rows;
};

/** How many people each combination has: the lanes' counters, less who expired. */
export const countedCombinations = async ({ runtime }: Identity, nowMs: number): Promise<Map<string, number>> => {
  const view = runtime.view(DIRECTORY);
  const lanes = await view.getMany<CountsRow>(
    'counts',
    Array.from({ length: LANE_COUNT }, (_, lane) => String(lane)),
  );
  const counts = new Map<string, number>();
  const add = (key: string, count: number) => counts.set(key, (counts.get(key) ?? 0) + count);
  for (const lane of lanes) {
    for (const [key, count] of Object.entries(lane?.counts ?? {})) add(key, count);
  }
  for (const row of await expiredRows(view, nowMs)) {
    add(combinationKey(row), -1);
    add(combinationKey({ ...row, suspended: true }), 1);
  }
  return counts;
};

/** What is counted: people who fit the filters, of organisations that are active. */
interface Counting {
  readonly request: ListPeopleRequest;
  readonly active: (organisationId: string) => Promise<boolean>;
}

const KINDS: Readonly<Record<number, string>> = { [PersonKind.EMPLOYEE]: 'employee', [PersonKind.PARTNER]: 'partner' };

export const summarise = async (
  counts: ReadonlyMap<string, number>,
  { request, active }: Counting,
): Promise<{ facets: Facet[]; total: number }> => {
  const facets = new Map<string, Map<string, number>>();
  let total = 0;
  for (const [key, count] of counts) {
    const combination = combinationOf(key);
    if (count <= 0 || !matchesFilters(combination, request)) continue;
    if (!request.includeInactive && !(combination.active && (await active(combination.organisationId)))) continue;
    total += count;
    const { department, site, organisationId, kind } = combination;
    for (const [name, value] of Object.entries({ department, site, organisation: organisationId, kind: KINDS[kind] ?? '' })) {
      if (value === '') continue;
      const values = facets.get(name) ?? new Map<string, number>();
      facets.set(name, values.set(value, (values.get(value) ?? 0) + count));
    }
  }
  const told = [...facets].flatMap(([name, values]) =>
    [...values]
      .sort(([a, one], [b, other]) => other - one || compare(a, b))
      .slice(0, FACET_VALUES)
      .map(([value, count]) => ({ name, value, count })),
  );
  return { facets: told, total };
};
