/** Pages of lists: limits, and cursors that tell clients nothing and fit only the list they came from. */
import { invalid } from '@parvis/kit/runtime/errors.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';

export interface PageSize {
  readonly usual: number;
  readonly most: number;
}

export const POSTS_PAGE: PageSize = { usual: 20, most: 100 };
export const COMMENTS_PAGE: PageSize = { usual: 50, most: 200 };
export const PEOPLE_PAGE: PageSize = { usual: 50, most: 200 };
export const FILES_PAGE: PageSize = { usual: 50, most: 100 };
export const REPORTS_PAGE: PageSize = { usual: 50, most: 100 };

/** 0: the usual size. @throws invalid `limit` */
export const limitOf = (limit: number, { usual, most }: PageSize): number => {
  if (limit === 0) return usual;
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw invalid('limit', `1 to ${most}`);
  return limit;
};

interface Sealed<P> {
  readonly list: string;
  readonly place: P;
}

export const cursorOf = <P>(runtime: ServiceRuntime, list: string, place: P): string =>
  runtime.sealer.seal('cursor', { list, place } satisfies Sealed<P>);

/** @param list names the list with everything that decides its order. @throws invalid `cursor` for one of another list */
export const placeOfCursor = <P>(runtime: ServiceRuntime, list: string, cursor: string): P | undefined => {
  if (cursor === '') return undefined;
  const sealed = runtime.sealer.open<Sealed<P>>('cursor', cursor);
  if (sealed.list !== list) throw invalid('cursor', 'the cursor of this very list');
  return sealed.place;
};
