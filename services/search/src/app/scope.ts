/** What the index may show a viewer: computed from the facts of this moment, for every query. */
import type { AccessFacts } from '@parvis/kit/facts/accessFacts.ts';
import type { DocumentType, SearchScope } from '@parvis/kit/ports/searchIndex.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';

/** Most people a partner finds by search: those of their groups, in the order of ids. More are not found, never too many shown. */
export const PARTNER_PEOPLE_LIMIT = 10_000;
const PAGE = 1_000;

const asksFor = (types: readonly DocumentType[], type: DocumentType): boolean => types.length === 0 || types.includes(type);

/** Everyone who shares one of the groups, the viewer included. */
const peopleOf = async (facts: AccessFacts, groupIds: readonly string[], personId: string): Promise<string[]> => {
  const people = new Set([personId]);
  for (const groupId of groupIds) {
    let after: string | undefined;
    do {
      const page = await facts.memberIds(groupId, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const id of page) if (people.size < PARTNER_PEOPLE_LIMIT) people.add(id);
      after = page.length < PAGE ? undefined : page.at(-1);
    } while (after !== undefined && people.size < PARTNER_PEOPLE_LIMIT);
  }
  return [...people];
};

/** A partner: the groups they were let into that admit partners, and who meets there. */
const partnerScope = async (facts: AccessFacts, personId: string, types: readonly DocumentType[]): Promise<SearchScope> => {
  const mine = await facts.groupIdsOf(personId);
  const groups = await facts.groups(mine);
  const groupIds = mine.filter((_, nth) => groups[nth]?.admitsPartners === true);
  const people = asksFor(types, 'person') ? await peopleOf(facts, groupIds, personId) : [];
  return { groupIds, listedGroupIds: groupIds, people, profiles: false };
};

/** An employee: open groups and memberships, but those they were banned from; names and purposes of restricted groups. */
const employeeScope = async (facts: AccessFacts, personId: string, types: readonly DocumentType[]): Promise<SearchScope> => {
  const [open, mine, banned] = await Promise.all([facts.openGroupIds(), facts.groupIdsOf(personId), facts.bannedGroupIdsOf(personId)]);
  const closed = new Set(banned);
  const groupIds = [...new Set([...open, ...mine])].filter((id) => !closed.has(id));
  const restricted = asksFor(types, 'group') ? await facts.restrictedGroupIds() : [];
  return { groupIds, listedGroupIds: [...new Set([...open, ...mine, ...restricted])], people: 'all', profiles: true };
};

export const scopeOf = (facts: AccessFacts, { viewer, personId }: Entered, types: readonly DocumentType[]): Promise<SearchScope> =>
  viewer.person.kind === 'partner' ? partnerScope(facts, personId, types) : employeeScope(facts, personId, types);
