/** Identity's and group's logs of a measured network. */
import { join } from 'node:path';
import { GroupCreated, GroupPrivacy, JoinedVia, type MemberJoined } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { PersonKind, PersonRegistered, PersonRole, Profile } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import { HOST_ORGANISATION_ID } from '@parvis/identity/src/service.ts';
import type { EventCodec } from '@parvis/kit/eventing/codec.ts';
import { groupStream, memberStream, personStream } from '@parvis/kit/runtime/ids.ts';
import type { Sizes } from '../sizes.ts';
import {
  absentId,
  groupId,
  isOpen,
  LARGE_GROUP,
  personId,
  READER,
  readersGroupNumbers,
  SMALL_GROUP,
  SMALL_GROUP_WRITERS,
  WRITERS,
} from './cast.ts';
import { createLogBuilder } from './logBuilder.ts';

/** When the network began. */
export const START_MS = Date.UTC(2020, 0, 1);

const personEvents = (nth: number, issuer: string): AnyEvent[] => {
  const id = personId(nth);
  const registered = PersonRegistered.fromPartial({
    kind: PersonKind.EMPLOYEE,
    organisationId: HOST_ORGANISATION_ID,
    profile: Profile.fromPartial({ givenName: `Given${nth}`, familyName: `Family${nth}`, language: nth % 2 === 0 ? 'fr' : 'en' }),
    email: `p${nth}@bench.example`,
    handle: `p${nth}.bench`,
    roles: [PersonRole.MEMBER],
  });
  return [
    { $case: 'personRegistered', value: registered },
    { $case: 'personAccountLinked', value: { issuer, subject: id } },
  ];
};

/** Each person signs in at the issuer as a subject of the same name. */
export const writePeople = async (options: { folder: string; codec: EventCodec; sizes: Sizes; issuer: string }): Promise<void> => {
  const { folder, codec, sizes, issuer } = options;
  const log = createLogBuilder(join(folder, 'identity'));
  for (let nth = 0; nth < sizes.people; nth += 1) {
    const stream = personStream(personId(nth));
    await log.add(stream, await codec.encode(stream, personEvents(nth, issuer)), new Date(START_MS));
  }
  await log.close();
};

interface BenchGroup {
  readonly id: string;
  readonly privacy: GroupPrivacy;
  readonly members: Iterable<string>;
}

function* membersOfLarge({ people, largeGroup }: Sizes): Generator<string, void> {
  const present = Math.min(people, largeGroup);
  for (let nth = 0; nth < present; nth += 1) if (nth !== READER) yield personId(nth);
  for (let nth = present - 1; nth < largeGroup; nth += 1) yield absentId(nth);
}

const firstPeople = (count: number): string[] => Array.from({ length: count }, (_, nth) => personId(nth));

/** @param withLarge the two groups that posting is compared in, of very different size, are there too */
function* groupsOf(sizes: Sizes, withLarge: boolean): Generator<BenchGroup, void> {
  const readers = new Set(readersGroupNumbers(sizes));
  for (let nth = 0; nth < sizes.groups; nth += 1) {
    const privacy = isOpen(nth) ? GroupPrivacy.OPEN : GroupPrivacy.RESTRICTED;
    yield { id: groupId(nth), privacy, members: firstPeople(readers.has(nth) ? WRITERS + 1 : WRITERS) };
  }
  if (!withLarge) return;
  const others = Array.from({ length: sizes.smallGroup - SMALL_GROUP_WRITERS }, (_, nth) => personId(READER + 1 + nth));
  yield { id: SMALL_GROUP, privacy: GroupPrivacy.RESTRICTED, members: [...firstPeople(SMALL_GROUP_WRITERS), ...others] };
  yield { id: LARGE_GROUP, privacy: GroupPrivacy.RESTRICTED, members: membersOfLarge(sizes) };
}

const joined = (person: string): AnyEvent => {
  const value: MemberJoined = {
    ...{ personId: person, via: JoinedVia.IMPORT, by: '', partner: false },
    organisationId: HOST_ORGANISATION_ID,
  };
  return { $case: 'memberJoined', value };
};

export const writeGroups = async (options: { folder: string; codec: EventCodec; sizes: Sizes; withLarge: boolean }): Promise<void> => {
  const { folder, codec, sizes, withLarge } = options;
  const log = createLogBuilder(join(folder, 'group'));
  const at = new Date(START_MS);
  for (const { id, privacy, members } of groupsOf(sizes, withLarge)) {
    const by = personId(0);
    const created = GroupCreated.fromPartial({ name: `Group ${id.slice(0, 6)}`, privacy, language: 'en', createdBy: by });
    const stream = groupStream(id);
    const events: AnyEvent[] = [
      { $case: 'groupCreated', value: created },
      { $case: 'groupOwnerAdded', value: { personId: by, by } },
    ];
    await log.add(stream, await codec.encode(stream, events), at);
    for (const person of members) {
      const member = memberStream(id, person);
      await log.add(member, await codec.encode(member, [joined(person)]), at);
    }
  }
  await log.close();
};
