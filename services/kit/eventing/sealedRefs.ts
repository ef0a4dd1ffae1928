import { metaOfType } from '@parvis/contracts/src/registry.ts';
import type { RecordedEvent } from '../ports/eventLog.ts';
import type { KeyRef } from '../ports/keyVault.ts';
import { visitTexts } from './personalFields.ts';
import { parseSealed } from './seal.ts';

/** Keys that the event's sealed fields name: one entry per field. Events of unknown types name none. */
export const sealedRefsOf = ({ type, data }: Pick<RecordedEvent, 'type' | 'data'>): KeyRef[] => {
  const known = metaOfType(type);
  if (!known || known.meta.personal.length === 0) return [];
  const event = known.family.codec.decode(data).event;
  if (!event) return [];
  const refs: KeyRef[] = [];
  for (const field of known.meta.personal) {
    visitTexts(event.value, field.path, (_holder, _key, text) => {
      const sealed = parseSealed(text);
      if (sealed) refs.push(sealed.ref);
    });
  }
  return refs;
};
