/** Where the next page begins. Opaque to callers; the service seals it before a client sees it. */
import { invalid } from '../../runtime/errors.ts';

export type Cursor =
  /** Newest first: the last row id looked at. */
  | { readonly kind: 'newest'; readonly below: number }
  /** Best first: the newest row id of the first page, and every row shown so far (scores drift while documents arrive). */
  | { readonly kind: 'best'; readonly top: number; readonly shown: readonly number[] };

const isRowId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

export const writeCursor = (cursor: Cursor): string => {
  const fields = cursor.kind === 'newest' ? [cursor.below] : [cursor.top, ...cursor.shown.map((rowId) => cursor.top - rowId)];
  return `${cursor.kind === 'newest' ? 'n' : 'b'}${fields.map((field) => field.toString(36)).join('.')}`;
};

/** @throws invalid `cursor` for anything `writeCursor` did not write for this order. */
export const readCursor = (text: string | undefined, kind: Cursor['kind'], mostShown: number): Cursor | undefined => {
  if (text === undefined || text === '') return undefined;
  const fields = text
    .slice(1)
    .split('.', mostShown + 2)
    .map((field) => (/^[0-9a-z]{1,11}$/.test(field) ? Number.parseInt(field, 36) : -1));
  const [first, ...rest] = fields;
  const wellFormed = text.startsWith(kind === 'newest' ? 'n' : 'b') && fields.every(isRowId) && first !== undefined;
  if (!wellFormed || rest.length > mostShown || (kind === 'newest' && rest.length > 0))
    throw invalid('cursor', 'the cursor of an earlier page');
  return kind === 'newest' ? { kind, below: first } : { kind, top: first, shown: rest.map((field) => first - field) };
};
