/** Row ids follow time: milliseconds times 256 and a slot, so that descending row ids are newest first. */

const SLOTS = 256;
/** The latest time a row id can hold and stay an exact number (the year 3084). */
const MAX_MS = 35_184_372_088_831;

const clamp = (atMs: number): number => Math.min(Math.max(Math.trunc(atMs), 0), MAX_MS);

/** First row id of a millisecond. */
export const firstRowId = (atMs: number): number => clamp(atMs) * SLOTS;
/** Last row id of a millisecond. */
export const lastRowId = (atMs: number): number => clamp(atMs) * SLOTS + SLOTS - 1;
/** The time of a row id: that of its document, or a little later when more than 256 shared a millisecond. */
export const timeOfRowId = (rowId: number): number => Math.floor(rowId / SLOTS);
