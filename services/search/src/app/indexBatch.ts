import type { DecodedEvent } from '@parvis/kit/eventing/decodedEvent.ts';
import type { SearchDocument, SearchIndex, SearchIndexWrite } from '@parvis/kit/ports/searchIndex.ts';
import { createChanges } from './changes.ts';
import { applyEvent, keyOfStream } from './documents.ts';

/** What a batch of one lane's events changes, on top of what the index holds. */
export const changesOf = async (
  index: Pick<SearchIndex, 'get'>,
  events: readonly DecodedEvent[],
): Promise<Omit<SearchIndexWrite, 'marks'>> => {
  const keys = [...new Set(events.map((event) => keyOfStream(event.stream)).filter((key) => key !== undefined))];
  const present = new Map<string, SearchDocument>();
  for (const document of await index.get(keys)) if (document) present.set(document.key, document);
  const changes = createChanges(present);
  for (const event of events) applyEvent(changes, event);
  return changes.batch();
};
