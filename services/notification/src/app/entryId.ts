/**
 * Ids of entries: the place in a source's log, enciphered so that it tells no volumes, the same at every read so that
 * clients may keep it. One AES block holds it all, which makes the cipher a plain permutation of 16 bytes; a third of
 * the block is fixed, so a made-up id is refused.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { type Entry, INBOX_SOURCES, type InboxSource } from './entry.ts';

const BLOCK = 16;
const MARK = Buffer.from('inbox');
const PURPOSE = 'notification-id';

export type LogPlace = Pick<Entry, 'source' | 'lane' | 'position'>;

export const entryIdOf = ({ sealer }: Pick<ServiceRuntime, 'sealer'>, place: LogPlace): string => {
  const block = Buffer.alloc(BLOCK);
  MARK.copy(block);
  block.writeUInt8(INBOX_SOURCES.indexOf(place.source), 5);
  block.writeUInt16BE(place.lane, 6);
  block.writeBigUInt64BE(BigInt(place.position), 8);
  const cipher = createCipheriv('aes-256-ecb', sealer.derive(PURPOSE), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
};

/** @throws invalid for an id this network did not hand out. */
export const placeOfEntryId = ({ sealer }: Pick<ServiceRuntime, 'sealer'>, id: string): LogPlace => {
  const sealed = Buffer.from(id, 'base64url');
  if (sealed.length !== BLOCK) throw invalid('notificationIds', 'ids of notifications');
  const decipher = createDecipheriv('aes-256-ecb', sealer.derive(PURPOSE), null).setAutoPadding(false);
  const block = Buffer.concat([decipher.update(sealed), decipher.final()]);
  const source: InboxSource | undefined = INBOX_SOURCES[block.readUInt8(5)];
  if (!block.subarray(0, MARK.length).equals(MARK) || source === undefined) throw invalid('notificationIds', 'ids of notifications');
  return { source, lane: block.readUInt16BE(6), position: Number(block.readBigUInt64BE(8)) };
};
