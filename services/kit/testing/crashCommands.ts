import { PostEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { type AppendOptions, any, type StreamWrite } from '../ports/eventLog.ts';

const GROUPS = 7;
const POSTS = 40;

const closed = {
  type: 'parvis.post.v1.PostClosed',
  data: PostEvent.encode(PostEvent.fromPartial({ event: { $case: 'postClosed', value: { by: 'anna' } } })).finish(),
};

/** What the n-th command of the crash test writes: one to three events on one or two streams of a group. */
export const commandOf = (nth: number): { writes: StreamWrite[]; options: AppendOptions; events: number } => {
  const group = `group/g${nth % GROUPS}`;
  const events = 1 + (nth % 3);
  const writes: StreamWrite[] = [{ stream: `${group}/post/p${nth % POSTS}`, expected: any, events: Array(events).fill(closed) }];
  const second = nth % 4 === 0;
  if (second) writes.push({ stream: `${group}/post/q${nth % POSTS}`, expected: any, events: [closed] });
  return { writes, options: { commandId: `command-${nth}`, requestHash: `hash-${nth}`, actor: 'anna' }, events: events + (second ? 1 : 0) };
};
