/** How a person is shown: the card everybody gets who may see them, and the whole person. */
import type { OrganisationFacts, PersonFacts } from '@parvis/access/src/facts.ts';
import { mayRead } from '@parvis/access/src/mayRead.ts';
import type { GetCardsResponse, Person, PersonCard } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { invalid, notFound } from '@parvis/kit/runtime/errors.ts';
import { isSimpleId, personStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { ATTRIBUTES } from '../domain/profileAttributes.ts';
import { DIRECTORY, type DirectoryRow, shownName } from '../views/directoryView.ts';
import { ORGANISATIONS, type OrganisationRow } from '../views/organisationView.ts';
import { PEOPLE, type PersonRow, SEALED_ATTRIBUTES } from '../views/personView.ts';
import type { Identity } from './identity.ts';
import { managedAttributes } from './settings.ts';
import { administers, isEmployee, organisationEnded, seesPerson, visiblePerson } from './standing.ts';

export const CARDS_LIMIT = 200;
/** Direct reports told on a profile. */
export const REPORTS_LIMIT = 200;

export const statusOf = (person: PersonFacts, organisation: OrganisationFacts | undefined, nowMs: number): string => {
  if (person.status !== 'active') return person.status;
  const ended = person.expiresAtMs !== undefined && person.expiresAtMs <= nowMs;
  return ended || organisationEnded(organisation, nowMs) ? 'expired' : 'active';
};

/** Texts of a card, open. */
export type CardTexts = Pick<
  DirectoryRow,
  'id' | 'kind' | 'organisationId' | 'givenName' | 'familyName' | 'displayName' | 'handle' | 'title' | 'photoFileId' | 'department' | 'site'
>;

/** What is left of an erased person: that somebody was here. */
const formerMember = (texts: CardTexts): PersonCard => ({
  id: texts.id,
  kind: texts.kind,
  displayName: '',
  handle: '',
  title: '',
  organisationId: '',
  organisationName: '',
  photoFileId: '',
  status: 'erased',
  department: '',
  site: '',
});

/** Cards as the viewer may see them: partners get the short one. The caller has asked mayRead. */
export const presentCards = async (
  identity: Identity,
  entered: Entered,
  people: readonly { facts: PersonFacts; texts: CardTexts }[],
): Promise<PersonCard[]> => {
  const { runtime } = identity;
  const organisationIds = [...new Set(people.map(({ texts }) => texts.organisationId))];
  const rows = await runtime.view(ORGANISATIONS).getMany<OrganisationRow>('organisations', organisationIds);
  const names = new Map(organisationIds.map((id, index) => [id, rows[index]?.name ?? '']));
  const facts = new Map(await Promise.all(organisationIds.map(async (id) => [id, await runtime.facts.organisation(id)] as const)));
  return people.map(({ facts: person, texts }) => {
    if (person.status === 'erased') return formerMember(texts);
    const whole = isEmployee(entered) || person.id === entered.personId;
    return {
      id: texts.id,
      kind: texts.kind,
      displayName: shownName(texts),
      handle: texts.handle,
      title: texts.title,
      organisationId: texts.organisationId,
      organisationName: names.get(texts.organisationId) ?? '',
      photoFileId: texts.photoFileId,
      status: statusOf(person, facts.get(texts.organisationId), entered.nowMs),
      department: whole ? texts.department : '',
      site: whole ? texts.site : '',
    };
  });
};

/** Rows with their personal texts opened; those of erased people are empty already. */
export const openRows = async ({ runtime }: Identity, rows: readonly PersonRow[]): Promise<PersonRow[]> => {
  const sealed = rows.flatMap((row) => {
    const stream = personStream(row.id);
    const texts = SEALED_ATTRIBUTES.map((name) => ({ stream, field: `profile.${name}`, text: row.profile[name] }));
    return [...texts, { stream, field: 'email', text: row.email }, { stream, field: 'handle', text: row.handle }];
  });
  const open = await runtime.codec.openTexts(sealed);
  const width = SEALED_ATTRIBUTES.length + 2;
  return rows.map((row, index) => {
    const texts = open.slice(index * width, (index + 1) * width);
    const profile = { ...row.profile, ...Object.fromEntries(SEALED_ATTRIBUTES.map((name, at) => [name, texts[at] as string])) };
    return { ...row, profile, email: texts[width - 2] as string, handle: texts[width - 1] as string };
  });
};

export const textsOf = ({ id, kind, organisationId, handle, profile }: PersonRow): CardTexts => ({
  id,
  kind,
  organisationId,
  handle,
  ...profile,
});

export const getCards = async (identity: Identity, entered: Entered, personIds: readonly string[]): Promise<GetCardsResponse> => {
  if (personIds.length > CARDS_LIMIT) throw invalid('personIds', `at most ${CARDS_LIMIT} ids`);
  const ids = [...new Set(personIds)].filter(isSimpleId);
  const facts = await identity.runtime.facts.persons(ids);
  const rows = await identity.runtime.view(PEOPLE).getMany<PersonRow>('people', ids);
  const asked = await Promise.all(
    facts.map(async (person, index) => {
      const row = rows[index];
      return person && row && (await seesPerson(identity, entered, person)) ? [{ facts: person, row }] : [];
    }),
  );
  const visible = asked.flat();
  const opened = await openRows(
    identity,
    visible.map(({ row }) => row),
  );
  const cards = await presentCards(
    identity,
    entered,
    visible.map((entry, index) => ({ facts: entry.facts, texts: textsOf(opened[index] as PersonRow) })),
  );
  return { cards };
};

const reportsOf = async ({ runtime }: Identity, entered: Entered, personId: string): Promise<string[]> => {
  const entries = await runtime.view(DIRECTORY).range<DirectoryRow>('people', 'byManager', { prefix: [personId], limit: REPORTS_LIMIT });
  const facts = await runtime.facts.persons(entries.map(({ key }) => key));
  return facts.flatMap((person) =>
    person?.status === 'active' && mayRead(entered.viewer, { kind: 'person-card', person, sharesGroup: false }, entered.nowMs)
      ? [person.id]
      : [],
  );
};

const editableBy = async (identity: Identity, entered: Entered, personId: string): Promise<string[]> => {
  if (administers(entered)) return [...ATTRIBUTES, 'email'];
  if (entered.personId !== personId) return [];
  const managed = await managedAttributes(identity);
  return ATTRIBUTES.filter((name) => !managed.includes(name));
};

/** @throws not-found for who is unknown or invisible */
export const getPerson = async (identity: Identity, entered: Entered, personId: string): Promise<Person> => {
  const facts = await visiblePerson(identity, entered, personId);
  const row = await identity.runtime.view(PEOPLE).get<PersonRow>('people', personId);
  if (!row) throw notFound('person');
  const [open] = (await openRows(identity, [row])) as [PersonRow];
  const [card] = await presentCards(identity, entered, [{ facts, texts: textsOf(open) }]);
  const empty = {
    card,
    profile: undefined,
    email: '',
    roles: [],
    sponsorId: '',
    expiresAt: undefined,
    editable: [],
    reportIds: [],
    accounts: [],
  };
  const whole = mayRead(entered.viewer, { kind: 'person-profile', person: facts, sharesGroup: false }, entered.nowMs);
  if (!whole || facts.status === 'erased') return { ...empty, version: whole ? row.version : 0 };
  const theirs = personId === entered.personId || administers(entered);
  const { languages, ...texts } = open.profile;
  return {
    card,
    profile: { ...texts, languages: [...languages], languagesSet: true },
    email: theirs ? open.email : '',
    roles: [...row.roles],
    sponsorId: row.sponsorId,
    expiresAt: row.expiresAtMs > 0 ? new Date(row.expiresAtMs) : undefined,
    editable: await editableBy(identity, entered, personId),
    version: row.version,
    reportIds: await reportsOf(identity, entered, personId),
    accounts: theirs ? row.accounts.map(({ issuer, subject }) => ({ issuer, subject })) : [],
  };
};
