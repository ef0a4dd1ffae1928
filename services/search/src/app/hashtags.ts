/** Most hashtags of one document that it can be filtered by. */
export const HASHTAGS_LIMIT = 50;

/** At least one letter, so that #1 stays a number; not inside a word or an address. Texts are not parsed: indexing must be quick. */
const HASHTAG = /(?<![\p{L}\p{N}/&#]|\]\()#(?=[\p{N}_]*\p{L})([\p{L}\p{N}_]{1,50})(?![\p{L}\p{N}_])/gu;

/** Lower case, without the #, in order of appearance, without repeats. */
export const hashtagsOf = (text: string): string[] => {
  if (!text.includes('#')) return [];
  const found = new Set<string>();
  for (const match of text.matchAll(HASHTAG)) {
    if (found.size >= HASHTAGS_LIMIT) break;
    found.add((match[1] as string).toLowerCase());
  }
  return [...found];
};
