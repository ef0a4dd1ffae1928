/** A document → the texts of the full-text tables' columns. Pure: what was put in must be told again to take it out. */
import type { DocumentType, SearchDocument } from '../../ports/searchIndex.ts';
import { stemmedText } from '../../runtime/text/stems.ts';
import { fold, type Stems, wordsOf } from '../../runtime/text/words.ts';

export type FilterName = 'type' | 'group' | 'author' | 'kind' | 'hashtag';

const PREFIXES: Readonly<Record<FilterName, string>> = { type: 't', group: 'g', author: 'a', kind: 'k', hashtag: 'h' };

/** One word of the filters column, e.g. `gabc…`; empty when the value holds no letter or digit. */
export const filterToken = (name: FilterName, value: string): string => {
  const folded = fold(value);
  const word = /^[a-z0-9]*$/.test(folded) ? folded : folded.replace(/[^\p{L}\p{N}]+/gu, '');
  return word === '' ? '' : PREFIXES[name] + word;
};

const filtersOf = (document: SearchDocument): string => {
  const tokens = [
    filterToken('type', document.type),
    filterToken('group', document.groupId),
    filterToken('author', document.authorId),
    filterToken('kind', document.kind),
    ...document.hashtags.map((tag) => filterToken('hashtag', tag)),
  ];
  return tokens.filter((token) => token !== '').join(' ');
};

/** Types that are suggested while one types: a comment has no title of its own. */
export const SUGGESTED_TYPES: readonly DocumentType[] = ['person', 'group', 'post'];

/** What a suggestion is narrowed by. Each word costs four in that table, which indexes beginnings too. */
const suggestionFilters = (document: SearchDocument): string =>
  [filterToken('type', document.type), filterToken('group', document.groupId)].filter((token) => token !== '').join(' ');

const suggested = (document: SearchDocument): string[] | undefined => {
  if (!SUGGESTED_TYPES.includes(document.type)) return undefined;
  const words = wordsOf(`${document.title}\n${document.parts.handle ?? ''}`).map((word) => word.folded);
  return words.length === 0 ? undefined : [words.join(' '), suggestionFilters(document)];
};

const NO_WORDS: Stems = { french: '', english: '' };

export interface Columns {
  /** In the order of the columns of `words`. */
  readonly words: string[];
  /** In the order of the columns of `titles`; undefined for what is never suggested. */
  readonly title: string[] | undefined;
}

export const columnsOf = (document: SearchDocument): Columns => {
  const title = document.title === '' ? NO_WORDS : stemmedText(document.title);
  const body = stemmedText(document.extra === '' ? document.body : `${document.body}\n${document.extra}`);
  const profile = document.profile === '' ? NO_WORDS : stemmedText(document.profile);
  return {
    words: [title.french, title.english, body.french, body.english, profile.french, profile.english, filtersOf(document)],
    title: suggested(document),
  };
};
