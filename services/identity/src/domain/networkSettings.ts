/** Name, logo, colours and rules of the network, as administrators set them. */
import type { NetworkSettingsChanged } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import { ATTRIBUTES, INTERFACE_LANGUAGES, isAttribute } from './profileAttributes.ts';

export const SETTINGS_LIMITS = { networkName: 80, logoFileId: 200 } as const;
const GROUP_CREATION: readonly string[] = ['employees', 'administrators'];

/** What was said so far; absent: never said. */
export interface Settings {
  readonly networkName?: string;
  readonly logoFileId?: string;
  readonly primaryColour?: string;
  readonly defaultLanguage?: string;
  readonly managedAttributes?: readonly string[];
  readonly groupCreation?: string;
}

const TEXTS = ['networkName', 'logoFileId', 'primaryColour', 'defaultLanguage', 'groupCreation'] as const;

const checks: Readonly<Record<(typeof TEXTS)[number], (text: string) => string | undefined>> = {
  networkName: (text) =>
    text !== '' && text.length <= SETTINGS_LIMITS.networkName && !/\p{Cc}/u.test(text)
      ? undefined
      : `1 to ${SETTINGS_LIMITS.networkName} characters`,
  logoFileId: (text) => (text.length <= SETTINGS_LIMITS.logoFileId && /^[A-Za-z0-9._-]*$/.test(text) ? undefined : 'the id of a file'),
  primaryColour: (text) => (/^#[0-9a-f]{6}$/i.test(text) ? undefined : 'a colour such as #1a5fb4'),
  defaultLanguage: (text) => (INTERFACE_LANGUAGES.includes(text) ? undefined : 'fr or en'),
  groupCreation: (text) => (GROUP_CREATION.includes(text) ? undefined : GROUP_CREATION.join(' or ')),
};

/** What of the change is new, checked; undefined when nothing is. @throws invalid */
export const newSettings = (settings: Settings, wished: NetworkSettingsChanged): NetworkSettingsChanged | undefined => {
  const value: NetworkSettingsChanged = { by: wished.by, managedAttributes: undefined };
  let changed = false;
  for (const name of TEXTS) {
    const text = wished[name]?.normalize('NFC').trim();
    if (text === undefined) continue;
    const expected = checks[name](text);
    if (expected) throw invalid(name, expected);
    if (text === settings[name]) continue;
    value[name] = text;
    changed = true;
  }
  if (wished.managedAttributes) {
    const names = [...new Set(wished.managedAttributes.names)].sort();
    if (!names.every(isAttribute)) throw invalid('managedAttributes', `names among ${ATTRIBUTES.join(', ')}`);
    if (settings.managedAttributes === undefined || names.join() !== settings.managedAttributes.join()) {
      value.managedAttributes = { names };
      changed = true;
    }
  }
  return changed ? value : undefined;
};

export const withSettings = (settings: Settings, change: NetworkSettingsChanged): Settings => {
  const next: Record<string, string | readonly string[]> = { ...settings };
  for (const name of TEXTS) {
    const text = change[name];
    if (text !== undefined) next[name] = text;
  }
  if (change.managedAttributes) next.managedAttributes = change.managedAttributes.names;
  return next as Settings;
};
