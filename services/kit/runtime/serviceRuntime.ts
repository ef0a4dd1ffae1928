import { randomUUID } from 'node:crypto';
import { EventFeedServiceService, StatusServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import type { CommandExecutor, CommandMeta } from '../eventing/command.ts';
import { createCommandExecutor, type FoldingExecutor } from '../eventing/commandExecutor.ts';
import { createEventCodec } from '../eventing/eventCodec.ts';
import { createKeyCache, type KeyCache } from '../eventing/keyCache.ts';
import type { ManagedView } from '../eventing/rebuild.ts';
import { createCachedView } from '../facts/cachedView.ts';
import { FACTS_VIEW } from '../facts/factRows.ts';
import { groupFactsProjection } from '../facts/groupFacts.ts';
import { personFactsProjection } from '../facts/personFacts.ts';
import { createViewFacts } from '../facts/viewFacts.ts';
import type { EventLog } from '../ports/eventLog.ts';
import { invalid, notFound, unavailable } from './errors.ts';
import { createEventFeed } from './eventFeed.ts';
import { createFreshnessGuard } from './freshness.ts';
import { commandIdFor, idsOfStream } from './ids.ts';
import { requestHashOf } from './requestHash.ts';
import { bind, type CallContext, type RpcBinding } from './rpc.ts';
import type { Listener, Service, ServiceDefinitionParts, ServicePorts, ServiceRuntime } from './service.ts';
import { createServiceConsumers, type ServiceConsumers } from './serviceConsumers.ts';
import { createServiceEntry } from './serviceEntry.ts';
import { statusOf } from './serviceStatus.ts';
import { createServiceViews } from './serviceViews.ts';
import { createStatusHandlers } from './statusHandlers.ts';
import { createTokens } from './tokens.ts';

/** Longest Idempotency-Key. */
export const MAX_IDEMPOTENCY_KEY = 255;

/** A service with what its launcher and the `parvis` command may ask of it. */
export interface ManagedService extends Service {
  /** Builds a view anew beside the live one, then swaps. Runs no policy. @throws NotFound */
  rebuild(view: string): Promise<void>;
  /** Replays parked threads of a view or policy. @returns how many are parked no longer. @throws NotFound */
  releaseParked(view: string, thread?: string): Promise<number>;
}

const withoutLog: CommandExecutor = {
  execute: async () => {
    throw unavailable('no-log', 'this service has no log of its own');
  },
};

/** Keys and opened states of an erased person leave memory as soon as the event is seen, on every replica. */
const erasureListener = (keys: KeyCache, commands: FoldingExecutor | undefined): Listener => ({
  name: 'keyEviction',
  source: 'identity',
  onEvents(_lane, events) {
    for (const { event, stream } of events) {
      if (event?.$case !== 'personErased') continue;
      keys.evict(idsOfStream(stream).personId ?? '');
      commands?.forgetStates();
    }
  },
});

const versionOf = async (log: EventLog | undefined, stream: string): Promise<number> => {
  const page = 10_000;
  let after = 0;
  while (log !== undefined) {
    const events = await log.readStream(stream, { after, limit: page });
    after = events.at(-1)?.version ?? after;
    if (events.length < page) break;
  }
  return after;
};

/** Views before the consumers that fill them: policies and handlers are made of the runtime, which offers the views. */
const createParts = (ports: ServicePorts, parts: ServiceDefinitionParts) => {
  const { log, bus, clock, sealer } = ports;
  const logger = ports.logger.child({ service: parts.name });
  const keys = createKeyCache(ports.keys, clock);
  const codec = createEventCodec({ keys });
  const commands = log === undefined ? undefined : createCommandExecutor(log, codec);
  const factsView = (): ManagedView => views.find((view) => view.name === FACTS_VIEW) as ManagedView;
  const cached = createCachedView(
    { getMany: (...args) => factsView().view.getMany(...args), range: (...args) => factsView().view.range(...args) },
    clock,
  );
  const views = createServiceViews({
    name: parts.name,
    ports,
    codec,
    logger,
    projections: [personFactsProjection, groupFactsProjection, ...parts.projections],
    unparkable: [FACTS_VIEW],
    forWriter: (name) => (name === FACTS_VIEW ? cached.forWriter : undefined),
  });
  const facts = createViewFacts(cached);
  const freshness = createFreshnessGuard({ runners: () => factsView().runner().runners, bus, clock, logger });
  let consumers: ServiceConsumers | undefined;
  const tokens = createTokens({ sealer, clock, log, followed: () => consumers?.followed() ?? [] });
  const entry = createServiceEntry({ verifier: ports.verifier, facts, clock, waitForTokens: tokens.wait, factsFresh: freshness.fresh });
  const runtime: ServiceRuntime = {
    name: parts.name,
    codec,
    commands: commands ?? withoutLog,
    facts,
    clock,
    logger,
    sealer,
    view: (name) => viewNamed(views, name).view,
    enter: entry.enter,
    enterService: entry.enterService,
    waitForTokens: tokens.wait,
    commandMeta: (context, personId, operation, idempotencyKey, request) =>
      commandMetaOf(context, personId, `${parts.name}.${operation}`, idempotencyKey, request),
    tokenFor: tokens.tokenFor,
    async written(id, stream, { appended, duplicate }) {
      const version = appended?.versions[stream] ?? (await versionOf(log, stream));
      return { id, version, token: appended === undefined ? '' : await tokens.tokenFor(appended.last), duplicate };
    },
    factsFresh: freshness.fresh,
  };
  consumers = createServiceConsumers({
    name: parts.name,
    ports,
    codec,
    logger,
    views,
    policies: parts.policies?.(runtime) ?? [],
    listeners: [erasureListener(keys, commands), ...(parts.listeners?.(runtime) ?? [])],
    external: parts.consumers?.(runtime) ?? [],
  });
  return { runtime, views, consumers, freshness };
};

const viewNamed = (views: readonly ManagedView[], name: string): ManagedView => {
  const found = views.find((view) => view.name === name);
  if (found === undefined) throw notFound(`view ${name}`);
  return found;
};

const commandMetaOf = (
  context: CallContext,
  personId: string,
  operation: string,
  idempotencyKey: string,
  request: unknown,
): CommandMeta => {
  if (idempotencyKey.length > MAX_IDEMPOTENCY_KEY) throw invalid('idempotencyKey', `at most ${MAX_IDEMPOTENCY_KEY} characters`);
  return {
    commandId: commandIdFor(personId, operation, idempotencyKey === '' ? randomUUID() : idempotencyKey),
    requestHash: requestHashOf(request),
    actor: personId,
    deadlineMs: context.deadlineMs,
    ...(context.traceparent === '' ? {} : { traceparent: context.traceparent }),
  };
};

/**
 * Joins the kit's parts with what the service adds, on the ports its launcher chose. `rpc` answers from the start: serve it
 * before `start()` is awaited, for services that follow each other wait for each other's event feeds.
 */
export const createService = (ports: ServicePorts, parts: ServiceDefinitionParts): ManagedService => {
  const { runtime, views, consumers, freshness } = createParts(ports, parts);
  const background = parts.background?.(runtime);
  let ready = false;

  const status: Service['status'] = async () => ({ ready, views: await statusOf(views, consumers) });
  const release = async (name: string, thread: string | undefined): Promise<number | undefined> => {
    const view = views.find((known) => known.name === name);
    const runners = view?.runner().runners ?? consumers.policies().filter((known) => known.policy.name === name);
    if (runners.length === 0) return undefined;
    let released = 0;
    for (const runner of runners) released += await runner.release(thread);
    return released;
  };
  const own: RpcBinding[] = [bind(StatusServiceService, createStatusHandlers({ name: parts.name, status, release }))];
  if (ports.log !== undefined) own.push(bind(EventFeedServiceService, createEventFeed(ports.log, ports.clock)));
  return {
    name: parts.name,
    rpc: [...parts.rpc(runtime), ...own],
    async start() {
      await consumers.startViews();
      await consumers.startPolicies();
      freshness.start();
      await background?.start();
      ready = true;
    },
    async stop() {
      ready = false;
      await background?.stop();
      await freshness.stop();
      await consumers.stop();
    },
    status,
    level: consumers.level,
    rebuild: (name) => viewNamed(views, name).rebuild(),
    async releaseParked(name, thread) {
      const released = await release(name, thread);
      if (released === undefined) throw notFound(`view ${name}`);
      return released;
    },
  };
};
