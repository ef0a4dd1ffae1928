import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { metaOfType } from '@parvis/contracts/src/registry.ts';
import { createFolderReader } from '@parvis/kit/adapters/folder/blobFiles.ts';
import { openSqliteLogReader } from '@parvis/kit/adapters/sqlite/log/reader.ts';
import { openKeyStates, readStateTable } from '@parvis/kit/adapters/sqlite/snapshot.ts';
import type { RecordedEvent } from '@parvis/kit/ports/eventLog.ts';
import { BLOBS } from './folderLayout.ts';
import { readRestoredMark } from './restoredMark.ts';
import { eventsOf } from './verifyKeys.ts';

interface Carried {
  readonly authorId: string;
  readonly fileIds: readonly string[];
  readonly lane: number;
  readonly position: number;
}

/** Files an item carries after the event; undefined: as before. */
const filesAfter = ({ type, data }: RecordedEvent): { authorId?: string; fileIds: readonly string[] } | undefined => {
  const event = metaOfType(type)?.family.codec.decode(data).event;
  switch (event?.$case) {
    case 'postPublished':
    case 'commentAdded':
    case 'postEdited':
    case 'commentEdited':
      return {
        fileIds: event.value.attachments.map(({ fileId }: { fileId: string }) => fileId),
        ...(typeof event.value.authorId === 'string' ? { authorId: event.value.authorId } : {}),
      };
    case 'postDeleted':
    case 'commentDeleted':
      return { fileIds: [] };
    default:
      return undefined;
  }
};

const carriedByItems = async (dataFolder: string): Promise<Map<string, Carried>> => {
  const items = new Map<string, Carried>();
  for await (const event of eventsOf(dataFolder, 'post')) {
    const after = filesAfter(event);
    const before = items.get(event.stream);
    if (after === undefined || (before === undefined && after.fileIds.length === 0)) continue;
    const { lane, position } = event;
    items.set(event.stream, { authorId: after.authorId ?? before?.authorId ?? '', fileIds: after.fileIds, lane, position });
  }
  return items;
};

/** Whether the item still carries the file: what was read a while ago may have changed since. */
const stillCarries = async (dataFolder: string, stream: string, fileId: string): Promise<boolean> => {
  const log = openSqliteLogReader({ source: 'post', folder: join(dataFolder, 'post') });
  try {
    const records = await log.readStream(stream, { limit: 10_000 });
    const last = records.map(filesAfter).findLast((after) => after !== undefined);
    return last?.fileIds.includes(fileId) ?? false;
  } finally {
    await log.close();
  }
};

const pathOf = (dataFolder: string, fileId: string): string => join(dataFolder, BLOBS, fileId.slice(0, 2).toLowerCase(), fileId);

/** Ids of the files that post knows to be there. */
const slipsOf = (dataFolder: string): Set<string> =>
  new Set(readStateTable(join(dataFolder, 'post', 'state.db'), 'files').map(({ key }) => key));

/** Slips whose bytes are gone, looked at twice: a file that is being removed loses its bytes before its slip. */
const findLostBytes = async (dataFolder: string): Promise<string[]> => {
  const slips = slipsOf(dataFolder);
  const there = new Set<string>();
  for await (const { id } of createFolderReader(join(dataFolder, BLOBS)).all()) there.add(id);
  const lost = [...slips].filter((id) => !there.has(id));
  if (lost.length === 0) return [];
  const again = slipsOf(dataFolder);
  return lost
    .filter((id) => again.has(id) && !existsSync(pathOf(dataFolder, id)))
    .map((id) => `post: the bytes of file ${id} are not there`);
};

/**
 * Attachments that nobody can download. Not counted: files that an erasure took, and files removed between the cut of a
 * backup's logs and the copy of its state, which a restored history does not know to be removed.
 */
export const findLostFiles = async (dataFolder: string): Promise<string[]> => {
  const findings = await findLostBytes(dataFolder);
  const items = await carriedByItems(dataFolder);
  const slips = slipsOf(dataFolder);
  const restored = (await readRestoredMark(dataFolder))?.logs.post;
  const keys = openKeyStates(join(dataFolder, 'keys', 'keys.db'));
  try {
    for (const [stream, { authorId, fileIds, lane, position }] of items) {
      if (position <= (restored?.heads[lane] ?? 0)) continue;
      for (const fileId of fileIds) {
        if (slips.has(fileId) || keys.stateOf({ personId: authorId, kind: 'contributions' }) === 'destroyed') continue;
        if (await stillCarries(dataFolder, stream, fileId)) findings.push(`post: ${stream} carries file ${fileId}, which is not there`);
      }
    }
    return findings;
  } finally {
    keys.close();
  }
};
