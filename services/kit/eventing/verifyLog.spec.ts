import { describe, expect, it } from '@jest/globals';
import type { CommandRecord, RecordedEvent } from '../ports/eventLog.ts';
import type { LogReader } from '../ports/logTransfer.ts';
import { laneOf } from '../runtime/streams.ts';
import { createManualClock } from '../testing/manualClock.ts';
import { createLogModel, createMemoryEventLog, type LogModel } from '../testing/memoryEventLog.ts';
import { createMemoryKeys } from '../testing/memoryKeys.ts';
import { createCommandExecutor } from './commandExecutor.ts';
import { createEventCodec } from './eventCodec.ts';
import { MOST_FINDINGS, verifyLog } from './verifyLog.ts';

const root = 'group/g';
const lane = laneOf(root);

/** A sound log of four events by two commands, and the means to spoil it. */
const setup = async () => {
  const clock = createManualClock();
  const model = createLogModel('e');
  const log = createMemoryEventLog({ source: 'post', clock, model });
  const executor = createCommandExecutor(log, createEventCodec({ keys: createMemoryKeys('anna') }));
  for (const commandId of ['one', 'two']) {
    clock.step(1_000);
    await executor.execute(root, { commandId, requestHash: '', actor: 'anna' }, async (transaction) => {
      for (const post of ['p', 'q'])
        transaction.append(`${root}/post/${commandId}${post}`, [{ $case: 'postClosed', value: { by: 'anna' } }]);
    });
  }
  return { log, model, events: model.lanes[lane] as RecordedEvent[] };
};

const found = async (log: LogReader & { integrity?(): string[] }) =>
  (await verifyLog(log)).findings.map(({ code, position }) => [code, position]);

const change = (events: RecordedEvent[], position: number, over: Partial<RecordedEvent>): void => {
  events[position - 1] = { ...(events[position - 1] as RecordedEvent), ...over };
};
const recordOf = (model: LogModel, commandId: string): CommandRecord => model.commands[lane]?.get(commandId) as CommandRecord;

describe('verifyLog', () => {
  it('finds nothing wrong with a sound log', async () => {
    const { log } = await setup();
    expect(await verifyLog(log)).toEqual({ source: 'post', events: 4, commands: 2, streams: 4, findings: [] });
  });

  it.each<[string, [string, number | undefined][], (events: RecordedEvent[], model: LogModel) => void]>([
    ['a missing position', [['position', 4]], (events) => events.splice(2, 1) && change(events, 3, {})],
    ['a version that jumps', [['version', 3]], (events) => change(events, 3, { version: 2 })],
    ['a date that goes back', [['date', 3]], (events) => change(events, 3, { at: new Date(0) })],
    ['a stream of another lane', [['lane', 2]], (events) => change(events, 2, { stream: 'group/elsewhere/post/p' })],
    [
      'a stream that is no path',
      [
        ['lane', 2],
        ['event', 2],
      ],
      (events) => change(events, 2, { stream: 'nothing' }),
    ],
    ['a type of nobody', [['event', 1]], (events) => change(events, 1, { type: 'parvis.post.v1.Nothing' })],
    [
      'a type of another stream',
      [
        ['event', 1],
        ['event', 1],
      ],
      (events) => change(events, 1, { type: 'parvis.group.v1.GroupCreated' }),
    ],
    ['a type other than the message', [['event', 1]], (events) => change(events, 1, { type: 'parvis.post.v1.PostReopened' })],
    ['bytes that are no message', [['event', 1]], (events) => change(events, 1, { data: new Uint8Array([0x0a, 0x7f]) })],
    ['an event of a command without a record', [['command', 4]], (_events, model) => model.commands[lane]?.delete('two')],
    [
      'a command recorded elsewhere',
      [['command', 4]],
      (_events, model) => {
        const record = recordOf(model, 'two');
        model.commands[lane]?.set('two', { ...record, result: { ...record.result, last: { lane, position: 3 } } });
      },
    ],
    [
      'a record without events',
      [['command', 2]],
      (_events, model) => {
        model.commands[lane]?.set('three', { ...recordOf(model, 'one'), commandId: 'three' });
      },
    ],
    [
      'a command that stands twice',
      [['command', 4]],
      (events) => {
        change(events, 3, { commandId: 'one' });
        change(events, 2, { commandId: 'two' });
        change(events, 1, { commandId: 'two' });
      },
    ],
  ])('finds %s', async (_name, expected, spoil) => {
    const { log, model, events } = await setup();
    spoil(events, model);
    expect(await found(log)).toEqual(expect.arrayContaining(expected));
  });

  it('passes on what the store finds, a head that nothing reaches and lanes it does not know', async () => {
    const { log } = await setup();
    const header = async () => ({ epoch: 'e', lanes: 16, hash: 'sha256-32-mod' });
    const heads = async () => (await log.heads()).map((head) => (head > 0 ? head + 1 : 0));
    const worn = { ...log, header, heads, integrity: () => ['row 7 missing from index'] };
    expect(await found(worn)).toEqual([
      ['store', undefined],
      ['header', undefined],
      ['head', 4],
    ]);
  });

  it(`lists at most ${MOST_FINDINGS} findings`, async () => {
    const { log } = await setup();
    const integrity = () => Array.from({ length: MOST_FINDINGS + 1 }, (_, nth) => `page ${nth}`);
    expect((await verifyLog({ ...log, integrity })).findings).toHaveLength(MOST_FINDINGS);
  });
});
