/** Pages of the provider speak French and English. */
export type Language = 'fr' | 'en';

const known = (tag: string): Language | undefined => {
  const primary = tag.trim().toLowerCase().split(/[-_]/)[0];
  return primary === 'fr' || primary === 'en' ? primary : undefined;
};

/** First known language of `ui_locales` (in order), else of Accept-Language (by weight), else English. */
export const languageOf = (uiLocales: unknown, acceptLanguage: string | undefined): Language => {
  const asked = typeof uiLocales === 'string' ? uiLocales.split(' ') : [];
  const accepted = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';');
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find((text) => text !== undefined);
      return { tag, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((left, right) => right.weight - left.weight)
    .map(({ tag }) => tag);
  return [...asked, ...accepted].map(known).find((language) => language !== undefined) ?? 'en';
};
