import { describe, expect, it } from '@jest/globals';
import { COMMIT_LIMITS } from '../../../ports/eventLog.ts';
import { createAppendQueue, type PendingAppend, QUEUE_LIMITS } from './appendQueue.ts';

interface Waiting extends PendingAppend<string> {}

const waiting = (answer: string, lane = 0, { events = 1, bytes = 100 } = {}): Waiting => ({
  request: { lane, writes: [], commandId: answer, requestHash: '', actor: '', traceparent: '' },
  events,
  bytes,
  answer,
});
const names = (batch: readonly Waiting[]): string[] => batch.map(({ answer }) => answer);
const filled = (...appends: Waiting[]) => {
  const queue = createAppendQueue<Waiting>();
  for (const append of appends) queue.add(append);
  return queue;
};
const many = (count: number, lane = 0, cost = {}): Waiting[] =>
  Array.from({ length: count }, (_, nth) => waiting(`${lane}.${nth}`, lane, cost));

describe('queue of appends', () => {
  it('gives all lanes at once, each in the order they came', () => {
    const queue = filled(waiting('a1', 1), waiting('b1', 2), waiting('a2', 1));
    expect(names(queue.take(100))).toEqual(['a1', 'a2', 'b1']);
    expect([queue.size(), queue.take(100)]).toEqual([0, []]);
  });

  it.each([
    ['commands', COMMIT_LIMITS.commands, {}],
    ['events', COMMIT_LIMITS.events / 8, { events: 8 }],
    ['bytes', 8, { bytes: COMMIT_LIMITS.bytes / 8 }],
  ])('takes of one lane what a commit may hold: %s', (_name, most, cost) => {
    const queue = filled(...many(most + 1, 0, cost), waiting('other', 1));
    expect(queue.take(1_000)).toHaveLength(most + 1);
    expect(names(queue.take(1_000))).toEqual([`0.${most}`]);
  });

  it('takes no more than it is asked to, of another lane first each time', () => {
    const queue = filled(...many(3, 0), ...many(3, 1), ...many(3, 2));
    const taken = Array.from({ length: 3 }, () => names(queue.take(1))[0]);
    expect(new Set(taken.map((name) => name?.[0])).size).toBe(3);
  });

  it('never lets an append overtake one of its lane that did not fit', () => {
    const queue = filled(waiting('first', 0, { events: 200 }), waiting('large', 0, { events: 200 }), waiting('small', 0));
    expect(names(queue.take(10))).toEqual(['first']);
    expect(names(queue.take(10))).toEqual(['large', 'small']);
  });

  it('puts back what was not written before everything else', () => {
    const queue = filled(...many(3));
    const taken = queue.take(2);
    queue.add(waiting('late'));
    queue.putBack(taken);
    expect(queue.size()).toBe(4);
    expect(names(queue.take(10))).toEqual(['0.0', '0.1', '0.2', 'late']);
  });

  it('forgets what is removed, and frees its place', () => {
    const large = waiting('large', 0, { bytes: QUEUE_LIMITS.bytes });
    const queue = filled(large);
    expect(() => queue.add(waiting('more'))).toThrow(expect.objectContaining({ code: 'log.overloaded' }));
    queue.remove(large);
    queue.remove(large);
    queue.add(waiting('more'));
    expect(names(queue.takeAll())).toEqual(['more']);
    expect(queue.size()).toBe(0);
  });

  it(`holds ${QUEUE_LIMITS.appends} appends and no more`, () => {
    const queue = filled(...many(QUEUE_LIMITS.appends));
    expect(() => queue.add(waiting('more'))).toThrow(expect.objectContaining({ kind: 'unavailable', code: 'log.overloaded' }));
    queue.take(1);
    queue.add(waiting('more'));
  });
});
