/** The kinds of post this network offers, and where their rules are. */
import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { announcement } from './kinds/announcement.ts';
import { discussion } from './kinds/discussion.ts';
import type { KindRules } from './kinds/kindRules.ts';
import { question } from './kinds/question.ts';

const RULES: ReadonlyMap<PostKind, KindRules> = new Map([
  [PostKind.DISCUSSION, discussion],
  [PostKind.QUESTION, question],
  [PostKind.ANNOUNCEMENT, announcement],
]);

const offered = [...RULES.values()].map((rules) => rules.name).join(', ');

/** @throws invalid naming the kinds on offer, for a kind that is unknown or not offered yet. */
export const rulesOf = (kind: PostKind): KindRules => {
  const rules = RULES.get(kind);
  if (!rules) throw invalid('kind', `one of ${offered}`);
  return rules;
};

/** What was written as a kind that this release no longer offers keeps the plainest rules. */
export const rulesOfWritten = (kind: PostKind): KindRules => RULES.get(kind) ?? discussion;

/** A filter of lists: unspecified for all. @throws invalid for a kind that is unknown or not offered yet. */
export const kindFilterOf = (kind: PostKind): PostKind | undefined => {
  if (kind === PostKind.UNSPECIFIED) return undefined;
  rulesOf(kind);
  return kind;
};
