/** What rows share. Personal texts in rows stay sealed: they are opened at read, so that destroying a key empties them. */
import type { Attachment } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';

export type RowState = 'visible' | 'hidden' | 'deleted';

export interface FileInRow {
  readonly fileId: string;
  /** Sealed under the item's stream, field `attachments.name`. */
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

export const filesInRow = (attachments: readonly Attachment[]): FileInRow[] =>
  attachments.map(({ fileId, name, mediaType, sizeBytes }) => ({ fileId, name, mediaType, sizeBytes }));

/** Milliseconds since the epoch: the commit's time, unless an import kept an older date. */
export const publishedAtMs = (event: DecodedEvent, publishedAt: Date | undefined): number => (publishedAt ?? event.at).getTime();
