/** The last gate: every document passes `mayRead` before it is shown, whatever the index thought. */
import { type Item, mayRead } from '@parvis/access/src/mayRead.ts';
import type { AccessFacts } from '@parvis/kit/facts/accessFacts.ts';
import type { SearchDocument } from '@parvis/kit/ports/searchIndex.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';

const distinct = (ids: readonly string[]): string[] => [...new Set(ids)];

/** Facts of a page's groups and people, in a few reads. */
const itemsOf = async (facts: AccessFacts, entered: Entered, documents: readonly SearchDocument[]): Promise<(Item | undefined)[]> => {
  const groupIds = distinct(documents.filter((document) => document.type !== 'person').map((document) => document.groupId));
  const personIds = distinct(documents.filter((document) => document.type === 'person').map((document) => document.id));
  const partner = entered.viewer.person.kind === 'partner';
  const [groups, memberships, persons, shares] = await Promise.all([
    facts.groups(groupIds),
    facts.memberships(entered.personId, groupIds),
    facts.persons(personIds),
    Promise.all(personIds.map((id) => (partner ? facts.sharesGroup(entered.personId, id) : false))),
  ]);
  return documents.map((document): Item | undefined => {
    if (document.type === 'person') {
      const nth = personIds.indexOf(document.id);
      const person = persons[nth];
      return person && { kind: 'person-card', person, sharesGroup: shares[nth] === true };
    }
    const nth = groupIds.indexOf(document.groupId);
    const group = groups[nth];
    return group && { kind: document.type === 'group' ? 'group-card' : 'group-content', group, membership: memberships[nth] };
  });
};

/** Those the viewer may read, in their order. Unknown groups and people are closed. */
export const readable = async (facts: AccessFacts, entered: Entered, documents: readonly SearchDocument[]): Promise<SearchDocument[]> => {
  const items = await itemsOf(facts, entered, documents);
  return documents.filter((_, nth) => {
    const item = items[nth];
    return item !== undefined && mayRead(entered.viewer, item, entered.nowMs);
  });
};
