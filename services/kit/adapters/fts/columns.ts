/** A document → the texts of the full-text tables' columns. Pure: what was put in must be told again to take it out. */
import type { DocumentType, SearchDocument } from '../../ports/searchIndex.ts';
import { stemsOf } from '../../runtime/text/stems.ts';
import { fold, wordsOf } from '../../runtime/text/words.ts';

export type FilterName = 'type' | 'group' | 'author' | 'kind' | 'hashtag';

const PREFIXES: Readonly<Record<FilterName, string>> = { type: 't', group: 'g', author: 'a', kind: 'k', hashtag: 'h' };

/** One word of the filters column, e.g. `gabc…`; empty when the value holds no letter or digit. */
export const filterToken = (name: FilterName, value: string): string => {
  const word = fold(value).replace(/[^\p{L}\p{N}]+/gu, '');
  return word === '' ? '' : PREFIXES[name] + word;
};

const stemmed = (text: string): { french: string; english: string } => {
  const french: string[] = [];
  const english: string[] = [];
  for (const word of wordsOf(text)) {
    const stems = stemsOf(word);
    french.push(stems.french);
    english.push(stems.english);
  }
  return { french: french.join(' '), english: english.join(' ') };
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

/** In the order of the columns of `words`. */
export const wordColumns = (document: SearchDocument): string[] => {
  const title = stemmed(document.title);
  const body = stemmed(document.extra === '' ? document.body : `${document.body}\n${document.extra}`);
  const profile = document.profile === '' ? { french: '', english: '' } : stemmed(document.profile);
  return [title.french, title.english, body.french, body.english, profile.french, profile.english, filtersOf(document)];
};

/** Types that are suggested while one types: a comment has no title of its own. */
export const SUGGESTED_TYPES: readonly DocumentType[] = ['person', 'group', 'post'];

/** In the order of the columns of `titles`; undefined for what is never suggested. */
export const titleColumns = (document: SearchDocument): string[] | undefined => {
  if (!SUGGESTED_TYPES.includes(document.type)) return undefined;
  const words = wordsOf(`${document.title}\n${document.parts.handle ?? ''}`).map((word) => word.folded);
  return words.length === 0 ? undefined : [words.join(' '), filtersOf(document)];
};
