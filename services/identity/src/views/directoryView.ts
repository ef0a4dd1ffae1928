/** The directory of people who are there (active or suspended): found by name, words and facets. Its texts are open. */
import type { PersonKind } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { ViewSchema } from '@parvis/kit/ports/views.ts';
import { foldedWords, foldText } from './foldText.ts';

export interface DirectoryRow {
  readonly id: string;
  readonly kind: PersonKind;
  readonly suspended: boolean;
  /** Invitations the person came by; who came only by withdrawn ones is no longer active. */
  readonly accepted: readonly string[];
  readonly withdrawn: readonly string[];
  readonly organisationId: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly displayName: string;
  readonly handle: string;
  readonly title: string;
  readonly photoFileId: string;
  readonly department: string;
  readonly site: string;
  readonly managerId: string;
  /** 0: access does not end by itself. */
  readonly expiresAtMs: number;
}

/**
 * How many people of one lane share kind, organisation, department, site and status. A row per lane, so that it has one
 * writer; readers add the twelve.
 */
export interface CountsRow {
  readonly counts: Readonly<Record<string, number>>;
}
export interface Combination {
  readonly kind: PersonKind;
  readonly organisationId: string;
  readonly department: string;
  readonly site: string;
  readonly active: boolean;
}

export const isListed = (row: DirectoryRow): boolean =>
  !row.suspended && (row.accepted.length === 0 || row.accepted.some((id) => !row.withdrawn.includes(id)));

export const combinationKey = (row: DirectoryRow): string =>
  JSON.stringify([row.kind, row.organisationId, row.department, row.site, isListed(row)]);
export const combinationOf = (key: string): Combination => {
  const [kind, organisationId, department, site, active] = JSON.parse(key) as [PersonKind, string, string, string, boolean];
  return { kind, organisationId, department, site, active };
};

/** The name others see. */
export const shownName = (row: Pick<DirectoryRow, 'displayName' | 'givenName' | 'familyName' | 'handle'>): string =>
  row.displayName || [row.givenName, row.familyName].filter((part) => part !== '').join(' ') || row.handle;

export const sortName = (row: DirectoryRow): string => foldText(shownName(row));
export const wordsOf = (row: DirectoryRow): string[] => foldedWords(row.displayName, row.givenName, row.familyName, row.handle, row.title);

const by = (value: (row: DirectoryRow) => string) => (row: DirectoryRow, key: string) =>
  value(row) === '' ? [] : [[value(row), sortName(row), key]];

export const DIRECTORY = 'directory';

export const directorySchema: ViewSchema = {
  name: DIRECTORY,
  version: 1,
  clearText: true,
  collections: {
    people: {
      indexes: {
        byName: (row: DirectoryRow, key) => [[sortName(row), key]],
        byWord: (row: DirectoryRow, key) => wordsOf(row).map((word) => [word, sortName(row), key]),
        byDepartment: by((row) => row.department),
        bySite: by((row) => row.site),
        byOrganisation: by((row) => row.organisationId),
        byManager: by((row) => row.managerId),
        expiring: (row: DirectoryRow, key) => (isListed(row) && row.expiresAtMs > 0 ? [[row.expiresAtMs, key]] : []),
      },
    },
    counts: { indexes: {} },
  },
};
