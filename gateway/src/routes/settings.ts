import { z } from 'zod';
import { identityCommand, present, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { orNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';

const colour = z.string().regex(/^#[0-9a-f]{6}$/, 'a colour like #1a2b3c');
const groupCreation = z.enum(['employees', 'administrators']);
const MANAGED = [
  'givenName',
  'familyName',
  'displayName',
  'title',
  'about',
  'photoFileId',
  'department',
  'site',
  'managerId',
  'language',
  'languages',
  'handle',
] as const;

const branding = {
  networkName: z.string(),
  logoFileId: z.string().nullable(),
  primaryColour: z.string(),
  defaultLanguage: z.string(),
};
const Branding = z.strictObject(branding).meta({ id: 'Branding', description: 'What the sign-in page shows.' });
const Settings = z
  .strictObject({
    ...branding,
    managedAttributes: z.array(z.string()),
    groupCreation: z.string(),
    hostOrganisationId: z.string(),
    version: z.number().int(),
  })
  .meta({ id: 'Settings' });

const described = { tag: 'settings' } as const;

export const settings: readonly Operation[] = [
  operation({
    ...described,
    operationId: 'getBranding',
    method: 'GET',
    path: '/branding',
    summary: 'Name and looks of the network, also before signing in',
    auth: 'public',
    rateClass: 'read',
    response: Branding,
    async handler(call) {
      const answer = await call.clients.identity.getNetworkSettings({}, call.context());
      const { networkName, logoFileId, primaryColour, defaultLanguage } = present(answer.settings, 'the settings');
      return { body: { networkName, logoFileId: orNull(logoFileId), primaryColour, defaultLanguage } };
    },
  }),
  operation({
    ...described,
    operationId: 'getSettings',
    method: 'GET',
    path: '/settings',
    summary: 'Settings of the network',
    auth: 'person',
    rateClass: 'read',
    response: Settings,
    async handler(call) {
      const answer = await call.clients.identity.getNetworkSettings({}, call.context());
      const { logoFileId, managedAttributes, ...rest } = present(answer.settings, 'the settings');
      const { networkName, primaryColour, defaultLanguage, hostOrganisationId, version } = rest;
      const looks = { networkName, logoFileId: orNull(logoFileId), primaryColour, defaultLanguage };
      const rules = { managedAttributes: [...managedAttributes], groupCreation: rest.groupCreation, hostOrganisationId };
      return { body: { ...looks, ...rules, version }, version };
    },
  }),
  operation({
    ...described,
    operationId: 'changeSettings',
    method: 'PATCH',
    path: '/settings',
    summary: 'Administrators: change name, looks and rules',
    auth: 'person',
    rateClass: 'write',
    idempotent: true,
    ifMatch: true,
    body: z.strictObject({
      networkName: common.line(80).optional(),
      logoFileId: common.fileId.nullable().optional(),
      primaryColour: colour.optional(),
      defaultLanguage: common.language.optional(),
      managedAttributes: z.array(z.enum(MANAGED)).max(MANAGED.length).optional(),
      groupCreation: groupCreation.optional(),
    }),
    response: common.Written,
    async handler(call, { body }) {
      const { networkName, primaryColour, defaultLanguage, managedAttributes, groupCreation: rule } = body;
      const value = {
        networkName,
        logoFileId: body.logoFileId === null ? '' : body.logoFileId,
        primaryColour,
        defaultLanguage,
        managedAttributes: managedAttributes ? { names: managedAttributes } : undefined,
        groupCreation: rule,
      };
      return written(await identityCommand(call, { $case: 'changeNetworkSettings', value }));
    },
  }),
];
