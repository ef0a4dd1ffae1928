/** The codec of events (codec.ts): seals what is personal on the way in, opens it at first access on the way out. */
import { type AnyEvent, type EventMeta, familyOfStream, metaOfCase, metaOfType } from '@parvis/contracts/src/registry.ts';
import type { NewEvent, RecordedEvent } from '../ports/eventLog.ts';
import type { KeyReader, KeyRef, KeyState } from '../ports/keyVault.ts';
import { keyDestroyed, ParvisError, ruleBroken, unavailable } from '../runtime/errors.ts';
import type { EventCodec } from './codec.ts';
import { type DecodedEvent, ERASED } from './decodedEvent.ts';
import { fieldName, replaceTexts, visitTexts } from './personalFields.ts';
import { openSealed, parseSealed, type SealedText, type SealPlace, sealText } from './seal.ts';

/** Most keys asked of the vault at once. */
const KEYS_PER_CALL = 500;

type Keyring = ReadonlyMap<string, KeyState>;
const nameOf = ({ personId, kind }: KeyRef): string => `${personId}/${kind}`;

/** @param options.keys the vault behind a key cache. Keys are fetched up front, in batches; texts open when read. */
export const createEventCodec = ({ keys }: { keys: KeyReader }): EventCodec => ({
  async encode(stream, events) {
    const planned = events.map((event) => ({ event, meta: metaFor(stream, event), refs: refsOf(stream, event) }));
    const ring = await fetchKeys(
      keys,
      planned.flatMap(({ refs }) => refs),
    );
    return planned.map(({ event, meta }) => ({ type: meta.type, data: encodeEvent(stream, sealEvent(stream, event, meta, ring)) }));
  },
  async open(source, records) {
    const decoded = records.map((record) => decodeRecord(source, record));
    const refs: KeyRef[] = [];
    for (const event of decoded) visitSealed(event, (_holder, _key, sealed) => void refs.push(sealed.ref));
    const ring = await fetchKeys(keys, refs);
    for (const event of decoded) visitSealed(event, (holder, key, sealed, place) => openAtAccess(holder, key, sealed, place, ring));
    return decoded;
  },
  keepSealed: (source, records) => records.map((record) => decodeShared(source, record)),
  async openTexts(texts) {
    const parsed = texts.map(({ text }) => parseSealed(text));
    const ring = await fetchKeys(
      keys,
      parsed.flatMap((sealed) => sealed?.ref ?? []),
    );
    return texts.map((place, index) => {
      const sealed = parsed[index];
      return sealed ? openWith(sealed, place, ring) : place.text;
    });
  },
});

/**
 * A key that the vault does not know yet may just have been created: it is asked once more, and then it is the caller's
 * turn to try again later. @throws unavailable `key.unknown`
 */
const fetchKeys = async (keys: KeyReader, refs: readonly KeyRef[]): Promise<Keyring> => {
  const ring = new Map<string, KeyState>();
  const wanted = new Map(refs.map((ref) => [nameOf(ref), ref]));
  await fill(keys, [...wanted.values()], ring);
  const unknown = [...wanted].filter(([name]) => ring.get(name)?.state === 'unknown').map(([, ref]) => ref);
  await fill(keys, unknown, ring);
  const still = unknown.find((ref) => ring.get(nameOf(ref))?.state === 'unknown');
  if (still) throw unavailable('key.unknown', `the ${still.kind} key of person ${still.personId} is not known yet`);
  return ring;
};

const fill = async (keys: KeyReader, refs: readonly KeyRef[], ring: Map<string, KeyState>): Promise<void> => {
  for (let start = 0; start < refs.length; start += KEYS_PER_CALL) {
    const page = refs.slice(start, start + KEYS_PER_CALL);
    const states = await keys.get(page);
    page.forEach((ref, index) => {
      ring.set(nameOf(ref), states[index] ?? { state: 'unknown' });
    });
  }
};

const metaFor = (stream: string, event: AnyEvent): EventMeta => {
  const family = familyOfStream(stream);
  const meta = family && metaOfCase(family, event.$case);
  if (!meta) throw new Error(`${event.$case} is no event of the stream ${stream}`);
  return meta;
};

/** The person whose keys seal the event: the one its subject field names, else the one of the path. */
const subjectOf = (stream: string, event: AnyEvent, meta: EventMeta): string => {
  const subject: unknown = meta.subject === undefined ? personOfStream(stream) : event.value[meta.subject];
  if (typeof subject !== 'string' || subject === '') throw new Error(`${meta.type} of ${stream} names nobody whose keys could seal it`);
  return subject;
};

const personOfStream = (stream: string): string | undefined => {
  const [name, id] = stream.split('/');
  return name === 'person' ? id : undefined;
};

const refsOf = (stream: string, event: AnyEvent): KeyRef[] => {
  const meta = metaFor(stream, event);
  const refs: KeyRef[] = [];
  for (const field of meta.personal) {
    visitTexts(event.value, field.path, () => void refs.push({ personId: subjectOf(stream, event, meta), kind: field.key }));
  }
  return refs;
};

const sealEvent = (stream: string, event: AnyEvent, meta: EventMeta, ring: Keyring): AnyEvent => {
  let value = event.value;
  for (const field of meta.personal) {
    const place = { stream, field: fieldName(field) };
    value = replaceTexts(value, field.path, (text) => {
      const ref = { personId: subjectOf(stream, event, meta), kind: field.key };
      const key = ring.get(nameOf(ref));
      if (key?.state !== 'present') throw keyDestroyed(ref.personId);
      return sealText(text, ref, key.key, place);
    });
  }
  return { $case: event.$case, value };
};

const encodeEvent = (stream: string, event: AnyEvent): NewEvent['data'] => {
  const family = familyOfStream(stream);
  if (!family) throw new Error(`no service owns the stream ${stream}`);
  return family.codec.encode({ event }).finish();
};

const decodeRecord = (source: string, record: RecordedEvent): DecodedEvent => {
  const { epoch, lane, position, stream, version, type, at, commandId, actor, traceparent } = record;
  return { source, epoch, lane, position, stream, version, type, at, commandId, actor, traceparent, event: decodeData(record) };
};

/** Sealed events of records that several consumers of this process were handed: nobody changes them, so one decoding serves all. */
const sealedEvents = new WeakMap<RecordedEvent, DecodedEvent>();

const decodeShared = (source: string, record: RecordedEvent): DecodedEvent => {
  const known = sealedEvents.get(record);
  if (known?.source === source) return known;
  const decoded = decodeRecord(source, record);
  sealedEvents.set(record, decoded);
  return decoded;
};

/** Undefined for a type, or a case, that this release does not know. @throws ParvisError `event.undecodable` for bad bytes. */
const decodeData = ({ type, data, lane, position }: RecordedEvent): AnyEvent | undefined => {
  const known = metaOfType(type);
  if (!known) return undefined;
  try {
    return known.family.codec.decode(data).event;
  } catch (error) {
    const message = `the bytes of ${type} at lane ${lane}, position ${position} can't be read`;
    throw new ParvisError('conflict', 'event.undecodable', message, [], error);
  }
};

const visitSealed = (
  { stream, type, event }: DecodedEvent,
  visit: (holder: Record<string, unknown>, key: string, sealed: SealedText, place: SealPlace) => void,
): void => {
  const personal = event && metaOfType(type)?.meta.personal;
  if (!personal) return;
  for (const field of personal) {
    visitTexts(event.value, field.path, (holder, key, text) => {
      const sealed = parseSealed(text);
      if (sealed) visit(holder, key, sealed, { stream, field: fieldName(field) });
    });
  }
};

const openWith = (sealed: SealedText, place: SealPlace, ring: Keyring): string => {
  const key = ring.get(nameOf(sealed.ref));
  switch (key?.state) {
    case 'present':
      return openSealed(sealed, key.key, place);
    case 'destroyed':
      return ERASED;
    default:
      throw ruleBroken('key.unknown', `the key of ${place.field} was not fetched`);
  }
};

/** Replaces the text by a getter that opens it once; assigning to the field replaces the getter. */
const openAtAccess = (holder: Record<string, unknown>, key: string, sealed: SealedText, place: SealPlace, ring: Keyring): void => {
  const settle = (value: unknown): void => {
    Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
  };
  Object.defineProperty(holder, key, {
    enumerable: true,
    configurable: true,
    get() {
      const text = openWith(sealed, place, ring);
      settle(text);
      return text;
    },
    set: settle,
  });
};
