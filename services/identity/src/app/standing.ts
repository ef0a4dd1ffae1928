/** Who may ask for what: visibility first, then rights. */
import type { OrganisationFacts, PersonFacts } from '@parvis/access/src/facts.ts';
import { isActive, mayRead } from '@parvis/access/src/mayRead.ts';
import { forbidden, notFound, preconditionFailed, ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { isSimpleId } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import type { Identity } from './identity.ts';

export const administers = ({ viewer, nowMs }: Entered): boolean => mayRead(viewer, { kind: 'administration' }, nowMs);

/** @throws forbidden `administrator.needed` */
export const mustAdminister = (entered: Entered): void => {
  if (!administers(entered)) throw forbidden('administrator.needed', 'only administrators of the network may do this');
};

export const isEmployee = ({ viewer }: Entered): boolean => viewer.person.kind === 'employee';

/** True when the viewer may see the person's card. */
export const seesPerson = async ({ runtime }: Identity, entered: Entered, person: PersonFacts): Promise<boolean> => {
  const asked = !isEmployee(entered) && person.id !== entered.personId;
  const sharesGroup = asked && (await runtime.facts.sharesGroup(entered.personId, person.id));
  return mayRead(entered.viewer, { kind: 'person-card', person, sharesGroup }, entered.nowMs);
};

/** @throws not-found for someone unknown and for someone the viewer may not see, alike */
export const visiblePerson = async (identity: Identity, entered: Entered, personId: string): Promise<PersonFacts> => {
  const person = isSimpleId(personId) ? await identity.runtime.facts.person(personId) : undefined;
  if (!person || !(await seesPerson(identity, entered, person))) throw notFound('person');
  return person;
};

/** @throws precondition-failed when If-Match does not hold */
export const mustBeAt = (expected: number | undefined, version: number): void => {
  if (expected !== undefined && expected !== version) throw preconditionFailed(version);
};

/** @throws conflict `person.sponsor-inactive` unless the sponsor is an employee who is active */
export const mustSponsor = async ({ runtime }: Identity, sponsorId: string, nowMs: number): Promise<void> => {
  const sponsor = isSimpleId(sponsorId) ? await runtime.facts.person(sponsorId) : undefined;
  const organisation = sponsor && (await runtime.facts.organisation(sponsor.organisationId));
  if (sponsor?.kind !== 'employee' || !isActive(sponsor, organisation, nowMs)) {
    throw ruleBroken('person.sponsor-inactive', 'a sponsor is an active employee');
  }
};

export const organisationEnded = (organisation: OrganisationFacts | undefined, nowMs: number): boolean =>
  organisation === undefined ||
  organisation.state !== 'active' ||
  (organisation.expiresAtMs !== undefined && organisation.expiresAtMs <= nowMs);

/** @throws not-found */
export const knownOrganisation = async ({ runtime }: Identity, id: string): Promise<OrganisationFacts> => {
  const organisation = isSimpleId(id) ? await runtime.facts.organisation(id) : undefined;
  if (!organisation) throw notFound('organisation');
  return organisation;
};

/** @throws not-found, conflict `organisation.host`, `organisation.inactive` */
export const activePartnerOrganisation = async (identity: Identity, id: string, nowMs: number): Promise<void> => {
  const organisation = await knownOrganisation(identity, id);
  if (organisation.host) throw ruleBroken('organisation.host', 'partners belong to another organisation than the host');
  if (organisationEnded(organisation, nowMs)) throw ruleBroken('organisation.inactive', 'this organisation is not active');
};
