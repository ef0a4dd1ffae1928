import type { GroupEvent } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { EventCodec } from '../eventing/codec.ts';
import type { Projection } from '../eventing/projection.ts';
import { any, type EventLog } from '../ports/eventLog.ts';
import type { View } from '../ports/views.ts';
import { idsOfStream, randomId } from '../runtime/ids.ts';

/** A view for suites of the runners: a group's names in the order they were given, and who came and went. */
export interface GroupHistory {
  readonly id: string;
  readonly names: readonly string[];
  readonly events: number;
  readonly archived: boolean;
}
export interface MemberHistory {
  readonly groupId: string;
  readonly personId: string;
  readonly steps: readonly string[];
}

export const sampleSchema = (version = 1) => ({
  name: 'groupHistory',
  version,
  collections: {
    groups: {
      indexes: {
        all: (_row: GroupHistory, key: string) => [[key]],
        archived: (row: GroupHistory, key: string) => (row.archived ? [[key]] : []),
        byName: (row: GroupHistory) => row.names.map((name, nth) => [name, nth]),
      },
    },
    members: { indexes: { all: (_row: MemberHistory, key: string) => [[key]] } },
  },
});

const namesOf = (event: NonNullable<GroupEvent['event']>): string[] => {
  if (event.$case === 'groupCreated') return [event.value.name];
  return event.$case === 'groupChanged' && event.value.name !== undefined ? [event.value.name] : [];
};

/** @param check called with each event before it is applied: throws what the suite wants. */
export const sampleProjection = (check: (event: AnyEvent, stream: string) => void = () => undefined, version = 1): Projection => ({
  schema: sampleSchema(version),
  source: 'group',
  personal: 'sealed',
  keys(event) {
    const { groupId, personId } = idsOfStream(event.stream);
    if (personId !== undefined) return [{ collection: 'members', key: `${groupId}/${personId}` }];
    return [{ collection: 'groups', key: groupId ?? '' }];
  },
  apply({ event, stream }, rows) {
    const { groupId = '', personId } = idsOfStream(stream);
    if (event === undefined) return;
    if (personId !== undefined) {
      const key = `${groupId}/${personId}`;
      const row = rows.get<MemberHistory>('members', key) ?? { groupId, personId, steps: [] };
      // Put before the check: what a failed event changed must not be written.
      rows.put('members', key, { ...row, steps: [...row.steps, event.$case] });
      check(event, stream);
      return;
    }
    const change = event as NonNullable<GroupEvent['event']>;
    const row = rows.get<GroupHistory>('groups', groupId) ?? { id: groupId, names: [], events: 0, archived: false };
    const archived = change.$case === 'groupArchived' || (row.archived && change.$case !== 'groupReopened');
    rows.put('groups', groupId, { ...row, names: [...row.names, ...namesOf(change)], events: row.events + 1, archived });
    check(event, stream);
  },
});

export const created = (name: string): AnyEvent => ({
  $case: 'groupCreated',
  value: { name, purpose: '', privacy: 1, admitsPartners: false, language: 'en', imageFileId: '', createdBy: '' },
});
export const renamed = (name: string): AnyEvent => ({ $case: 'groupChanged', value: { name, by: '' } });
export const archived: AnyEvent = { $case: 'groupArchived', value: { by: '' } };
export const reopened: AnyEvent = { $case: 'groupReopened', value: { by: '' } };
export const left = (personId: string): AnyEvent => ({ $case: 'memberLeft', value: { personId } });

/** Appends events to a stream of the log. */
export const record = async (log: EventLog, codec: EventCodec, stream: string, ...events: AnyEvent[]): Promise<void> => {
  await log.append([{ stream, expected: any, events: await codec.encode(stream, events) }], {
    commandId: randomId(),
    requestHash: '',
    actor: '',
  });
};

/** Everything the view holds, as text: two of them are equal byte for byte or not at all. */
export const dump = async (view: View): Promise<string> => {
  const groups = await view.range('groups', 'all', { limit: 10_000 });
  const members = await view.range('members', 'all', { limit: 10_000 });
  const named = await view.range('groups', 'byName', { limit: 10_000 });
  const archivedGroups = await view.range('groups', 'archived', { limit: 10_000 });
  return JSON.stringify({ groups, members, named, archivedGroups }, undefined, 1);
};
