import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../ports/eventLog.ts';
import { fromCloudEvent, toCloudEvent } from './cloudEvents.ts';

const record: RecordedEvent = {
  epoch: 'epochone',
  lane: 7,
  position: 42,
  stream: 'group/g/post/p',
  version: 3,
  type: 'parvis.post.v1.PostEdited',
  data: new Uint8Array([1, 2, 3]),
  at: new Date('2026-05-01T10:00:00.123Z'),
  commandId: 'command',
  actor: 'person',
  traceparent: '',
};

describe('cloud events', () => {
  it('are CloudEvents 1.0 in binary mode, keyed by the root', () => {
    const message = toCloudEvent('post', record);
    expect(message.key).toBe('group/g');
    expect(message.value).toBe(record.data);
    expect(message.headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: 'epochone-7-42',
      ce_source: '/parvis/post',
      ce_type: 'parvis.post.v1.PostEdited',
      ce_subject: 'group/g/post/p',
      ce_time: '2026-05-01T10:00:00.123Z',
      'content-type': 'application/protobuf',
    });
  });

  it('bring every record back as it was', () => {
    fc.assert(
      fc.property(
        fc.record({
          lane: fc.integer({ min: 0, max: 11 }),
          position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
          version: fc.integer({ min: 1, max: 2 ** 31 }),
          at: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
          data: fc.uint8Array(),
          traceparent: fc.constantFrom('', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
        }),
        (some) => {
          const whole = { ...record, ...some };
          expect(fromCloudEvent(toCloudEvent('group', whole))).toEqual({ source: 'group', record: whole });
        },
      ),
    );
  });

  it.each([
    ['ce_specversion', '0.3'],
    ['ce_id', 'another-7-42'],
    ['ce_source', '/elsewhere/post'],
    ['ce_lane', '12'],
    ['ce_lane', '1.5'],
    ['ce_position', '-1'],
    ['ce_position', undefined],
    ['ce_time', 'yesterday'],
    ['ce_subject', ''],
  ])('refuse %s = %s', (name, value) => {
    const { headers, value: data } = toCloudEvent('post', record);
    expect(() => fromCloudEvent({ headers: { ...headers, [name]: value }, value: data })).toThrow(name);
  });
});
