/**
 * People by name, words and facets. Every number is counted over what the viewer may see: listed people of organisations
 * that are active, and whose access has not ended by itself. Cost is bounded: an index is walked in pages, a query of
 * words looks at so many matches, and numbers without words come from counters.
 */
import type { OrganisationFacts } from '@parvis/access/src/facts.ts';
import { mayRead } from '@parvis/access/src/mayRead.ts';
import type { Facet, ListPeopleRequest, ListPeopleResponse, PersonCard } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { IndexKey } from '@parvis/kit/ports/views.ts';
import { forbidden } from '@parvis/kit/runtime/errors.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { DIRECTORY, type DirectoryRow, isListed, sortName, wordsOf } from '../views/directoryView.ts';
import { foldedWords } from '../views/foldText.ts';
import { presentCards } from './cards.ts';
import { compare, countedCombinations, countRows, matchesFilters, summarise } from './directoryCounts.ts';
import type { Identity } from './identity.ts';
import { pageSize } from './paging.ts';
import { mustAdminister, organisationEnded } from './standing.ts';

/** Matches of a query of words that are looked at, and rows walked for one page of a list. */
export const MATCHES_LIMIT = 2000;
export const WALK_LIMIT = 5000;
const CHUNK = 500;
const QUERY_WORDS = 8;
const PURPOSE = 'people-cursor';

interface Search {
  readonly words: readonly string[];
  readonly request: ListPeopleRequest;
  readonly entered: Entered;
  readonly active: (organisationId: string) => Promise<boolean>;
}
interface Cursor {
  readonly after: IndexKey;
  readonly total: number;
}
interface Found {
  readonly rows: readonly DirectoryRow[];
  readonly next: IndexKey | undefined;
}

const shows = async (row: DirectoryRow, { request, entered, words, active }: Search): Promise<boolean> => {
  if (!matchesFilters(row, request) || (request.managerId !== '' && row.managerId !== request.managerId)) return false;
  const said = words.length === 0 ? [] : wordsOf(row);
  if (!words.every((word) => said.some((whole) => whole.startsWith(word)))) return false;
  if (request.includeInactive) return true;
  const ended = row.expiresAtMs > 0 && row.expiresAtMs <= entered.nowMs;
  return isListed(row) && !ended && (await active(row.organisationId));
};

/** The index that leaves the fewest rows to walk. */
const indexFor = ({ managerId, department, site, organisationId }: ListPeopleRequest): { index: string; prefix: IndexKey } => {
  if (managerId !== '') return { index: 'byManager', prefix: [managerId] };
  if (department !== '') return { index: 'byDepartment', prefix: [department] };
  if (site !== '') return { index: 'bySite', prefix: [site] };
  if (organisationId !== '') return { index: 'byOrganisation', prefix: [organisationId] };
  return { index: 'byName', prefix: [] };
};

/** A page of the list in order of name. A walk that finds too little answers what it has, with a cursor to go on. */
const walk = async ({ runtime }: Identity, search: Search, after: IndexKey | undefined, size: number): Promise<Found> => {
  const { index, prefix } = indexFor(search.request);
  const rows: DirectoryRow[] = [];
  let last = after;
  for (let walked = 0; walked < WALK_LIMIT; ) {
    const from = last === undefined ? {} : { after: last };
    // Mostly every row is shown: one more than the page says whether there is another.
    const limit = Math.min(walked === 0 ? size + 1 : CHUNK, WALK_LIMIT);
    const entries = await runtime.view(DIRECTORY).range<DirectoryRow>('people', index, { prefix, limit, ...from });
    for (const { row, indexKey } of entries) {
      if (rows.length === size) return { rows, next: last };
      if (await shows(row, search)) rows.push(row);
      last = indexKey;
    }
    if (entries.length < limit) return { rows, next: undefined };
    walked += limit;
  }
  return { rows, next: last };
};

/** People with a word that begins with the longest of the query's, and all others too; in order of name. */
const matchesOfWords = async ({ runtime }: Identity, search: Search): Promise<DirectoryRow[]> => {
  const driver = [...search.words].sort((a, b) => b.length - a.length)[0] as string;
  const matches = new Map<string, DirectoryRow>();
  let after: IndexKey = [driver];
  for (let looked = 0; looked < MATCHES_LIMIT; looked += CHUNK) {
    const entries = await runtime.view(DIRECTORY).range<DirectoryRow>('people', 'byWord', { after, limit: CHUNK });
    const fitting = entries.filter(({ indexKey }) => String(indexKey[0]).startsWith(driver));
    for (const { key, row } of fitting) {
      if (!matches.has(key) && (await shows(row, search))) matches.set(key, row);
    }
    if (fitting.length < CHUNK) break;
    after = (entries.at(-1) as { indexKey: IndexKey }).indexKey;
  }
  const sorted = [...matches.values()].map((row) => ({ row, name: sortName(row) }));
  return sorted.sort((a, b) => compare(a.name, b.name) || compare(a.row.id, b.row.id)).map(({ row }) => row);
};

const beyond = (row: DirectoryRow, after: IndexKey | undefined): boolean =>
  after === undefined || (compare(sortName(row), String(after[0])) || compare(row.id, String(after[1]))) > 0;

/** Without words the counters know; direct reports are few, and counted one by one. */
const summaryWithoutWords = async (identity: Identity, search: Search): Promise<{ facets: Facet[]; total: number }> => {
  if (search.request.managerId === '') return await summarise(await countedCombinations(identity, search.entered.nowMs), search);
  const { rows } = await walk(identity, search, undefined, WALK_LIMIT);
  return await summarise(countRows(rows), search);
};

/** Whether organisations are active, asked once each. */
const activityOf = ({ runtime }: Identity, nowMs: number): ((organisationId: string) => Promise<boolean>) => {
  const asked = new Map<string, Promise<OrganisationFacts | undefined>>();
  return async (id) => {
    const facts = asked.get(id) ?? runtime.facts.organisation(id);
    asked.set(id, facts);
    return !organisationEnded(await facts, nowMs);
  };
};

const cardsOf = async (identity: Identity, entered: Entered, rows: readonly DirectoryRow[]): Promise<PersonCard[]> => {
  const facts = await identity.runtime.facts.persons(rows.map(({ id }) => id));
  const people = rows.flatMap((texts, index) => {
    const person = facts[index];
    return person && mayRead(entered.viewer, { kind: 'person-card', person, sharesGroup: false }, entered.nowMs)
      ? [{ facts: person, texts }]
      : [];
  });
  return await presentCards(identity, entered, people);
};

/** @throws forbidden `directory.partner` for partners: an empty directory would be a lie */
export const listPeople = async (identity: Identity, entered: Entered, request: ListPeopleRequest): Promise<ListPeopleResponse> => {
  if (!mayRead(entered.viewer, { kind: 'directory' }, entered.nowMs))
    throw forbidden('directory.partner', 'the directory is for employees');
  if (request.includeInactive) mustAdminister(entered);
  const { sealer } = identity.runtime;
  const size = pageSize(request.limit);
  const cursor = request.cursor === '' ? undefined : sealer.open<Cursor>(PURPOSE, request.cursor);
  const words = foldedWords(request.query).slice(0, QUERY_WORDS);
  const search: Search = { words, request, entered, active: activityOf(identity, entered.nowMs) };
  const matches = words.length > 0 ? await matchesOfWords(identity, search) : undefined;
  let found: Found;
  if (matches) {
    const rows = matches.filter((row) => beyond(row, cursor?.after));
    const last = rows[size - 1];
    found = { rows: rows.slice(0, size), next: last && rows.length > size ? [sortName(last), last.id] : undefined };
  } else {
    found = await walk(identity, search, cursor?.after, size);
  }
  // Facets are told with the first page; later ones repeat its total.
  const summary = cursor
    ? { facets: [], total: cursor.total }
    : matches
      ? await summarise(countRows(matches), search)
      : await summaryWithoutWords(identity, search);
  return {
    people: await cardsOf(identity, entered, found.rows),
    nextCursor: found.next ? sealer.seal(PURPOSE, { after: found.next, total: summary.total } satisfies Cursor) : '',
    ...summary,
  };
};
