/** Server-sent events over one response: framing, heartbeat, and an end for readers who do not read. */
import type { Response } from 'express';
import { LIVE_BUFFER_BYTES, LIVE_DRAIN_MS } from '../limits.ts';

export interface SseEvent {
  /** Sealed position to resume after; empty: the client keeps the one it has. */
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** Field values are one line: a line feed would begin another field. */
const oneLine = (value: string): string => value.replace(/[\r\n\0]/g, '');

export const frameOf = (event: SseEvent): string => {
  const id = event.id === '' ? '' : `id: ${oneLine(event.id)}\n`;
  return `${id}event: ${oneLine(event.type)}\ndata: ${JSON.stringify(event.data)}\n\n`;
};

/** Opens the stream. @param retryMs how long the browser waits before it comes back */
export const openStream = (response: Response, retryMs: number): void => {
  response.status(200);
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store, no-transform');
  response.setHeader('Content-Encoding', 'identity');
  // Proxies of the nginx family buffer unless they are told.
  response.setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
  response.write(`retry: ${retryMs}\n\n`);
};

const drained = (response: Response): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => settle(false), LIVE_DRAIN_MS);
    const onDrain = (): void => settle(true);
    const onClose = (): void => settle(false);
    const settle = (outcome: boolean): void => {
      clearTimeout(timer);
      response.off('drain', onDrain);
      response.off('close', onClose);
      resolve(outcome);
    };
    response.once('drain', onDrain);
    response.once('close', onClose);
  });

/** @returns false when the reader is gone, or has left too much unread for too long. */
export const sendEvent = async (response: Response, frame: string): Promise<boolean> => {
  if (response.writableEnded || response.destroyed) return false;
  if (response.write(frame)) return true;
  // A reader this far behind starts again from its last event id.
  return response.writableLength <= LIVE_BUFFER_BYTES && (await drained(response));
};
