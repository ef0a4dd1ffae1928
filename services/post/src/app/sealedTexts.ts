/** Opens the sealed texts of many rows in one go, so that a page asks the vault once. */
import type { Attachment } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { FileInRow } from '../views/rows.ts';

export interface SealedItem {
  readonly stream: string;
  /** Empty for comments. */
  readonly title: string;
  readonly body: string;
  readonly files: readonly FileInRow[];
  /** A moderator's own text, sealed with their key and not the author's. */
  readonly stateReason?: string;
}

export interface OpenedItem {
  /** Empty once erased. */
  readonly title: string;
  readonly body: string;
  readonly attachments: readonly Attachment[];
  readonly stateReason: string;
  readonly erased: boolean;
}

const shown = (text: string | undefined): string => (text === undefined || isErased(text) ? '' : text);

export const openItems = async (runtime: ServiceRuntime, items: readonly SealedItem[]): Promise<OpenedItem[]> => {
  const texts = items.flatMap(({ stream, title, body, files, stateReason = '' }) => [
    { stream, field: 'title', text: title },
    { stream, field: 'body', text: body },
    { stream, field: 'reason', text: stateReason },
    ...files.map(({ name }) => ({ stream, field: 'attachments.name', text: name })),
  ]);
  const opened = (await runtime.codec.openTexts(texts)).values();
  const next = (): string => opened.next().value ?? '';
  return items.map(({ files }) => {
    const [title, body, stateReason] = [next(), next(), next()];
    const names = files.map(() => next());
    const erased = [title, body, ...names].some(isErased);
    // The bytes went with the key: a file without a name can't be read either.
    const attachments = files.flatMap((file, nth) => (isErased(names[nth] ?? '') ? [] : [{ ...file, name: names[nth] ?? '' }]));
    return { title: shown(title), body: shown(body), attachments, stateReason: shown(stateReason), erased };
  });
};
