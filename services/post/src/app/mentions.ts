/** Who is mentioned: whether the author may know them, and whether they may read what mentions them. */
import { mayRead } from '@parvis/access/src/mayRead.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import type { Entered, ServiceRuntime } from '@parvis/kit/runtime/service.ts';

const mayKnow = async (runtime: ServiceRuntime, entered: Entered, personId: string): Promise<boolean> => {
  const person = await runtime.facts.person(personId);
  if (!person) return false;
  const partner = entered.viewer.person.kind === 'partner';
  const sharesGroup = partner && (await runtime.facts.sharesGroup(entered.personId, personId));
  return mayRead(entered.viewer, { kind: 'person-card', person, sharesGroup }, entered.nowMs);
};

/**
 * Those of the mentioned people who were not mentioned before must be people the author may know of.
 * @throws invalid `mentions`, in the same words for an unknown person and for one who is invisible to the author.
 */
export const mustKnow = async (
  runtime: ServiceRuntime,
  entered: Entered,
  mentions: readonly string[],
  before: readonly string[] = [],
): Promise<void> => {
  for (const personId of mentions) {
    if (before.includes(personId)) continue;
    if (!(await mayKnow(runtime, entered, personId))) throw invalid('mentions', 'people of this network');
  }
};

/** Mentioned people who may not read the group's contents and hear nothing; only those the author may see. */
export const unreachedBy = async (
  runtime: ServiceRuntime,
  entered: Entered,
  groupId: string,
  mentions: readonly string[],
): Promise<string[]> => {
  const group = await runtime.facts.group(groupId);
  if (!group) return [];
  const unreached: string[] = [];
  for (const personId of mentions) {
    if (!(await mayKnow(runtime, entered, personId))) continue;
    const viewer = await runtime.facts.viewer(personId);
    const membership = await runtime.facts.membership(groupId, personId);
    const reads = viewer !== undefined && mayRead(viewer, { kind: 'group-content', group, membership }, entered.nowMs);
    if (!reads) unreached.push(personId);
  }
  return unreached;
};
