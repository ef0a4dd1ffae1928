import { invalid } from '@parvis/kit/runtime/errors.ts';

/** Most entries of one page, and how many when nobody says. */
export const PAGE_LIMIT = 100;
const DEFAULT_PAGE = 50;

/** @throws invalid(limit) */
export const pageSize = (limit: number): number => {
  if (limit > PAGE_LIMIT) throw invalid('limit', `at most ${PAGE_LIMIT}`);
  return limit === 0 ? DEFAULT_PAGE : limit;
};
