import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Response } from 'express';
import { LIVE_DRAIN_MS } from '../limits.ts';
import { frameOf, sendEvent } from './sse.ts';

describe('a frame', () => {
  it('has an id, an event and one line of data', () => {
    expect(frameOf({ id: 'a', type: 'post.published', data: { postId: 'g.p' } })).toBe(
      'id: a\nevent: post.published\ndata: {"postId":"g.p"}\n\n',
    );
    expect(frameOf({ id: '', type: 'heartbeat', data: {} })).toBe('event: heartbeat\ndata: {}\n\n');
  });

  it('can not be broken out of', () => {
    const frame = frameOf({ id: 'a\ndata: x', type: 'b\r\nid: y', data: { text: 'c\n\nevent: z' } });
    expect(frame).toBe('id: adata: x\nevent: bid: y\ndata: {"text":"c\\n\\nevent: z"}\n\n');
  });
});

describe('a reader', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  /** A socket of which `bytes` are unread at most before it is full. */
  const socketOf = (bytes: number) => new PassThrough({ highWaterMark: bytes });
  const asResponse = (socket: PassThrough) => socket as unknown as Response;

  it('who reads gets every frame', async () => {
    const socket = socketOf(8);
    const sent = sendEvent(asResponse(socket), 'a frame of more than eight bytes');
    socket.resume();
    expect(await sent).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it(`who leaves a full socket for ${LIVE_DRAIN_MS} ms is given up`, async () => {
    const socket = socketOf(8);
    const sent = sendEvent(asResponse(socket), 'a frame of more than eight bytes');
    await jest.advanceTimersByTimeAsync(LIVE_DRAIN_MS - 1);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(await sent).toBe(false);
  });

  it('who went away is not waited for', async () => {
    const socket = socketOf(8);
    const sent = sendEvent(asResponse(socket), 'a frame of more than eight bytes');
    socket.destroy();
    expect(await sent).toBe(false);
    expect(await sendEvent(asResponse(socket), 'another')).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});
