/**
 * Sealed texts: `s1:<personId>:<w|c>:<base64url(iv 12 | ciphertext | tag 16)>`, AES-256-GCM under a person's key, the
 * stream and the field as additional data. A text moved to another stream, field or person does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyKind, KeyRef } from '../ports/keyVault.ts';
import { type ParvisError, ruleBroken } from '../runtime/errors.ts';

const PREFIX = 's1:';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LETTERS: Readonly<Record<KeyKind, string>> = { who: 'w', contributions: 'c' };

export interface SealedText {
  readonly ref: KeyRef;
  readonly payload: string;
}

/** Where a text stands: its stream and the path of its field without list markers, e.g. `attachments.name`. */
export interface SealPlace {
  readonly stream: string;
  readonly field: string;
}

const placeData = ({ stream, field }: SealPlace): Buffer => Buffer.from(`${stream}\n${field}`, 'utf8');

export const sealText = (text: string, ref: KeyRef, key: Uint8Array, place: SealPlace): string => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(placeData(place));
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${PREFIX}${ref.personId}:${LETTERS[ref.kind]}:${sealed.toString('base64url')}`;
};

/** Undefined for a text that is not sealed. */
export const parseSealed = (text: string): SealedText | undefined => {
  if (!text.startsWith(PREFIX)) return undefined;
  const afterPerson = text.indexOf(':', PREFIX.length);
  const letter = text[afterPerson + 1];
  if (afterPerson < 0 || text[afterPerson + 2] !== ':' || (letter !== 'w' && letter !== 'c')) return undefined;
  const kind: KeyKind = letter === 'w' ? 'who' : 'contributions';
  return { ref: { personId: text.slice(PREFIX.length, afterPerson), kind }, payload: text.slice(afterPerson + 3) };
};

/**
 * @throws ParvisError `seal.broken` (a conflict: repeating does not help) when the text was not sealed for this place by
 * this key. Never ERASED: a text that was tampered with must not pass for one that its author had erased.
 */
export const openSealed = (sealed: SealedText, key: Uint8Array, place: SealPlace): string => {
  const bytes = Buffer.from(sealed.payload, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) throw broken(place);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(placeData(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8');
  try {
    return text + decipher.final('utf8');
  } catch {
    throw broken(place);
  }
};

const broken = ({ stream, field }: SealPlace): ParvisError => ruleBroken('seal.broken', `${field} of ${stream} was not sealed there`);
