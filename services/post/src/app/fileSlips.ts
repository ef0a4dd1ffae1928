/**
 * What is kept of a file beside its bytes: whose it is, what it is, what it hangs on. Rows of the state store, because
 * no log could rebuild them.
 */
import type { KeyKind } from '@parvis/kit/ports/keyVault.ts';
import type { StateStore, StateTable } from '@parvis/kit/ports/state.ts';

export const PURPOSES = ['attachment', 'photo', 'image', 'logo'] as const;
export type Purpose = (typeof PURPOSES)[number];

export interface FileSlip {
  readonly fileId: string;
  readonly ownerId: string;
  readonly purpose: Purpose;
  /** Which of the owner's keys seals bytes and name: a photo goes with who they are. */
  readonly keyKind: KeyKind;
  /** Sealed, see fileSeal.ts. */
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** Draft: nobody but its owner may have it, and it is swept after a day. */
  readonly state: 'draft' | 'attached';
  /** What it hangs on: post, comment, group or person id; `network` for the logo; empty for a draft. */
  readonly target: string;
  /** Command that attached it: its repeat finds the file taken by itself. */
  readonly commandId: string;
}

export interface UploadRecord {
  readonly fileId: string;
  readonly requestHash: string;
}

interface DraftRow {
  readonly fileId: string;
  readonly ownerId: string;
  readonly uploadCommandId: string;
}

const DIGITS = 15;
const draftKey = (createdAtMs: number, fileId: string): string => `${String(createdAtMs).padStart(DIGITS, '0')}/${fileId}`;

export interface FileSlips {
  get(fileId: string): Promise<FileSlip | undefined>;
  /** Before the first byte is stored, so that a crash leaves nothing that the sweep does not find. */
  announce(draft: DraftRow & { createdAtMs: number }): Promise<void>;
  /** The file is stored whole. */
  insert(slip: FileSlip): Promise<void>;
  upload(commandId: string): Promise<UploadRecord | undefined>;
  /** False: another upload with this command id was first. */
  insertUpload(commandId: string, record: UploadRecord): Promise<boolean>;
  /** Replaces the slip unless it changed meanwhile. */
  replace(before: FileSlip, after: FileSlip): Promise<boolean>;
  /** Forgets the slip; the bytes are the caller's to delete first. */
  forget(fileId: string, ownerId: string): Promise<void>;
  /** Uploads older than the time, oldest first. */
  draftsBefore(beforeMs: number, limit: number): Promise<(DraftRow & { key: string })[]>;
  /** The sweep is done with this upload. */
  settle(draft: DraftRow & { key: string }): Promise<void>;
  filesOf(ownerId: string, options: { after?: string; limit: number }): Promise<string[]>;
  /** The one file that a group, a person or the network uses (image, photo, logo). */
  inUse(place: string): Promise<string | undefined>;
  use(place: string, fileId: string): Promise<void>;
}

export const createFileSlips = (state: StateStore): FileSlips => {
  const slips: StateTable<FileSlip> = state.table('files');
  const drafts: StateTable<DraftRow> = state.table('fileDrafts');
  const owned: StateTable<{ readonly fileId: string }> = state.table('filesByOwner');
  const uploads: StateTable<UploadRecord> = state.table('fileUploads');
  const uses: StateTable<{ readonly fileId: string }> = state.table('fileUses');
  const ownerKey = (ownerId: string, fileId: string): string => `${ownerId}/${fileId}`;
  return {
    get: (fileId) => slips.get(fileId),
    async announce({ createdAtMs, ...row }) {
      await owned.put(ownerKey(row.ownerId, row.fileId), { fileId: row.fileId });
      await drafts.put(draftKey(createdAtMs, row.fileId), row);
    },
    insert: (slip) => slips.put(slip.fileId, slip),
    upload: (commandId) => uploads.get(commandId),
    insertUpload: (commandId, record) => uploads.insert(commandId, record),
    replace: (before, after) => slips.replace(before.fileId, before, after),
    async forget(fileId, ownerId) {
      await slips.delete(fileId);
      await owned.delete(ownerKey(ownerId, fileId));
    },
    async draftsBefore(beforeMs, limit) {
      const entries = await drafts.range('', { limit });
      const end = draftKey(beforeMs, '');
      return entries.filter(({ key }) => key < end).map(({ key, value }) => ({ ...value, key }));
    },
    async settle(draft) {
      await uploads.delete(draft.uploadCommandId);
      await drafts.delete(draft.key);
    },
    async filesOf(ownerId, { after, limit }) {
      const from = after === undefined ? {} : { after: ownerKey(ownerId, after) };
      return (await owned.range(`${ownerId}/`, { ...from, limit })).map(({ value }) => value.fileId);
    },
    inUse: async (place) => (await uses.get(place))?.fileId,
    async use(place, fileId) {
      if (fileId === '') await uses.delete(place);
      else await uses.put(place, { fileId });
    },
  };
};
