/** Rows depend on events and their order within a lane alone, and counters on rows: random histories, lanes shuffled. */
import { describe, expect, it } from '@jest/globals';
import {
  InvitationIssued,
  OrganisationRegistered,
  PersonKind,
  PersonRegistered,
  PersonRole,
  Profile,
} from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Projection, RowSet } from '@parvis/kit/eventing/projection.ts';
import { laneOfStream } from '@parvis/kit/runtime/streams.ts';
import fc from 'fast-check';
import { auditProjection } from './auditProjection.ts';
import { directoryProjection } from './directoryProjection.ts';
import { type CountsRow, combinationKey, type DirectoryRow, directorySchema } from './directoryView.ts';
import { foldedWords, foldText, WORDS_LIMIT } from './foldText.ts';
import { invitationProjection } from './invitationProjection.ts';
import { organisationProjection } from './organisationProjection.ts';
import { personProjection } from './personProjection.ts';

const PROJECTIONS = [personProjection, directoryProjection, organisationProjection, invitationProjection, auditProjection];

/** Rows as the kit keeps them: only what `keys` names may be read. */
const createRows = () => {
  const rows = new Map<string, object>();
  const nameOf = (collection: string, key: string) => `${collection}/${key}`;
  const setFor = (allowed: ReadonlySet<string>): RowSet => ({
    get<R>(collection: string, key: string) {
      if (!allowed.has(nameOf(collection, key))) throw new Error(`${collection}/${key} was not named`);
      return rows.get(nameOf(collection, key)) as R | undefined;
    },
    put: (collection, key, row) => void rows.set(nameOf(collection, key), row),
    delete: (collection, key) => void rows.delete(nameOf(collection, key)),
  });
  return {
    rows,
    apply: (projection: Projection, event: DecodedEvent) =>
      projection.apply(event, setFor(new Set(projection.keys(event).map(({ collection, key }) => nameOf(collection, key))))),
  };
};

const PEOPLE = ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'];
const registered = (kind: PersonKind, department: string): AnyEvent => ({
  $case: 'personRegistered',
  value: PersonRegistered.fromPartial({
    kind,
    organisationId: 'host',
    profile: { givenName: 'Ada', department, site: 'Paris' },
    handle: 'ada',
    roles: [PersonRole.MEMBER],
  }),
});
const issued: AnyEvent = {
  $case: 'invitationIssued',
  value: InvitationIssued.fromPartial({ organisationId: 'acme', groupIds: ['g'], sponsorId: 'aaaa', secretHash: 'x' }),
};

const personEvent: fc.Arbitrary<AnyEvent> = fc.oneof(
  fc
    .constantFrom('Sales', 'Research', '')
    .map((department): AnyEvent => ({ $case: 'personProfileChanged', value: { profile: Profile.fromPartial({ department }), by: '' } })),
  fc.constantFrom<AnyEvent[]>(
    { $case: 'personSuspended', value: { by: '', reason: '' } },
    { $case: 'personReactivated', value: { by: '' } },
    { $case: 'personHandleChanged', value: { handle: 'new', handleClaim: 'c', by: '' } },
    { $case: 'personRolesChanged', value: { roles: [PersonRole.ADMINISTRATOR], by: '' } },
    { $case: 'personAccountLinked', value: { issuer: 'i', subject: 's' } },
    { $case: 'personAccountUnlinked', value: { issuer: 'i', subject: 's' } },
    { $case: 'personErased', value: { by: '', contributions: false } },
    { $case: 'personClaimLost', value: { claim: 'c' } },
  ),
);
const invitationEvent = fc.constantFrom<AnyEvent[]>(
  { $case: 'invitationAccepted', value: { groupIds: ['g'] } },
  { $case: 'invitationRevoked', value: { by: '', reason: '', note: '' } },
);
const step = fc.record({ who: fc.nat(PEOPLE.length - 1), invitation: fc.boolean(), event: personEvent, other: invitationEvent });

/** A history: everyone registered and invited first, then what happens to them. */
const historyOf = (steps: readonly { who: number; invitation: boolean; event: AnyEvent; other: AnyEvent }[]): DecodedEvent[] => {
  const planned: [string, AnyEvent][] = [
    ['organisation/host', { $case: 'organisationRegistered', value: OrganisationRegistered.fromPartial({ name: 'Host', host: true }) }],
    ...PEOPLE.flatMap((id, at): [string, AnyEvent][] => [
      [`person/${id}`, registered(at % 2 === 0 ? PersonKind.EMPLOYEE : PersonKind.PARTNER, at < 2 ? 'Sales' : '')],
      [`person/${id}/invitation/i`, issued],
    ]),
    ...steps.map(({ who, invitation, event, other }): [string, AnyEvent] =>
      invitation ? [`person/${PEOPLE[who]}/invitation/i`, other] : [`person/${PEOPLE[who]}`, event],
    ),
  ];
  const positions = new Map<number, number>();
  const versions = new Map<string, number>();
  return planned.map(([stream, event], nth) => {
    const lane = laneOfStream(stream);
    positions.set(lane, (positions.get(lane) ?? 0) + 1);
    versions.set(stream, (versions.get(stream) ?? 0) + 1);
    const place = {
      source: 'identity',
      epoch: 'e',
      lane,
      position: positions.get(lane) as number,
      stream,
      version: versions.get(stream) as number,
    };
    return { ...place, type: event.$case, at: new Date(nth), commandId: '', actor: '', traceparent: '', event };
  });
};

const rowsAfter = (projection: Projection, events: readonly DecodedEvent[]) => {
  const built = createRows();
  for (const event of events) built.apply(projection, event);
  return built.rows;
};
const byLane = (events: readonly DecodedEvent[]): DecodedEvent[] => [...events].sort((a, b) => b.lane - a.lane || a.position - b.position);

describe('identity’s views', () => {
  it('do not depend on how lanes interleave', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const events = historyOf(steps);
        for (const projection of PROJECTIONS) {
          expect(Object.fromEntries(rowsAfter(projection, byLane(events)))).toEqual(Object.fromEntries(rowsAfter(projection, events)));
        }
      }),
    );
  });

  it('count exactly the people of the directory, and nobody once erased', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const events = historyOf(steps);
        const rows = [...rowsAfter(directoryProjection, events)];
        const people = rows.filter(([name]) => name.startsWith('people/')).map(([, row]) => row as DirectoryRow);
        const expected = new Map<string, number>();
        for (const person of people) expected.set(combinationKey(person), (expected.get(combinationKey(person)) ?? 0) + 1);
        const counted = new Map<string, number>();
        for (const [, row] of rows.filter(([name]) => name.startsWith('counts/'))) {
          for (const [key, count] of Object.entries((row as CountsRow).counts)) counted.set(key, (counted.get(key) ?? 0) + count);
        }
        expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(expected));
        const erased = events.filter(({ event }) => event?.$case === 'personErased').map(({ stream }) => stream.slice('person/'.length));
        expect(people.filter(({ id }) => erased.includes(id))).toEqual([]);
      }),
    );
  });

  it('find a person under every word, with and without accents', () => {
    const rows = rowsAfter(directoryProjection, historyOf([]));
    const row = { ...(rows.get('people/aaaa') as DirectoryRow), givenName: 'Élise', familyName: 'Le Guen-Œuf', title: 'Chef de projet' };
    const index = directorySchema.collections.people?.indexes.byWord as (row: DirectoryRow, key: string) => readonly (readonly string[])[];
    expect(index(row, 'aaaa').map(([word]) => word)).toEqual(['elise', 'le', 'guen', 'oeuf', 'ada', 'chef', 'de', 'projet']);
    expect(foldText(' ŒUVRE Éte\u0301 ')).toBe('oeuvre ete');
    expect(foldedWords(Array.from({ length: 99 }, (_, nth) => `w${nth}`).join(' '))).toHaveLength(WORDS_LIMIT);
  });
});
