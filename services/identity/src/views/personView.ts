/** What is known of every person who was registered; personal texts stay sealed and are opened at read. */
import type { PersonKind, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { ViewSchema } from '@parvis/kit/ports/views.ts';

/** Profile attributes that one of the person's keys seals. */
export const SEALED_ATTRIBUTES = ['givenName', 'familyName', 'displayName', 'title', 'about', 'photoFileId'] as const;
export const PLAIN_ATTRIBUTES = ['department', 'site', 'managerId', 'language'] as const;
type Texts = Readonly<Record<(typeof SEALED_ATTRIBUTES)[number] | (typeof PLAIN_ATTRIBUTES)[number], string>>;

export interface PersonRow {
  readonly id: string;
  readonly kind: PersonKind;
  readonly status: 'active' | 'suspended' | 'erased';
  readonly organisationId: string;
  readonly roles: readonly PersonRole[];
  readonly sponsorId: string;
  /** 0: access does not end by itself. */
  readonly expiresAtMs: number;
  readonly profile: Texts & { readonly languages: readonly string[] };
  readonly email: string;
  readonly handle: string;
  readonly accounts: readonly { readonly issuer: string; readonly subject: string }[];
  readonly version: number;
}

export const PEOPLE = 'people';

export const peopleSchema: ViewSchema = {
  name: PEOPLE,
  version: 1,
  collections: { people: { indexes: {} } },
};
