import type { AnyEvent } from '@parvis/contracts/src/registry.ts';

/** A recorded event with its message. Personal fields are opened on first access (`openEvents`) or left sealed. */
export interface DecodedEvent<E extends AnyEvent = AnyEvent> {
  readonly source: string;
  readonly epoch: string;
  readonly lane: number;
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly at: Date;
  readonly commandId: string;
  readonly actor: string;
  readonly traceparent: string;
  /** Undefined when this release does not know the type: views skip it, deciders refuse. */
  readonly event: E | undefined;
}

/** What a personal field says once its key is destroyed. Never an error. */
export const ERASED = '\u2300erased';
export const isErased = (text: string): boolean => text === ERASED;
