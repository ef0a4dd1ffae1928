/**
 * Words that say nothing about what a text is about. They are indexed (a quoted phrase may hold them) but not asked for
 * when a question has better words. Folded forms.
 */
const FRENCH =
  'a ai as au aux avec c ce ces cet cette dans de des du elle elles en est et eu il ils je la le les leur leurs lui ma mais me mes mon ' +
  'ne nos notre nous on ont ou par pas pour qu que qui sa se ses si son sont sur ta te tes toi ton tu un une vos votre vous y';
const ENGLISH =
  'a an and are as at be been but by for from has have i if in into is it its my no not of on or our so than that the their them then ' +
  'there these they this to was we were what when which who will with you your';

export const STOP_WORDS: ReadonlySet<string> = new Set(`${FRENCH} ${ENGLISH}`.split(' '));
