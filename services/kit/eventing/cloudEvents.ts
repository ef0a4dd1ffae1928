/**
 * A recorded event as a CloudEvent in binary mode (CloudEvents 1.0.2, Kafka protocol binding): attributes are headers `ce_…`,
 * the value is the stream family's union message, personal fields sealed. What the log knows beyond the standard's attributes
 * travels as extensions, so that a consumer finds lane, position and version again.
 */
import { LANE_COUNT, type RecordedEvent } from '../ports/eventLog.ts';
import { invalid } from '../runtime/errors.ts';
import { eventIdOf } from '../runtime/ids.ts';

export interface CloudEventMessage {
  /** The stream's root: what a topic is partitioned and compacted by. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Uint8Array;
}

const SPEC_VERSION = '1.0';
const CONTENT_TYPE = 'application/protobuf';
const SOURCE_PREFIX = '/parvis/';

/** @param source service that owns the log, e.g. `group` */
export const toCloudEvent = (source: string, record: RecordedEvent): CloudEventMessage => {
  const { epoch, lane, position, stream, version, type, at, commandId, actor, traceparent } = record;
  return {
    key: stream.split('/').slice(0, 2).join('/'),
    headers: {
      ce_specversion: SPEC_VERSION,
      ce_id: eventIdOf(record),
      ce_source: `${SOURCE_PREFIX}${source}`,
      ce_type: type,
      ce_subject: stream,
      ce_time: at.toISOString(),
      ce_epoch: epoch,
      ce_lane: String(lane),
      ce_position: String(position),
      ce_streamversion: String(version),
      ce_commandid: commandId,
      ce_actor: actor,
      ...(traceparent === '' ? {} : { ce_traceparent: traceparent }),
      'content-type': CONTENT_TYPE,
    },
    value: record.data,
  };
};

const whole = (headers: Readonly<Record<string, string | undefined>>, name: string, most: number): number => {
  const number = Number(headers[name] ?? '');
  if (headers[name] === undefined || !Number.isSafeInteger(number) || number < 0 || number > most) {
    throw invalid(name, 'a whole number that fits');
  }
  return number;
};
const text = (headers: Readonly<Record<string, string | undefined>>, name: string): string => {
  const value = headers[name];
  if (value === undefined || value === '') throw invalid(name, 'a text');
  return value;
};

/** @throws invalid naming the header that is missing or wrong: such a message is not one of ours */
export const fromCloudEvent = (message: {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly value: Uint8Array;
}): { readonly source: string; readonly record: RecordedEvent } => {
  const { headers, value } = message;
  if (headers.ce_specversion !== SPEC_VERSION) throw invalid('ce_specversion', SPEC_VERSION);
  const source = text(headers, 'ce_source');
  if (!source.startsWith(SOURCE_PREFIX)) throw invalid('ce_source', `${SOURCE_PREFIX}<service>`);
  const at = new Date(text(headers, 'ce_time'));
  if (Number.isNaN(at.getTime())) throw invalid('ce_time', 'an RFC 3339 time');
  const record: RecordedEvent = {
    epoch: text(headers, 'ce_epoch'),
    lane: whole(headers, 'ce_lane', LANE_COUNT - 1),
    position: whole(headers, 'ce_position', Number.MAX_SAFE_INTEGER),
    stream: text(headers, 'ce_subject'),
    version: whole(headers, 'ce_streamversion', Number.MAX_SAFE_INTEGER),
    type: text(headers, 'ce_type'),
    data: value,
    at,
    commandId: headers.ce_commandid ?? '',
    actor: headers.ce_actor ?? '',
    traceparent: headers.ce_traceparent ?? '',
  };
  if (text(headers, 'ce_id') !== eventIdOf(record)) throw invalid('ce_id', 'epoch, lane and position of the event');
  return { source: source.slice(SOURCE_PREFIX.length), record };
};
