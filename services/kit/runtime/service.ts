/** What a service is made of and what it is given. `createService` in serviceRuntime.ts joins the two. */
import type { PersonViewer, Viewer } from '@parvis/access/src/mayRead.ts';
import type { Logger } from 'pino';
import type { EventCodec } from '../eventing/codec.ts';
import type { CommandExecutor, CommandMeta, CommandOutcome } from '../eventing/command.ts';
import type { ConsumerProgress } from '../eventing/consumerProgress.ts';
import type { DecodedEvent } from '../eventing/decodedEvent.ts';
import type { Projection } from '../eventing/projection.ts';
import type { AccessFacts } from '../facts/accessFacts.ts';
import type { AccountDirectory } from '../ports/accountDirectory.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog, LanePosition } from '../ports/eventLog.ts';
import type { KeyReader, KeyVault } from '../ports/keyVault.ts';
import type { Mailer } from '../ports/mailer.ts';
import type { SearchIndex } from '../ports/searchIndex.ts';
import type { StateStore } from '../ports/state.ts';
import type { TokenVerifier } from '../ports/tokenVerifier.ts';
import type { View, ViewStore } from '../ports/views.ts';
import type { CallContext, RpcBinding } from './rpc.ts';
import type { Sealer } from './sealer.ts';

/** What the launcher hands to every service. */
export interface ServicePorts {
  /** The service's own log; search has none. */
  readonly log: EventLog | undefined;
  readonly views: ViewStore;
  readonly state: StateStore;
  readonly bus: Bus;
  /** Identity gets the vault itself through its own port below. */
  readonly keys: KeyReader;
  readonly verifier: TokenVerifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sealer: Sealer;
  /** Address of the network as people see it, e.g. http://localhost:8080. */
  readonly publicUrl: string;
}

export interface IdentityPorts extends ServicePorts {
  readonly log: EventLog;
  readonly vault: KeyVault;
  readonly mailer: Mailer;
  /** Accounts at the identity provider and sessions of browsers, so that suspension and erasure reach them. */
  readonly accounts: AccountDirectory;
}
export interface GroupPorts extends ServicePorts {
  readonly log: EventLog;
}
export interface PostPorts extends ServicePorts {
  readonly log: EventLog;
  readonly blobs: BlobStore;
}
export interface SearchPorts extends ServicePorts {
  readonly index: SearchIndex;
}
export interface NotificationPorts extends ServicePorts {
  readonly log: EventLog;
  readonly mailer: Mailer;
}

/** The caller of a call, authenticated, with the facts about them as of now. */
export interface Entered {
  readonly viewer: PersonViewer;
  readonly personId: string;
  readonly nowMs: number;
}

/**
 * Reacts to events of a source, once each in effect: appends under `policyCommandId(eventIdOf(event), name)`, or records
 * what it did in the state store under the event's id. Called again after a crash. Never run by a view rebuild.
 */
export interface Policy {
  /** Unique in the service, e.g. `joinInvitedGroups`. Part of the command ids: never renamed. */
  readonly name: string;
  readonly source: string;
  /** Event types it handles, full names. */
  readonly types: readonly string[];
  /** `head`: a new policy does not react to history; `start`: it does. */
  readonly begin: 'start' | 'head';
  /**
   * `each` (default): after a crash at most the last event of a lane is handled again. `batch`: the events of a whole batch
   * may be, from its first on; for effects that are kept under the event's id, and far cheaper for events that are many.
   */
  readonly marks?: 'each' | 'batch';
  handle(event: DecodedEvent): Promise<void>;
}

/** Sees every event of a source as it comes, on every replica; nothing is kept. Must not throw for long. */
export interface Listener {
  readonly name: string;
  readonly source: string;
  onEvents(lane: number, events: readonly DecodedEvent[]): void | Promise<void>;
}

/** What services find inside: the parts of the kit, wired for this service. */
export interface ServiceRuntime {
  readonly name: string;
  readonly codec: EventCodec;
  /** On the service's own log; throws for a service without one. */
  readonly commands: CommandExecutor;
  readonly facts: AccessFacts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sealer: Sealer;
  /** The view of a projection's schema, by name. */
  view(name: string): View;
  /**
   * Authenticates a person (token → account → person), waits for the call's tokens, checks that facts are fresh.
   * @throws unauthenticated; forbidden `account.inactive` for someone suspended, expired or erased;
   *         unauthenticated `account.unknown` for a valid token nobody is linked to.
   */
  enter(context: CallContext): Promise<Entered>;
  /** The same for a call of another service. @returns its name. @throws unauthenticated, forbidden */
  enterService(context: CallContext, allowed: readonly string[]): Promise<string>;
  /** Waits for tokens without authenticating (anonymous calls). */
  waitForTokens(context: CallContext): Promise<void>;
  /** Ids and hash of a command from its caller's idempotency key; a random key when empty. */
  commandMeta(context: CallContext, personId: string, operation: string, idempotencyKey: string, request: unknown): CommandMeta;
  /** Sealed read-your-writes token for a place of this service's log. */
  tokenFor(last: LanePosition): Promise<string>;
  /** Answer of a command: id, version, token, duplicate. Version is that of `stream` after the append. */
  written(
    id: string,
    stream: string,
    outcome: CommandOutcome<unknown>,
  ): Promise<{ id: string; version: number; token: string; duplicate: boolean }>;
  /** False: access facts lag behind their owners for too long; restricted, hidden and partner reads must answer 503. */
  factsFresh(): boolean;
}

/**
 * A consumer whose rows and marks lie outside the views (the search index). It runs itself; the service starts and stops it
 * with its own consumers, counts it in status() and level(), and lets read-your-writes tokens wait for it.
 */
export interface ExternalConsumer {
  /** Its name (as told in status, e.g. `index`), its source and how far it came. */
  readonly progress: ConsumerProgress;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** `parked`: events skipped as impossible to apply. */
  state(): { readonly state: 'running' | 'rebuilding' | 'stopped'; readonly parked: number; readonly reason: string };
}

export interface ServiceDefinitionParts {
  readonly name: string;
  readonly projections: readonly Projection[];
  readonly policies?: (runtime: ServiceRuntime) => readonly Policy[];
  readonly listeners?: (runtime: ServiceRuntime) => readonly Listener[];
  readonly consumers?: (runtime: ServiceRuntime) => readonly ExternalConsumer[];
  readonly rpc: (runtime: ServiceRuntime) => readonly RpcBinding[];
  /** Started after the views are level and stopped before the consumers. */
  readonly background?: (runtime: ServiceRuntime) => { start(): Promise<void>; stop(): Promise<void> };
}

export interface Service {
  readonly name: string;
  readonly rpc: readonly RpcBinding[];
  /** Opens views, starts consumers, resolves when every view is level with its sources' heads at start. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Lag per view and lane sums, parked threads: what StatusService tells. */
  status(): Promise<{
    ready: boolean;
    views: { view: string; source: string; lag: number; parked: number; state: string; reason: string }[];
  }>;
  /** True when every consumer has reached the heads its sources had when asked: the building block of tests' settled(). */
  level(): Promise<boolean>;
}

export type { Viewer };
