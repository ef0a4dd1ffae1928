/**
 * Every event the network knows: its family (the union message its streams hold), who may be handed it, and which of
 * its fields are sealed with whose key. Read from the protos at generation.
 */
import { generatedFamilies } from '../gen/registry.ts';

export type Audience = 'internal' | 'group' | 'card' | 'network' | 'self';

export interface PersonalField {
  /** Path of the field inside the event; `*` stands for each element of a list. */
  readonly path: readonly string[];
  readonly key: 'who' | 'contributions';
}

export interface EventMeta {
  /** Full message name, e.g. `parvis.group.v1.GroupCreated`. */
  readonly type: string;
  /** Name in the union, e.g. `groupCreated`. */
  readonly case: string;
  readonly audience: Audience;
  /** Field that names the person whose keys seal it; absent: the person of the stream's path. */
  readonly subject?: string;
  readonly personal: readonly PersonalField[];
}

/** A value of a family's union: what deciders and projections handle. */
export interface AnyEvent {
  readonly $case: string;
  // biome-ignore lint/suspicious/noExplicitAny: each case has its own message
  readonly value: any;
}

export interface FamilyCodec {
  encode(message: { event?: AnyEvent }): { finish(): Uint8Array };
  decode(data: Uint8Array): { event?: AnyEvent | undefined };
}

export interface Family {
  readonly name: string;
  readonly codec: FamilyCodec;
  readonly events: readonly EventMeta[];
}

export const families: ReadonlyMap<string, Family> = new Map(
  Object.entries(generatedFamilies).map(([name, family]) => [name, { name, ...family } as unknown as Family]),
);

const byType = new Map<string, { family: Family; meta: EventMeta }>();
const byCase = new Map<string, EventMeta>();
for (const family of families.values()) {
  for (const meta of family.events) {
    byType.set(meta.type, { family, meta });
    byCase.set(`${family.name}#${meta.case}`, meta);
  }
}

export const metaOfType = (type: string): { family: Family; meta: EventMeta } | undefined => byType.get(type);
export const metaOfCase = (family: Family, $case: string): EventMeta | undefined => byCase.get(`${family.name}#${$case}`);
export const allEvents = (): readonly EventMeta[] => [...byType.values()].map((entry) => entry.meta);

/** Shape of a stream's path (names at even places) → its family. */
const SHAPES: Readonly<Record<string, string>> = {
  person: 'parvis.identity.v1.PersonEvent',
  'person/invitation': 'parvis.identity.v1.InvitationEvent',
  organisation: 'parvis.identity.v1.OrganisationEvent',
  name: 'parvis.identity.v1.NameEvent',
  group: 'parvis.group.v1.GroupEvent',
  'group/member': 'parvis.group.v1.MemberEvent',
  'group/post': 'parvis.post.v1.PostEvent',
  'group/post/comment': 'parvis.post.v1.CommentEvent',
  'group/post/reaction': 'parvis.post.v1.ReactionEvent',
  'group/post/comment/reaction': 'parvis.post.v1.ReactionEvent',
  'group/post/acknowledgement': 'parvis.post.v1.AcknowledgementEvent',
  'group/report': 'parvis.post.v1.ReportEvent',
  'person/preferences': 'parvis.notification.v1.PreferencesEvent',
};

/** Family of a stream by its path, e.g. `group/G/post/P` → PostEvent. Undefined for a path no service owns. */
export const familyOfStream = (stream: string): Family | undefined => {
  const names = stream.split('/').filter((_, index) => index % 2 === 0);
  const name = SHAPES[names.join('/')];
  return name === undefined ? undefined : families.get(name);
};
