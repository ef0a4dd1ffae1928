/** Organisations and the network's settings, as the viewer may see them. */
import { mayRead } from '@parvis/access/src/mayRead.ts';
import type {
  GetNetworkSettingsResponse,
  ListOrganisationsRequest,
  ListOrganisationsResponse,
  Organisation,
} from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { IndexKey } from '@parvis/kit/ports/views.ts';
import { forbidden, notFound } from '@parvis/kit/runtime/errors.ts';
import { isSimpleId } from '@parvis/kit/runtime/ids.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { combinationOf } from '../views/directoryView.ts';
import { ORGANISATIONS, type OrganisationRow } from '../views/organisationView.ts';
import { countedCombinations } from './directoryCounts.ts';
import type { Identity } from './identity.ts';
import { pageSize } from './paging.ts';
import { currentSettings } from './settings.ts';

const PURPOSE = 'organisations-cursor';

const stateOf = ({ state, expiresAtMs }: OrganisationRow, nowMs: number): string =>
  state === 'active' && expiresAtMs > 0 && expiresAtMs <= nowMs ? 'expired' : state;

const present = (row: OrganisationRow, people: number, nowMs: number): Organisation => ({
  id: row.id,
  name: row.name,
  host: row.host,
  sponsorId: row.sponsorId,
  expiresAt: row.expiresAtMs > 0 ? new Date(row.expiresAtMs) : undefined,
  domains: [...row.domains],
  state: stateOf(row, nowMs),
  people,
  version: row.version,
});

/** Active people by organisation. */
const peopleByOrganisation = async (identity: Identity, nowMs: number): Promise<Map<string, number>> => {
  const people = new Map<string, number>();
  for (const [key, count] of await countedCombinations(identity, nowMs)) {
    const { organisationId, active } = combinationOf(key);
    if (active) people.set(organisationId, (people.get(organisationId) ?? 0) + count);
  }
  return people;
};

/** @throws forbidden `organisations.partner` */
export const listOrganisations = async (
  identity: Identity,
  entered: Entered,
  request: ListOrganisationsRequest,
): Promise<ListOrganisationsResponse> => {
  const { viewer, nowMs } = entered;
  if (!mayRead(viewer, { kind: 'organisations' }, nowMs))
    throw forbidden('organisations.partner', 'the list of organisations is for employees');
  const { sealer } = identity.runtime;
  const size = pageSize(request.limit);
  const after = request.cursor === '' ? {} : { after: sealer.open<IndexKey>(PURPOSE, request.cursor) };
  const entries = await identity.runtime
    .view(ORGANISATIONS)
    .range<OrganisationRow>('organisations', 'byName', { limit: size + 1, ...after });
  const page = entries.slice(0, size);
  const people = await peopleByOrganisation(identity, nowMs);
  const last = page.at(-1);
  return {
    organisations: page.map(({ row }) => present(row, people.get(row.id) ?? 0, nowMs)),
    nextCursor: last && entries.length > size ? sealer.seal(PURPOSE, last.indexKey) : '',
  };
};

/** Partners know their own organisation, by its name alone. @throws not-found */
export const getOrganisation = async (identity: Identity, entered: Entered, organisationId: string): Promise<Organisation> => {
  const { viewer, nowMs } = entered;
  const row = isSimpleId(organisationId)
    ? await identity.runtime.view(ORGANISATIONS).get<OrganisationRow>('organisations', organisationId)
    : undefined;
  if (!row) throw notFound('organisation');
  if (mayRead(viewer, { kind: 'organisations' }, nowMs)) {
    return present(row, (await peopleByOrganisation(identity, nowMs)).get(row.id) ?? 0, nowMs);
  }
  if (row.id !== viewer.person.organisationId) throw notFound('organisation');
  return { ...present(row, 0, nowMs), sponsorId: '', domains: [], version: 0 };
};

/** Before sign-in only what the door shows: name, logo, colour and language. */
export const getNetworkSettings = async (identity: Identity, context: CallContext): Promise<GetNetworkSettingsResponse> => {
  const known = context.credential.kind !== 'anonymous';
  if (context.credential.kind === 'bearer') await identity.runtime.enter(context);
  else await identity.runtime.waitForTokens(context);
  const settings = await currentSettings(identity);
  return { settings: known ? settings : { ...settings, managedAttributes: [], groupCreation: '', hostOrganisationId: '', version: 0 } };
};
