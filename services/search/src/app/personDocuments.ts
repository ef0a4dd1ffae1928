/** People in the index, from identity's events. */
import { type PersonEvent, PersonKind, type Profile } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { type DecodedEvent, isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import type { SearchDocument } from '@parvis/kit/ports/searchIndex.ts';
import type { Changes } from './changes.ts';

export type PersonCase = NonNullable<PersonEvent['event']>;

export const personKey = (personId: string): string => `person:${personId}`;

const PROFILE_PARTS = ['givenName', 'familyName', 'displayName', 'title', 'about', 'department', 'site', 'language'] as const;

/** Fields that the event names, in place of those before. */
const merged = (parts: Readonly<Record<string, string>>, profile: Profile | undefined): Record<string, string> => {
  const next = { ...parts };
  for (const name of PROFILE_PARTS) if (profile?.[name] !== undefined) next[name] = profile[name];
  return next;
};

/** The texts a person is found by: the card for everyone who may see it, what they say about themselves for colleagues. */
const textsOf = (parts: Readonly<Record<string, string>>): Pick<SearchDocument, 'title' | 'body' | 'extra' | 'profile' | 'language'> => {
  const { givenName = '', familyName = '', displayName = '', title = '', about = '', department = '', site = '' } = parts;
  const name = `${givenName} ${familyName}`.trim();
  return {
    title: displayName === '' ? name : displayName,
    body: title,
    extra: [parts.handle ?? '', department, site, displayName === '' ? '' : name].filter((text) => text !== '').join('\n'),
    profile: about,
    language: parts.language ?? '',
  };
};

/** Nothing is put for someone whose names are gone: their erasure is under way. */
const putParts = (changes: Changes, event: DecodedEvent, document: SearchDocument, parts: Record<string, string>): void => {
  if (Object.values(parts).some(isErased)) return;
  changes.put({ ...document, ...textsOf(parts), parts, lane: event.lane, position: event.position });
};

const EMPTY = { groupId: '', postId: '', authorId: '', title: '', body: '', hashtags: [], language: '', extra: '', profile: '', parts: {} };

export const applyPerson = (changes: Changes, event: DecodedEvent, personId: string, happened: PersonCase): void => {
  const key = personKey(personId);
  const present = changes.get(key);
  const change = (parts: Record<string, string>, hidden = present?.hidden ?? false): void => {
    if (present) putParts(changes, event, { ...present, hidden }, parts);
  };
  switch (happened.$case) {
    case 'personRegistered': {
      const kind = happened.value.kind === PersonKind.PARTNER ? 'partner' : 'employee';
      const { lane, position } = event;
      const own = { key, type: 'person', id: personId, kind, atMs: event.at.getTime(), lane, position, hidden: false } as const;
      putParts(changes, event, { ...EMPTY, ...own }, { ...merged({}, happened.value.profile), handle: happened.value.handle });
      return;
    }
    case 'personProfileChanged':
      change(merged(present?.parts ?? {}, happened.value.profile));
      return;
    case 'personHandleChanged':
      change({ ...present?.parts, handle: happened.value.handle });
      return;
    case 'personSuspended':
      change({ ...present?.parts }, true);
      return;
    case 'personReactivated':
      change({ ...present?.parts }, false);
      return;
    case 'personErased':
      changes.erase(personId, happened.value.contributions);
      return;
    case 'personAbandoned':
      changes.delete(key, event);
      return;
    case 'personEmailChanged':
    case 'personRolesChanged':
    case 'personAccountLinked':
    case 'personAccountUnlinked':
    case 'personSponsorChanged':
    case 'personExpiryChanged':
    case 'personClaimLost':
      return;
    default:
      happened satisfies never;
      return;
  }
};
