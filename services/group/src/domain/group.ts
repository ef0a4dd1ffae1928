import { type GroupEvent, GroupPrivacy } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import type { Decider } from '@parvis/kit/eventing/decider.ts';
import { invalid, notFound, ruleBroken } from '@parvis/kit/runtime/errors.ts';

export type GroupStreamEvent = NonNullable<GroupEvent['event']>;

export interface GroupState {
  readonly exists: boolean;
  readonly name: string;
  readonly purpose: string;
  readonly privacy: GroupPrivacy;
  readonly admitsPartners: boolean;
  readonly language: string;
  readonly imageFileId: string;
  readonly archived: boolean;
  /** Person ids; never empty once the group exists, but for the archived group of someone erased. */
  readonly owners: readonly string[];
}

export interface GroupDetails {
  readonly name: string;
  readonly purpose: string;
  readonly language: string;
  readonly imageFileId: string;
}

/** An absent field stays as it is. */
export type DetailsWished = { readonly [K in keyof GroupDetails]?: GroupDetails[K] | undefined };

export type GroupCommand =
  | {
      readonly kind: 'create';
      readonly details: GroupDetails;
      readonly privacy: GroupPrivacy;
      readonly admitsPartners: boolean;
      readonly by: string;
    }
  | { readonly kind: 'change'; readonly details: DetailsWished; readonly by: string }
  | { readonly kind: 'changeAdmission'; readonly admitsPartners: boolean; readonly by: string }
  | {
      readonly kind: 'changePrivacy';
      readonly privacy: GroupPrivacy;
      readonly confirmedPosts: number | undefined;
      readonly confirmedReaders: number | undefined;
      readonly by: string;
    }
  | { readonly kind: 'addOwner'; readonly personId: string; readonly by: string }
  | { readonly kind: 'removeOwner'; readonly personId: string; readonly by: string }
  | { readonly kind: 'takeOver'; readonly personId: string; readonly reason: string }
  | { readonly kind: 'archive'; readonly by: string }
  | { readonly kind: 'reopen'; readonly by: string };

export const GROUP_LIMITS = { name: 100, purpose: 2000, owners: 50, reasonAtLeast: 10, reasonAtMost: 500 } as const;
export const GROUP_LANGUAGES = ['fr', 'en', ''] as const;

const initial: GroupState = {
  exists: false,
  name: '',
  purpose: '',
  privacy: GroupPrivacy.UNSPECIFIED,
  admitsPartners: false,
  language: '',
  imageFileId: '',
  archived: false,
  owners: [],
};

const evolve = (state: GroupState, event: GroupStreamEvent): GroupState => {
  switch (event.$case) {
    case 'groupCreated': {
      const { name, purpose, privacy, admitsPartners, language, imageFileId } = event.value;
      return { ...state, exists: true, name, purpose, privacy, admitsPartners, language, imageFileId };
    }
    case 'groupChanged': {
      const { name, purpose, language, imageFileId } = event.value;
      return {
        ...state,
        name: name ?? state.name,
        purpose: purpose ?? state.purpose,
        language: language ?? state.language,
        imageFileId: imageFileId ?? state.imageFileId,
      };
    }
    case 'groupPrivacyChanged':
      return { ...state, privacy: event.value.privacy };
    case 'groupPartnerAdmissionChanged':
      return { ...state, admitsPartners: event.value.admitsPartners };
    case 'groupOwnerAdded':
    case 'groupTakenOver':
      return { ...state, owners: [...state.owners.filter((id) => id !== event.value.personId), event.value.personId] };
    case 'groupOwnerRemoved':
      return { ...state, owners: state.owners.filter((id) => id !== event.value.personId) };
    case 'groupArchived':
      return { ...state, archived: true };
    case 'groupReopened':
      return { ...state, archived: false };
    default:
      return event satisfies never;
  }
};

const within = (field: string, text: string, least: number, most: number): string => {
  const tidy = text.normalize('NFC').trim();
  if (tidy.length < least || tidy.length > most) throw invalid(field, `${least} to ${most} characters`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(tidy)) throw invalid(field, 'text without control characters');
  return tidy;
};

const checkedDetails = (details: DetailsWished): DetailsWished => {
  if (details.language !== undefined && !(GROUP_LANGUAGES as readonly string[]).includes(details.language)) {
    throw invalid('language', 'fr, en or empty');
  }
  return {
    ...details,
    ...(details.name === undefined ? {} : { name: within('name', details.name.replace(/\s+/g, ' '), 1, GROUP_LIMITS.name) }),
    ...(details.purpose === undefined ? {} : { purpose: within('purpose', details.purpose, 0, GROUP_LIMITS.purpose) }),
  };
};

const mustExist = (state: GroupState): void => {
  if (!state.exists) throw notFound('group');
};
export const mustBeOpenForChange = (state: GroupState): void => {
  mustExist(state);
  if (state.archived) throw ruleBroken('group.archived', 'the group is archived; an owner may reopen it');
};

const create = (state: GroupState, command: Extract<GroupCommand, { kind: 'create' }>): GroupStreamEvent[] => {
  if (state.exists) throw ruleBroken('group.exists', 'the group exists already');
  if (command.privacy === GroupPrivacy.UNSPECIFIED) throw invalid('privacy', 'open, restricted or hidden');
  const details = { ...command.details, ...(checkedDetails(command.details) as GroupDetails) };
  const { privacy, admitsPartners, by } = command;
  return [
    { $case: 'groupCreated', value: { ...details, privacy, admitsPartners, createdBy: by } },
    { $case: 'groupOwnerAdded', value: { personId: by, by } },
  ];
};

const change = (state: GroupState, command: Extract<GroupCommand, { kind: 'change' }>): GroupStreamEvent[] => {
  mustBeOpenForChange(state);
  const wished = Object.entries(checkedDetails(command.details));
  const changed = wished.filter(([field, value]) => value !== undefined && value !== state[field as keyof GroupDetails]);
  if (changed.length === 0) return [];
  return [{ $case: 'groupChanged', value: { ...Object.fromEntries(changed), by: command.by } }];
};

const changePrivacy = (state: GroupState, command: Extract<GroupCommand, { kind: 'changePrivacy' }>): GroupStreamEvent[] => {
  mustBeOpenForChange(state);
  const { privacy, confirmedPosts, confirmedReaders, by } = command;
  if (privacy === GroupPrivacy.UNSPECIFIED) throw invalid('privacy', 'open, restricted or hidden');
  if (privacy === state.privacy) return [];
  if (privacy === GroupPrivacy.OPEN && (confirmedPosts === undefined || confirmedReaders === undefined)) {
    throw ruleBroken(
      'group.confirmation-needed',
      'opening a group needs confirmedPosts and confirmedReaders: how many posts become readable by how many people',
    );
  }
  return [
    {
      $case: 'groupPrivacyChanged',
      value: { privacy, by, confirmedPosts: confirmedPosts ?? 0, confirmedReaders: confirmedReaders ?? 0 },
    },
  ];
};

const addOwner = (state: GroupState, personId: string, by: string): GroupStreamEvent[] => {
  mustBeOpenForChange(state);
  if (state.owners.includes(personId)) return [];
  if (state.owners.length >= GROUP_LIMITS.owners) {
    throw ruleBroken('group.too-many-owners', `a group has at most ${GROUP_LIMITS.owners} owners`);
  }
  return [{ $case: 'groupOwnerAdded', value: { personId, by } }];
};

const removeOwner = (state: GroupState, personId: string, by: string): GroupStreamEvent[] => {
  mustExist(state);
  if (!state.owners.includes(personId)) return [];
  if (state.owners.length === 1) {
    throw ruleBroken('group.last-owner', 'a group is never without an owner: name another one first');
  }
  return [{ $case: 'groupOwnerRemoved', value: { personId, by } }];
};

const decide = (state: GroupState, command: GroupCommand): readonly GroupStreamEvent[] => {
  switch (command.kind) {
    case 'create':
      return create(state, command);
    case 'change':
      return change(state, command);
    case 'changePrivacy':
      return changePrivacy(state, command);
    case 'changeAdmission': {
      mustBeOpenForChange(state);
      const { admitsPartners, by } = command;
      return admitsPartners === state.admitsPartners ? [] : [{ $case: 'groupPartnerAdmissionChanged', value: { admitsPartners, by } }];
    }
    case 'addOwner':
      return addOwner(state, command.personId, command.by);
    case 'removeOwner':
      return removeOwner(state, command.personId, command.by);
    case 'takeOver': {
      mustExist(state);
      const reason = within('reason', command.reason, GROUP_LIMITS.reasonAtLeast, GROUP_LIMITS.reasonAtMost);
      if (state.owners.includes(command.personId)) return [];
      return [{ $case: 'groupTakenOver', value: { personId: command.personId, reason } }];
    }
    case 'archive':
      mustExist(state);
      return state.archived ? [] : [{ $case: 'groupArchived', value: { by: command.by } }];
    case 'reopen':
      mustExist(state);
      return state.archived ? [{ $case: 'groupReopened', value: { by: command.by } }] : [];
    default:
      return command satisfies never;
  }
};

export const groupDecider: Decider<GroupState, GroupCommand, GroupStreamEvent> = { initial, evolve, decide };
