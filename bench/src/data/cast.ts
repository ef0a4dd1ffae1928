/** Who and what there is in the measured networks: ids follow from numbers, so every part of the bench knows them. */
import { derivedId } from '@parvis/kit/runtime/ids.ts';
import type { Sizes } from '../sizes.ts';

/** People 0 to 63 write, wherever the reader of the feed reads; the first eight of them in the small group too. */
export const WRITERS = 64;
export const SMALL_GROUP_WRITERS = 8;
/** Reads the feed: a member of `readersGroups` groups and of no other. */
export const READER = WRITERS;

export const personId = (nth: number): string => derivedId('bench', 'person', nth);
export const groupId = (nth: number): string => derivedId('bench', 'group', nth);
/** Members of the large group beyond the people of the network: names on a list, who never sign in. */
export const absentId = (nth: number): string => derivedId('bench', 'absent', nth);
export const LARGE_GROUP = derivedId('bench', 'largeGroup');
export const SMALL_GROUP = derivedId('bench', 'smallGroup');

/** Every third group is restricted, the others are open. */
export const isOpen = (nth: number): boolean => nth % 3 !== 0;

/** The groups the reader is in lie evenly among all. */
export const readersGroupNumbers = ({ groups, readersGroups }: Sizes): number[] =>
  Array.from({ length: readersGroups }, (_, index) => Math.floor((index * groups) / readersGroups));
