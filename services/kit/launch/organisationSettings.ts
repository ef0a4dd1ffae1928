import { z } from 'zod';
import { listSetting } from './processConfig.ts';

/** Variables of the host company, used at the first start. */
export const organisationSettings = {
  PARVIS_ORGANISATION: z.string().min(1).max(200).default('My company'),
  PARVIS_DOMAINS: listSetting,
  PARVIS_LANGUAGE: z.enum(['fr', 'en'], { error: 'fr or en' }).default('en'),
};
