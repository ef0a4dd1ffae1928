/** Scope and filters of one query, as sets of numbers: whether an entry may be shown is a few look-ups. */
import type { DocumentType, SearchQuery, SearchScope } from '../../ports/searchIndex.ts';
import { filterToken } from './columns.ts';
import type { NameTable } from './nameTable.ts';
import { TYPE_NUMBERS } from './schema.ts';

/** A row of `entries` as read: numbers only. */
export type EntryRow = readonly [
  rowId: number,
  type: number,
  group: number,
  author: number,
  kind: number,
  hidden: number,
  self: number,
  score?: number,
];

export type Admits = (row: EntryRow) => boolean;

/**
 * A scope of up to this many groups is also asked of the full-text index, which then skips everything else; beyond, most
 * matches are admitted anyway and looking each up is cheaper (measured: 256 words cost 10 ms on 200,000 documents).
 */
export const SCOPE_TOKENS = 256;

const ALL_TYPES = Object.keys(TYPE_NUMBERS) as DocumentType[];
const typesOf = (types: readonly DocumentType[]): readonly DocumentType[] => (types.length === 0 ? ALL_TYPES : types);

const numbersOf = (ids: readonly string[], names: NameTable): Set<number> => {
  const numbers = new Set<number>();
  for (const id of ids) {
    const no = id === '' ? undefined : names.find(id);
    if (no !== undefined) numbers.add(no);
  }
  return numbers;
};

/** The gate of the index: an entry passes when its type, its place in the scope and its sight allow it. */
export const admissionOf = (types: readonly DocumentType[], scope: SearchScope, names: NameTable): Admits => {
  const wanted = new Set(typesOf(types).map((type) => TYPE_NUMBERS[type]));
  const groups = numbersOf(scope.groupIds, names);
  const listed = wanted.has(TYPE_NUMBERS.group) ? numbersOf(scope.listedGroupIds, names) : new Set<number>();
  const people = scope.people === 'all' ? undefined : numbersOf(scope.people, names);
  return ([, type, group, , , hidden, self]) => {
    if (hidden !== 0 || !wanted.has(type)) return false;
    if (type === TYPE_NUMBERS.person) return people === undefined || people.has(self);
    return type === TYPE_NUMBERS.group ? listed.has(group) : groups.has(group);
  };
};

/** Lists of filter words: each list must be met by one of its words. They narrow; `admissionOf` decides. */
export const scopeTokens = (types: readonly DocumentType[], scope: SearchScope, names: NameTable): string[][] => {
  const wanted = typesOf(types);
  const rare = wanted.every((type) => type === 'person' || type === 'group');
  if (rare) return [wanted.map((type) => filterToken('type', type))];
  // A group that no document names finds nothing: without those, a large scope is often a small one, or none.
  const groupIds = scope.groupIds.filter((id) => id !== '' && names.find(id) !== undefined);
  if (groupIds.length > SCOPE_TOKENS) return [];
  const others = wanted.filter((type) => type === 'person' || type === 'group').map((type) => filterToken('type', type));
  const tokens = [...groupIds.map((id) => filterToken('group', id)), ...others].filter((token) => token !== '');
  return [tokens];
};

/** Words of a query's own filters. Undefined: a filter that nothing can meet. */
export const queryTokens = (query: SearchQuery): string[][] | undefined => {
  const asked = [
    ['group', query.groupId],
    ['author', query.authorId],
    ['kind', query.kind],
    ['hashtag', query.hashtag],
  ] as const;
  const tokens: string[][] = [];
  for (const [name, value] of asked) {
    if (value === undefined || value === '') continue;
    const token = filterToken(name, value);
    if (token === '') return undefined;
    tokens.push([token]);
  }
  return tokens;
};
