/**
 * Joins ids with the small cards they stand for: skeleton → hydrate → present. Batched, once per id, and secondary: when a
 * card can't be had, the answer goes out without it and says so.
 */
import type { Group } from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import type { PersonCard } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import { isParvisError } from '@parvis/kit/runtime/errors.ts';
import type { Call, SecondaryPart } from '../http/call.ts';
import { HYDRATE_BATCH, ORGANISATIONS_NAMED } from '../limits.ts';

const batches = (ids: readonly string[]): string[][] => {
  const distinct = [...new Set(ids)].filter((id) => id !== '');
  const count = Math.ceil(distinct.length / HYDRATE_BATCH);
  return Array.from({ length: count }, (_, index) => distinct.slice(index * HYDRATE_BATCH, (index + 1) * HYDRATE_BATCH));
};

/** @returns the part, or the fallback with the answer marked as degraded. */
export const secondary = async <T>(call: Call, part: SecondaryPart, read: () => Promise<T>, fallback: T): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    call.degraded.add(part);
    const code = isParvisError(error) ? error.code : 'internal';
    call.ports.logger.warn({ part, code, traceId: call.traceId }, 'a secondary part of an answer is missing');
    return fallback;
  }
};

const joined = async <T extends { readonly id: string }>(
  call: Call,
  part: SecondaryPart,
  ids: readonly string[],
  read: (batch: string[]) => Promise<readonly T[]>,
): Promise<ReadonlyMap<string, T>> => {
  const pages = await Promise.all(batches(ids).map((batch) => secondary(call, part, () => read(batch), [])));
  return new Map(pages.flat().map((item) => [item.id, item]));
};

export type Cards = ReadonlyMap<string, PersonCard>;
export type Groups = ReadonlyMap<string, Group>;

/** Cards of the people the viewer may see; others are absent. */
export const cardsOf = (call: Call, personIds: readonly string[]): Promise<Cards> =>
  joined(call, 'people', personIds, async (batch) => (await call.clients.identity.getCards({ personIds: batch }, call.secondary())).cards);

export const groupsOf = (call: Call, groupIds: readonly string[]): Promise<Groups> =>
  joined(call, 'groups', groupIds, async (batch) => (await call.clients.group.getGroups({ groupIds: batch }, call.secondary())).groups);

/** Names of partner companies; partners may not see all of them, and beyond ORGANISATIONS_NAMED only numbers are told. */
export const organisationNames = async (call: Call, organisationIds: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const read = async (organisationId: string): Promise<[string, string][]> => {
    try {
      const { organisation } = await call.clients.identity.getOrganisation({ organisationId }, call.secondary());
      return organisation ? [[organisationId, organisation.name]] : [];
    } catch (error) {
      if (isParvisError(error) && (error.kind === 'not-found' || error.kind === 'forbidden')) return [];
      throw error;
    }
  };
  const ids = organisationIds.slice(0, ORGANISATIONS_NAMED);
  const names = await Promise.all(ids.map((id) => secondary(call, 'organisations', () => read(id), [])));
  return new Map(names.flat());
};

/** `degraded` of an answer: absent when nothing is missing. */
export const degradation = (call: Call): { degraded?: SecondaryPart[] } =>
  call.degraded.size === 0 ? {} : { degraded: [...call.degraded].sort() };
