/** The attributes of a profile: their names, limits, who may edit which, and what of a change is really new. */
import type { Profile } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';

export const TEXT_ATTRIBUTES = [
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
] as const;
export type TextAttribute = (typeof TEXT_ATTRIBUTES)[number];

/** Everything of a person that somebody edits; e-mail addresses are the administrators' in any case. */
export const ATTRIBUTES = [...TEXT_ATTRIBUTES, 'languages', 'handle'] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** What the company manages until an administrator says otherwise. */
export const DEFAULT_MANAGED: readonly Attribute[] = ['givenName', 'familyName', 'department', 'site', 'managerId'];

/** Longest text of each attribute, in UTF-16 units. */
export const PROFILE_LIMITS: Readonly<Record<TextAttribute, number>> = {
  givenName: 80,
  familyName: 80,
  displayName: 120,
  title: 120,
  about: 4000,
  photoFileId: 200,
  department: 80,
  site: 80,
  managerId: 40,
  language: 2,
};
export const LANGUAGES_LIMIT = 20;
export const REASON_LIMIT = 500;

/** Languages of the interface. */
export const INTERFACE_LANGUAGES: readonly string[] = ['fr', 'en'];
const LANGUAGE_TAG = /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/;
/** Control characters, and the marks that turn the direction of the text around them. */
const HIDDEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
const hidesSomething = (text: string, lines: boolean): boolean => HIDDEN.test(lines ? text.replaceAll('\n', ' ') : text);

export const isAttribute = (name: string): name is Attribute => (ATTRIBUTES as readonly string[]).includes(name);

/** A person's profile with every attribute said. */
export type FullProfile = Readonly<Record<TextAttribute, string>> & { readonly languages: readonly string[] };

export const EMPTY_PROFILE: FullProfile = {
  givenName: '',
  familyName: '',
  displayName: '',
  title: '',
  about: '',
  photoFileId: '',
  department: '',
  site: '',
  managerId: '',
  language: '',
  languages: [],
};

const cleanText = (attribute: TextAttribute, text: string): string => {
  const lines = attribute === 'about';
  const clean = (lines ? text.replace(/\r\n?/g, '\n') : text).normalize('NFC').trim();
  if (clean.length > PROFILE_LIMITS[attribute]) throw invalid(`profile.${attribute}`, `at most ${PROFILE_LIMITS[attribute]} characters`);
  if (hidesSomething(clean, lines)) throw invalid(`profile.${attribute}`, 'text without control characters');
  if (attribute === 'language' && clean !== '' && !INTERFACE_LANGUAGES.includes(clean)) throw invalid('profile.language', 'fr or en');
  return clean;
};

/**
 * A profile as it is stored: trimmed, NFC, within limits; what was absent stays absent.
 * @throws invalid(profile.ATTRIBUTE)
 */
export const cleanProfile = (profile: Profile | undefined): Profile => {
  const clean: Profile = { languages: [] };
  if (!profile) return clean;
  for (const attribute of TEXT_ATTRIBUTES) {
    const text = profile[attribute];
    if (text !== undefined) clean[attribute] = cleanText(attribute, text);
  }
  if (profile.languagesSet) {
    const languages = [...new Set(profile.languages.map((tag) => tag.trim()))];
    if (languages.length > LANGUAGES_LIMIT) throw invalid('profile.languages', `at most ${LANGUAGES_LIMIT} languages`);
    if (!languages.every((tag) => LANGUAGE_TAG.test(tag))) throw invalid('profile.languages', 'BCP 47 tags such as fr or pt-BR');
    clean.languages = languages;
    clean.languagesSet = true;
  }
  return clean;
};

/** A name as somebody else said it (an identity provider): made to fit, for nobody could correct it there. */
export const fittingName = (text: string): string =>
  [
    ...text
      .normalize('NFC')
      .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ')
      .trim(),
  ]
    .slice(0, PROFILE_LIMITS.givenName / 2)
    .join('')
    .trim();

export const cleanReason = (reason: string, field = 'reason'): string => {
  const clean = reason.normalize('NFC').trim();
  if (clean.length > REASON_LIMIT) throw invalid(field, `at most ${REASON_LIMIT} characters`);
  if (hidesSomething(clean, true)) throw invalid(field, 'text without control characters');
  return clean;
};

/** The profile after a change. */
export const withChange = (profile: FullProfile, change: Profile | undefined): FullProfile => {
  if (!change) return profile;
  const next: Record<TextAttribute, string> & { languages: readonly string[] } = { ...profile };
  for (const attribute of TEXT_ATTRIBUTES) {
    const text = change[attribute];
    if (text !== undefined) next[attribute] = text;
  }
  if (change.languagesSet) next.languages = change.languages;
  return next;
};

/** What of the change is new, and the names of those attributes; saying again what holds is no change. */
export const newIn = (profile: FullProfile, change: Profile): { change: Profile; attributes: Attribute[] } => {
  const attributes: Attribute[] = [];
  const left: Profile = { languages: [] };
  for (const attribute of TEXT_ATTRIBUTES) {
    const text = change[attribute];
    if (text === undefined || text === profile[attribute]) continue;
    left[attribute] = text;
    attributes.push(attribute);
  }
  if (change.languagesSet && change.languages.join() !== profile.languages.join()) {
    left.languages = change.languages;
    left.languagesSet = true;
    attributes.push('languages');
  }
  return { change: left, attributes };
};
