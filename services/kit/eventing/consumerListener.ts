import type { Logger } from 'pino';
import type { Bus, Subscription } from '../ports/bus.ts';
import type { Listener } from '../runtime/service.ts';
import type { EventCodec } from './codec.ts';
import { type ConsumerProgress, createConsumerProgress } from './consumerProgress.ts';

export interface ListenerRunnerOptions {
  readonly listener: Listener;
  readonly service: string;
  readonly bus: Bus;
  readonly codec: EventCodec;
  readonly logger: Logger;
}

export interface ListenerRunner {
  readonly listener: Listener;
  readonly progress: ConsumerProgress;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Hands every event of a source to a listener, from the head on, on every replica. Personal fields stay sealed: a ring
 * or a live stream holds ids, and what it shows is opened when it is shown.
 */
export const createListenerRunner = (options: ListenerRunnerOptions): ListenerRunner => {
  const { listener, bus, codec } = options;
  const group = `${options.service}.${listener.name}`;
  const progress = createConsumerProgress(group, listener.source);
  let subscription: Subscription | undefined;
  return {
    listener,
    progress,
    async start() {
      const { epoch, heads } = await bus.heads(listener.source);
      progress.begin(epoch, heads);
      subscription = await bus.subscribe({
        source: listener.source,
        kind: 'broadcast',
        group,
        async from(lane, ofEpoch) {
          if (ofEpoch === progress.epoch()) return progress.position(lane);
          const again = await bus.heads(listener.source);
          progress.begin(again.epoch, again.heads);
          return progress.position(lane);
        },
        async onBatch(lane, records) {
          await listener.onEvents(lane, codec.keepSealed(listener.source, records));
          progress.moved(lane, records.at(-1)?.position ?? progress.position(lane));
        },
      });
    },
    async stop() {
      await subscription?.stop();
      subscription = undefined;
    },
  };
};
