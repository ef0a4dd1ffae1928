/** Groups in the index, from group's events: name and purpose. Who may see them is decided when they are asked for. */
import type { GroupEvent } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { Changes } from './changes.ts';

export type GroupCase = NonNullable<GroupEvent['event']>;

export const groupKey = (groupId: string): string => `group:${groupId}`;

const EMPTY = { postId: '', authorId: '', hashtags: [], extra: '', profile: '', hidden: false, parts: {} };

export const applyGroup = (changes: Changes, event: DecodedEvent, groupId: string, happened: GroupCase): void => {
  const key = groupKey(groupId);
  const present = changes.get(key);
  const { lane, position } = event;
  const setKind = (kind: string): void => {
    if (present) changes.put({ ...present, kind, lane, position });
  };
  switch (happened.$case) {
    case 'groupCreated': {
      const { name, purpose, language } = happened.value;
      const own = { key, type: 'group', id: groupId, groupId, kind: 'active', atMs: event.at.getTime(), lane, position } as const;
      changes.put({ ...EMPTY, ...own, title: name, body: purpose, language });
      return;
    }
    case 'groupChanged': {
      const { name, purpose, language } = happened.value;
      if (!present) return;
      const texts = { title: name ?? present.title, body: purpose ?? present.body, language: language ?? present.language };
      changes.put({ ...present, ...texts, lane, position });
      return;
    }
    case 'groupArchived':
      setKind('archived');
      return;
    case 'groupReopened':
      setKind('active');
      return;
    case 'groupPrivacyChanged':
    case 'groupPartnerAdmissionChanged':
    case 'groupOwnerAdded':
    case 'groupOwnerRemoved':
    case 'groupTakenOver':
      return;
    default:
      happened satisfies never;
      return;
  }
};
