/**
 * Who may do what, as data: a row per operation (several where it matters which kind of group is asked for), a cell per
 * class of viewer. A suite compares the rows with the operations of the API, and the network suite makes every request.
 */
import { contentRows } from './contentRows.ts';
import { groupRows } from './groupRows.ts';
import { networkRows } from './networkRows.ts';
import { ownRows } from './ownRows.ts';
import type { Row } from './scenario.ts';

export const MATRIX: readonly Row[] = [...ownRows, ...networkRows, ...groupRows, ...contentRows];
