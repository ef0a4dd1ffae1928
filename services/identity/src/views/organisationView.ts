/** Organisations, and the network's settings, which lie on the host's stream. */
import type { ViewSchema } from '@parvis/kit/ports/views.ts';
import { foldText } from './foldText.ts';

export interface OrganisationRow {
  readonly id: string;
  readonly name: string;
  readonly host: boolean;
  readonly sponsorId: string;
  /** 0: no end. */
  readonly expiresAtMs: number;
  readonly domains: readonly string[];
  readonly state: 'active' | 'suspended' | 'ended';
  readonly version: number;
}

/** What was set; absent: the default holds. */
export interface SettingsRow {
  readonly networkName?: string;
  readonly logoFileId?: string;
  readonly primaryColour?: string;
  readonly defaultLanguage?: string;
  readonly managedAttributes?: readonly string[];
  readonly groupCreation?: string;
}

export const ORGANISATIONS = 'organisations';

export const organisationsSchema: ViewSchema = {
  name: ORGANISATIONS,
  version: 1,
  collections: {
    organisations: { indexes: { byName: (row: OrganisationRow, key) => [[foldText(row.name), key]] } },
    settings: { indexes: {} },
  },
};
