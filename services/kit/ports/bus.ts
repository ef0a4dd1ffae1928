import type { RecordedEvent } from './eventLog.ts';

/**
 * Carries recorded events from the service that owns them to the others, by lane, in order, at least once.
 * Embedded: the logs themselves, tailed (nothing is published). Cluster: Kafka, fed by the relay.
 */

export type SubscriptionKind =
  /** Replicas divide the lanes; the subscriber keeps marks and says from where. For views and effects. */
  | 'shared'
  /** Every replica sees every lane; nothing is kept. For rings in memory, live streams, key eviction. */
  | 'broadcast';

export interface SubscribeOptions {
  /** Service whose events are followed, e.g. `group`. */
  readonly source: string;
  readonly kind: SubscriptionKind;
  /** Name of the shared subscription, unique per consumer, e.g. `post.facts`. */
  readonly group: string;
  /** Where to begin in a lane: records above this position of this epoch. `head` begins at the lane's head. */
  from(lane: number, epoch: string): Promise<number | 'head'>;
  /**
   * Consecutive records of one lane. Called for one batch of a lane at a time; the next comes after it resolved.
   * A rejection is retried with backoff; other lanes go on.
   */
  onBatch(lane: number, records: readonly RecordedEvent[]): Promise<void>;
  /** Most records of a batch; default 500. */
  readonly batchLimit?: number;
}

export interface Subscription {
  /** Last position handled per lane. */
  positions(): ReadonlyMap<number, number>;
  stop(): Promise<void>;
}

export interface Bus {
  /** Resolves when the records are with the broker (all replicas acknowledged). The log: bus has nothing to do. */
  publish(source: string, lane: number, records: readonly RecordedEvent[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** The owner's epoch and heads, asked of the owner itself and not of the broker. */
  heads(source: string): Promise<{ epoch: string; heads: number[] }>;
  /** Reads a lane from its owner: for gaps, expired retention and a broker that is away. */
  readLane(source: string, lane: number, options: { after: number; limit: number }): Promise<RecordedEvent[]>;
  close(): Promise<void>;
}
