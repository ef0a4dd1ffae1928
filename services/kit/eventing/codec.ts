/**
 * Between messages and records: encodes the union of a stream's family, sealing its personal fields, and back.
 * AES-256-GCM; the additional data is the stream and the field, so that ciphertext can't be moved elsewhere; the sealed
 * text names its key: `s1:<personId>:<w|c>:<base64url(iv 12 | ciphertext | tag 16)>`.
 */
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import type { NewEvent, RecordedEvent } from '../ports/eventLog.ts';
import type { DecodedEvent } from './decodedEvent.ts';

export interface EventCodec {
  /** Seals and encodes events for a stream; creates nothing: the persons' keys must exist. */
  encode(stream: string, events: readonly AnyEvent[]): Promise<NewEvent[]>;
  /** Decodes records; personal fields decrypt on first access, or give ERASED. */
  open(source: string, records: readonly RecordedEvent[]): Promise<DecodedEvent[]>;
  /** Decodes records and leaves personal fields as sealed text, for rows that are opened at read. */
  keepSealed(source: string, records: readonly RecordedEvent[]): DecodedEvent[];
  /**
   * Opens sealed texts from rows. `field` is the path without list markers, e.g. `body` or `attachments.name`.
   * Texts that are not sealed come back as they are; erased ones as ERASED.
   */
  openTexts(texts: readonly { stream: string; field: string; text: string }[]): Promise<string[]>;
}
