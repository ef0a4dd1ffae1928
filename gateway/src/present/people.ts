import type * as proto from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { z } from 'zod';
import type { Call } from '../http/call.ts';
import type * as schema from '../schemas/people.ts';
import { personKinds, personRoles } from './enums.ts';
import { type Cards, cardsOf, degradation } from './hydrate.ts';
import { orNull, timeOrNull } from './values.ts';

export const presentCard = (card: proto.PersonCard): z.output<typeof schema.PersonCard> => ({
  id: card.id,
  kind: personKinds.wordOr(card.kind, 'partner'),
  displayName: card.displayName,
  handle: card.handle,
  title: card.title,
  organisation: { id: card.organisationId, name: card.organisationName },
  photoFileId: orNull(card.photoFileId),
  status: card.status,
  department: card.department,
  site: card.site,
});

export const cardOrNull = (cards: Cards, personId: string): z.output<typeof schema.PersonCard> | null => {
  const card = cards.get(personId);
  return card ? presentCard(card) : null;
};

/** Cards of those of the ids that the viewer may see, in the order of the ids. */
export const cardList = (cards: Cards, personIds: readonly string[]): z.output<typeof schema.PersonCard>[] =>
  personIds.flatMap((id) => cardOrNull(cards, id) ?? []);

const presentProfile = (profile: NonNullable<proto.Person['profile']>): z.output<typeof schema.Profile> => ({
  givenName: profile.givenName ?? '',
  familyName: profile.familyName ?? '',
  displayName: profile.displayName ?? '',
  title: profile.title ?? '',
  about: profile.about ?? '',
  photoFileId: orNull(profile.photoFileId ?? ''),
  department: profile.department ?? '',
  site: profile.site ?? '',
  managerId: orNull(profile.managerId ?? ''),
  language: profile.language ?? '',
  languages: [...profile.languages],
});

export const presentPerson = async (call: Call, person: proto.Person): Promise<z.output<typeof schema.Person>> => {
  const managerId = person.profile?.managerId ?? '';
  const cards = await cardsOf(call, [...person.reportIds, managerId]);
  const card = person.card;
  if (!card) throw new Error('identity answered a person without a card');
  return {
    card: presentCard(card),
    profile: person.profile ? presentProfile(person.profile) : null,
    email: orNull(person.email),
    roles: person.roles.flatMap((role) => personRoles.word(role) ?? []),
    sponsorId: orNull(person.sponsorId),
    expiresAt: timeOrNull(person.expiresAt),
    editable: [...person.editable],
    reports: cardList(cards, person.reportIds),
    manager: cardOrNull(cards, managerId),
    accounts: person.accounts.map(({ issuer, subject }) => ({ issuer, subject })),
    version: person.version,
    ...degradation(call),
  };
};

/** The change of a profile as the proto says it: absent unchanged, empty taken away. */
export const profileOf = (change: z.output<typeof schema.ProfileChange>): NonNullable<proto.Person['profile']> => ({
  givenName: change.givenName,
  familyName: change.familyName,
  displayName: change.displayName,
  title: change.title,
  about: change.about,
  photoFileId: change.photoFileId === null ? '' : change.photoFileId,
  department: change.department,
  site: change.site,
  managerId: change.managerId === null ? '' : change.managerId,
  language: change.language,
  languages: change.languages ?? [],
  languagesSet: change.languages === undefined ? undefined : true,
});
