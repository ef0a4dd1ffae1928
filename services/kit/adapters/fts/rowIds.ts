/** Row ids follow time: milliseconds times 256 and a slot, so that descending row ids are newest first. */

import { LANE_COUNT } from '../../ports/eventLog.ts';

const SLOTS = 256;
/** The latest time a row id can hold and stay an exact number (the year 3084). */
const MAX_MS = 35_184_372_088_831;

/** Slots of each lane in a millisecond. */
const LANE_SLOTS = Math.floor(SLOTS / LANE_COUNT);

const clamp = (atMs: number): number => Math.min(Math.max(Math.trunc(atMs), 0), MAX_MS);

/** First row id of a millisecond. */
export const firstRowId = (atMs: number): number => clamp(atMs) * SLOTS;
/**
 * Where a document is put first: lanes have slots of their own and a lane is followed in order, so that documents of one
 * millisecond lie in the same order however the lanes come.
 */
export const preferredRowId = (atMs: number, lane: number, position: number): number =>
  firstRowId(atMs) + (lane % LANE_COUNT) * LANE_SLOTS + (position % LANE_SLOTS);
/** Last row id of a millisecond. */
export const lastRowId = (atMs: number): number => clamp(atMs) * SLOTS + SLOTS - 1;
/** The time of a row id: that of its document, or a little later when more than 256 shared a millisecond. */
export const timeOfRowId = (rowId: number): number => Math.floor(rowId / SLOTS);
