const SPECIAL: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', ł: 'l', đ: 'd', þ: 'th', ð: 'd', ı: 'i' };

/** Text as it is sorted and searched: lower case, without accents. */
export const foldText = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[œæßøłđþðı]/g, (letter) => SPECIAL[letter] ?? '')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .trim();

/** Words of a row or a query that are looked at. */
export const WORDS_LIMIT = 24;

/** The folded words of texts, each once. */
export const foldedWords = (...texts: readonly string[]): string[] => {
  const words = texts.flatMap((text) => foldText(text).split(/[^\p{L}\p{N}]+/u)).filter((word) => word !== '');
  return [...new Set(words)].slice(0, WORDS_LIMIT);
};
