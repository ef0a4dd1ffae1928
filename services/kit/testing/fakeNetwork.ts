/**
 * A network for component tests: real SQLite adapters on a temporary folder, the real codec, key vault and bus, and a
 * token verifier that believes `person:ID`. One service (or several) runs on it; what the others would have said is
 * emitted into their real logs.
 *
 *   const network = await createFakeNetwork();
 *   const group = await network.start(createGroupService(await network.ports('group')));
 *   const groups = network.client(group, GroupServiceService);
 *   const ada = await network.givenEmployee();                         // id of an active employee with an account
 *   const acme = await network.givenOrganisation();                    // id of an active partner organisation
 *   const bob = await network.givenPartner({ organisationId: acme, sponsorId: ada });
 *   const g = await network.givenGroup({ privacy: 'restricted', owners: [ada], members: [bob], admitsPartners: true });
 *   await network.emit('post', `group/${g}/post/${s}`, [{ $case: 'postPublished', value: { … } }]);
 *   await network.settled();                                           // everyone has seen everything
 *   const answer = await groups.getGroup({ groupId: g }, network.contextFor(ada, { tokens: [token] }));
 *   network.clock.advance(3_600_000);                                  // an hour later, timers included
 *   await network.close();                                             // stops services, closes ports, removes the folder
 *
 * Also: `mails` sent, `accounts` calls, `vault`, `codec`, `logs(source)`, `bus`, `anonymous()` and `serviceContext(name)`.
 * The host organisation exists from the start (`network.hostId`). Ports are per service and made once.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyEvent } from '@parvis/contracts/src/registry.ts';
import { createLocalReader, type LaneReader } from '../adapters/logBus/laneReader.ts';
import { createLogBus } from '../adapters/logBus/logBus.ts';
import { createSqliteEventLog } from '../adapters/sqlite/eventLog.ts';
import { openSqliteKeyVault } from '../adapters/sqlite/keyVault.ts';
import { createSqliteStateStore } from '../adapters/sqlite/state.ts';
import { createSqliteViewStore } from '../adapters/sqlite/views.ts';
import type { EventCodec } from '../eventing/codec.ts';
import { createEventCodec } from '../eventing/eventCodec.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Bus } from '../ports/bus.ts';
import { type AppendResult, any, type EventLog } from '../ports/eventLog.ts';
import type { KeyVault } from '../ports/keyVault.ts';
import { callContext } from '../runtime/callContext.ts';
import { directClient } from '../runtime/directClient.ts';
import { randomId } from '../runtime/ids.ts';
import type { CallContext, Client, Handlers, ServiceDefinition } from '../runtime/rpc.ts';
import { createSealer, type Sealer } from '../runtime/sealer.ts';
import type { Service, ServicePorts } from '../runtime/service.ts';
import { createFlowingClock, type FlowingClock } from './flowingClock.ts';
import { createGivens, type Givens } from './givenEvents.ts';
import { settled } from './settled.ts';
import {
  createTestAccounts,
  createTestBlobs,
  createTestMailer,
  createTestVerifier,
  type TestAccounts,
  type TestMailer,
  testLogger,
} from './testPorts.ts';

/** Services that own a log. */
const SOURCES = ['identity', 'group', 'post', 'notification'] as const;
export type Source = (typeof SOURCES)[number];

/** Everything any service asks for, whichever it is; each takes what its port type names. */
export interface FakePorts extends ServicePorts {
  readonly log: EventLog;
  readonly vault: KeyVault;
  readonly mailer: TestMailer;
  readonly accounts: TestAccounts;
  readonly blobs: BlobStore;
}

export interface FakeNetwork extends Givens {
  readonly folder: string;
  readonly clock: FlowingClock;
  readonly vault: KeyVault;
  readonly codec: EventCodec;
  readonly sealer: Sealer;
  readonly bus: Bus;
  readonly mails: TestMailer['sent'];
  readonly accounts: TestAccounts;
  /** Ports of a service, made once per name. `search` gets no log. */
  ports(service: string): Promise<FakePorts>;
  /** The log of a source, opened once. */
  log(source: Source): Promise<EventLog>;
  /** Starts a service; it is level when this resolves, and stopped by close(). */
  start<S extends Service>(service: S): Promise<S>;
  client<D extends ServiceDefinition>(service: Service, definition: D): Client<D>;
  /** Appends events to a stream of a source, sealed as in the product. Keys of persons must exist (givenEmployee…). */
  emit(
    source: Source,
    stream: string,
    events: readonly AnyEvent[],
    options?: { actor?: string; commandId?: string },
  ): Promise<AppendResult>;
  /** A context of a call by the person. */
  contextFor(personId: string, options?: { tokens?: readonly string[]; timeoutMs?: number }): CallContext;
  serviceContext(service: string, options?: { tokens?: readonly string[] }): CallContext;
  anonymous(): CallContext;
  /** Resolves when every consumer of every started service has reached every head, and no head moved meanwhile. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const NETWORK_KEY = new Uint8Array(32).fill(7);

interface Logs {
  get(source: Source): Promise<EventLog>;
  reader(source: string): LaneReader | undefined;
  all(): Promise<EventLog[]>;
}

const createLogs = (folder: string, clock: FlowingClock): Logs => {
  const opened = new Map<string, Promise<EventLog>>();
  const get = (source: Source): Promise<EventLog> => {
    const known = opened.get(source) ?? createSqliteEventLog({ source, folder: join(folder, source), logger: testLogger, clock });
    opened.set(source, known);
    return known;
  };
  return {
    get,
    all: () => Promise.all(opened.values()),
    reader(source) {
      if (!SOURCES.some((known) => known === source)) return undefined;
      const reader = get(source as Source).then(createLocalReader);
      return {
        heads: async () => (await reader).heads(),
        read: async (lane, after, limit) => (await reader).read(lane, after, limit),
        moved: async (lane, signal) => (await reader).moved(lane, signal),
        close: async () => (await reader).close(),
      };
    },
  };
};

const createEmit =
  (logs: Logs, codec: EventCodec): FakeNetwork['emit'] =>
  async (source, stream, events, options = {}) => {
    const log = await logs.get(source);
    const commandId = options.commandId ?? randomId();
    const encoded = await codec.encode(stream, events);
    return log.append([{ stream, expected: any, events: encoded }], { commandId, requestHash: '', actor: options.actor ?? '' });
  };

const makePorts = async (
  folder: string,
  logs: Logs,
  service: string,
  shared: Omit<FakePorts, 'log' | 'views' | 'state' | 'blobs' | 'publicUrl'>,
): Promise<FakePorts> => ({
  ...shared,
  // Only services that own a log are typed to have one; search is handed none.
  log: (SOURCES.some((source) => source === service) ? await logs.get(service as Source) : undefined) as EventLog,
  views: createSqliteViewStore({ folder: join(folder, service) }),
  state: createSqliteStateStore({ folder: join(folder, service) }),
  publicUrl: 'http://localhost:8080',
  blobs: createTestBlobs(),
});

const closePorts = async (all: readonly FakePorts[]): Promise<void> => {
  await Promise.all(all.flatMap(({ views, state }) => [views.close(), state.close()]));
};

const clientOf = <D extends ServiceDefinition>(service: Service, definition: D): Client<D> => {
  const binding = service.rpc.find((known) => known.definition === definition);
  if (binding === undefined) throw new Error(`${service.name} does not serve this definition`);
  return directClient(definition, binding.handlers as Handlers<D>);
};

const createContexts = (clock: FlowingClock): Pick<FakeNetwork, 'contextFor' | 'serviceContext' | 'anonymous'> => {
  const contextOf = (
    credential: CallContext['credential'],
    options: { tokens?: readonly string[]; timeoutMs?: number } = {},
  ): CallContext => ({
    ...callContext({ credential, tokens: options.tokens ?? [] }),
    // By the network's clock, which a test may have set forward.
    deadlineMs: clock.now().getTime() + (options.timeoutMs ?? 10_000),
  });
  return {
    contextFor: (personId, options) => contextOf({ kind: 'bearer', token: `person:${personId}` }, options),
    serviceContext: (service, options) => contextOf({ kind: 'service', service }, options),
    anonymous: () => contextOf({ kind: 'anonymous' }),
  };
};

export const createFakeNetwork = async (): Promise<FakeNetwork> => {
  const folder = await mkdtemp(join(tmpdir(), 'parvis-'));
  const clock = createFlowingClock();
  const vault = openSqliteKeyVault(join(folder, 'keys.db'), NETWORK_KEY);
  const codec = createEventCodec({ keys: vault });
  const sealer = createSealer(NETWORK_KEY);
  const logs = createLogs(folder, clock);
  const bus = createLogBus({ reader: logs.reader, clock, logger: testLogger });
  const mailer = createTestMailer();
  const accounts = createTestAccounts();
  const verifier = createTestVerifier(() => clock.now().getTime());
  const portsByName = new Map<string, Promise<FakePorts>>();
  const services: Service[] = [];

  const shared = { bus, keys: vault, vault, verifier, clock, logger: testLogger, sealer, mailer, accounts };
  const ports = (service: string): Promise<FakePorts> => {
    const known = portsByName.get(service) ?? makePorts(folder, logs, service, shared);
    portsByName.set(service, known);
    return known;
  };
  const emit = createEmit(logs, codec);
  const givens = await createGivens(emit, vault);

  return {
    ...givens,
    folder,
    clock,
    vault,
    codec,
    sealer,
    bus,
    mails: mailer.sent,
    accounts,
    ports,
    log: logs.get,
    emit,
    async start(service) {
      services.push(service);
      await service.start();
      return service;
    },
    client: clientOf,
    ...createContexts(clock),
    settled: async () => settled(services, await logs.all()),
    async close() {
      for (const service of services.reverse()) await service.stop();
      await bus.close();
      await closePorts(await Promise.all(portsByName.values()));
      await Promise.all((await logs.all()).map((log) => log.close()));
      await vault.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
