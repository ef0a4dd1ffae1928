/** The body of every service's main.ts: environment → ports → serve → start → drain → close. */
import { EventFeedServiceService } from '@parvis/contracts/gen/parvis/feed/v1/feed.ts';
import { KeyServiceService } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { z } from 'zod';
import { createFeedReader } from '../adapters/logBus/feedReader.ts';
import { createLocalReader } from '../adapters/logBus/laneReader.ts';
import { createLogBus } from '../adapters/logBus/logBus.ts';
import { createSqliteEventLog } from '../adapters/sqlite/eventLog.ts';
import { createSqliteStateStore } from '../adapters/sqlite/state.ts';
import { createSqliteViewStore } from '../adapters/sqlite/views.ts';
import type { EventLog } from '../ports/eventLog.ts';
import type { KeyReader } from '../ports/keyVault.ts';
import { grpcServer } from '../runtime/grpcServer.ts';
import { runUntilStopped } from '../runtime/lifecycle.ts';
import { createRemoteKeyReader } from '../runtime/remoteKeyReader.ts';
import type { Service, ServicePorts } from '../runtime/service.ts';
import { systemClock } from '../runtime/systemClock.ts';
import { startTelemetry } from '../runtime/telemetry.ts';
import { type Neighbours, neighboursOf } from './neighbours.ts';
import { readProcessConfig } from './processConfig.ts';
import { createProcessParts, openRemoteVerifier, type ProcessParts } from './processParts.ts';

/** What a main.ts adds to the ports that all services share. */
export interface Making<S> extends Pick<ProcessParts, 'config' | 'client' | 'keep'> {
  readonly settings: S;
  /** Ports of a service that has a log. @param keys identity's vault; the others ask identity for keys */
  withLog(keys?: KeyReader): Promise<ServicePorts & { readonly log: EventLog }>;
  /** Ports of a service that only follows others. */
  withoutLog(): Promise<ServicePorts>;
}

export interface LaunchOptions<E extends z.ZodRawShape> {
  /** As in service.json. */
  readonly name: string;
  /** Variables of this service alone. */
  readonly settings: E;
  create(making: Making<z.infer<z.ZodObject<E>>>): Promise<Service>;
}

const openPorts = (parts: ProcessParts, neighbours: Neighbours) => {
  const { name, config, logger, sealer, client, keep } = parts;
  const folder = config.folder(name);
  const others = (own: EventLog | undefined, keys: KeyReader | undefined): ServicePorts => ({
    log: own,
    views: keep(createSqliteViewStore({ folder })),
    state: keep(createSqliteStateStore({ folder })),
    bus: keep(
      createLogBus({
        reader(source) {
          if (source === name) return own && createLocalReader(own);
          if (!neighbours.peers.includes(source)) return undefined;
          return createFeedReader({ client: client(source, EventFeedServiceService), service: name, clock: systemClock });
        },
        clock: systemClock,
        logger,
      }),
    ),
    keys: keys ?? createRemoteKeyReader(client('identity', KeyServiceService), name),
    verifier: openRemoteVerifier(parts),
    clock: systemClock,
    logger,
    sealer,
    publicUrl: config.publicUrl,
  });
  return {
    async withLog(keys?: KeyReader) {
      const log = keep(await createSqliteEventLog({ source: name, folder, logger, clock: systemClock }));
      return { ...others(log, keys), log };
    },
    withoutLog: async () => others(undefined, undefined),
  };
};

const createLaunched = async <E extends z.ZodRawShape>(options: LaunchOptions<E>) => {
  const { name } = options;
  const neighbours = neighboursOf(name);
  const { config, settings } = readProcessConfig(process.env, neighbours.peers, options.settings);
  const parts = createProcessParts(name, config);
  try {
    const making: Making<z.infer<z.ZodObject<E>>> = {
      config,
      settings,
      client: parts.client,
      keep: parts.keep,
      ...openPorts(parts, neighbours),
    };
    const service = await options.create(making);
    const { identity, logger } = parts;
    const address = `${config.host}:${config.port}`;
    const server = grpcServer({ bindings: service.rpc, address, identity, callers: neighbours.callers, logger, waitsForReady: true });
    return { parts, service, server };
  } catch (error) {
    await parts.close();
    throw error;
  }
};

/**
 * Runs one service in this process until SIGTERM or SIGINT. It serves before it is level, for services that follow each
 * other wait for each other's event feeds; health says SERVING once its own views are level.
 * @throws with the names of the variables that are missing or wrong
 */
export const launchService = async <E extends z.ZodRawShape>(options: LaunchOptions<E>): Promise<void> => {
  const telemetry = await startTelemetry(options.name);
  const { parts, service, server } = await createLaunched(options);
  await runUntilStopped({
    logger: parts.logger,
    async start() {
      const port = await server.start();
      parts.logger.info({ port }, 'serving');
      await service.start();
      server.ready();
      parts.logger.info({ port }, 'ready');
    },
    notReady: server.notReady,
    async stop() {
      await server.stop();
      await service.stop();
      await parts.close();
      await telemetry.stop();
    },
  });
};
