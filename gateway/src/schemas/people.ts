import { z } from 'zod';
import * as common from './common.ts';

export const personKind = z.enum(['employee', 'partner']);
export const personRole = z.enum(['member', 'moderator', 'administrator']);

export const PersonCard = z
  .strictObject({
    id: z.string(),
    kind: personKind,
    displayName: z.string().describe('Empty for someone who was erased.'),
    handle: z.string(),
    title: z.string(),
    organisation: z.strictObject({ id: z.string(), name: z.string() }),
    photoFileId: z.string().nullable(),
    status: z.string().describe('active, suspended, invited, expired or erased'),
    department: z.string(),
    site: z.string(),
  })
  .meta({ id: 'PersonCard' });

export const Profile = z
  .strictObject({
    givenName: z.string(),
    familyName: z.string(),
    displayName: z.string(),
    title: z.string(),
    about: z.string(),
    photoFileId: z.string().nullable(),
    department: z.string(),
    site: z.string(),
    managerId: z.string().nullable(),
    language: z.string(),
    languages: z.array(z.string()),
  })
  .meta({ id: 'Profile' });

export const Person = z
  .strictObject({
    card: PersonCard,
    profile: Profile.nullable().describe('Null when only the card may be seen.'),
    email: z.string().nullable().describe('Only for the person and administrators.'),
    roles: z.array(personRole),
    sponsorId: z.string().nullable(),
    expiresAt: common.utcTime.nullable(),
    editable: z.array(z.string()),
    reports: z.array(PersonCard),
    manager: PersonCard.nullable(),
    accounts: z.array(z.strictObject({ issuer: z.string(), subject: z.string() })),
    version: z.number().int(),
    degraded: common.degraded,
  })
  .meta({ id: 'Person' });

export const PeoplePage = z
  .strictObject({
    ...common.pageOf(PersonCard),
    total: z.number().int(),
    facets: z.array(z.strictObject({ name: z.string(), value: z.string(), count: z.number().int() })),
  })
  .meta({ id: 'PeoplePage' });

/** Absent: unchanged. Null: taken away. */
export const ProfileChange = z
  .strictObject({
    givenName: common.line(80).optional(),
    familyName: common.line(80).optional(),
    displayName: common.line(120, 0).optional(),
    title: common.line(120, 0).optional(),
    about: common.paragraphs(4_000, 0).optional(),
    photoFileId: common.fileId.nullable().optional(),
    department: common.line(80, 0).optional(),
    site: common.line(80, 0).optional(),
    managerId: common.personId.nullable().optional(),
    language: common.language.optional(),
    languages: z.array(common.bcp47).max(20).optional(),
  })
  .meta({ id: 'ProfileChange' });

export const handle = z
  .string()
  .max(30)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,28}[A-Za-z0-9]$/, 'a handle: 3 to 30 letters (a to z), digits, dots, dashes or underscores');

export const Registration = z
  .strictObject({
    email: common.emailAddress,
    handle: handle.optional(),
    profile: ProfileChange.extend({ givenName: common.line(80), familyName: common.line(80) }),
    roles: z.array(personRole).max(3).default([]),
  })
  .meta({ id: 'Registration' });

export const Organisation = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    host: z.boolean(),
    sponsorId: z.string().nullable(),
    sponsor: PersonCard.nullable(),
    expiresAt: common.utcTime.nullable(),
    domains: z.array(z.string()),
    state: z.string().describe('active, suspended, ended or expired'),
    people: z.number().int(),
    version: z.number().int(),
    degraded: common.degraded,
  })
  .meta({ id: 'Organisation' });

export const domain = z
  .string()
  .max(253)
  .regex(/^(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'a domain in lower case, e.g. acme.example');

export const Invitation = z
  .strictObject({
    id: z.string(),
    personId: z.string(),
    email: z.string(),
    givenName: z.string(),
    familyName: z.string(),
    organisationId: z.string(),
    groupIds: z.array(z.string()),
    sponsorId: z.string(),
    sponsor: PersonCard.nullable(),
    expiresAt: common.utcTime.nullable(),
    issuedAt: common.utcTime.nullable(),
    state: z.string().describe('open, accepted, revoked or expired'),
  })
  .meta({ id: 'Invitation' });
