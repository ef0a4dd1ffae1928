/**
 * The data folder of the embedded shape, and who holds what in it:
 *   <service>/{log,state,views}.db · search/search.db · keys/keys.db · accounts/accounts.db · sessions/sessions.db · blobs/ · mail/
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalReader } from '@parvis/kit/adapters/logBus/laneReader.ts';
import { createLogBus } from '@parvis/kit/adapters/logBus/logBus.ts';
import { createSqliteEventLog } from '@parvis/kit/adapters/sqlite/eventLog.ts';
import { openSqliteKeyVault } from '@parvis/kit/adapters/sqlite/keyVault.ts';
import { createSqliteStateStore } from '@parvis/kit/adapters/sqlite/state.ts';
import { createSqliteViewStore } from '@parvis/kit/adapters/sqlite/views.ts';
import type { Bus } from '@parvis/kit/ports/bus.ts';
import type { Clock } from '@parvis/kit/ports/clock.ts';
import type { EventLog } from '@parvis/kit/ports/eventLog.ts';
import type { KeyVault } from '@parvis/kit/ports/keyVault.ts';
import type { StateStore } from '@parvis/kit/ports/state.ts';
import type { ViewStore } from '@parvis/kit/ports/views.ts';
import type { ServicePorts } from '@parvis/kit/runtime/service.ts';
import { erasedFileOf, mirrorErased } from './safety/erasedList.ts';

/** Services with a log of their own, in the order a backup cuts them: whoever refers comes before what it refers to. */
export const LOG_SERVICES = ['notification', 'post', 'group', 'identity'] as const;
export type LogService = (typeof LOG_SERVICES)[number];
export const SERVICES = [...LOG_SERVICES, 'search'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface ServiceStores {
  readonly views: ViewStore;
  readonly state: StateStore;
}

export interface Stores {
  readonly logs: Readonly<Record<LogService, EventLog>>;
  readonly bus: Bus;
  readonly vault: KeyVault;
  of(service: ServiceName): ServiceStores;
  close(): Promise<void>;
}

export interface StoresOptions {
  readonly dataFolder: string;
  readonly networkKey: Uint8Array;
  readonly clock: Clock;
  readonly logger: ServicePorts['logger'];
}

/** Opens what is there and creates what is absent. @throws when another process holds the folder, or the network key is another */
export const openStores = async (options: StoresOptions): Promise<Stores> => {
  const { dataFolder, clock, logger } = options;
  mkdirSync(dataFolder, { recursive: true });
  const closers: (() => Promise<void>)[] = [];
  const closing = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const opened = openSqliteKeyVault(join(dataFolder, 'keys', 'keys.db'), options.networkKey);
    closers.push(() => opened.close());
    const logs: Partial<Record<LogService, EventLog>> = {};
    for (const source of LOG_SERVICES) {
      const log = await createSqliteEventLog({ source, folder: join(dataFolder, source), logger, clock });
      logs[source] = log;
      closers.push(() => log.close());
    }
    // After the logs: their locks say that no other process holds the folder, nor writes the list.
    const vault = await mirrorErased(opened, erasedFileOf(dataFolder));
    const bus = createLogBus({
      reader: (source) => {
        const log = logs[source as LogService];
        return log === undefined ? undefined : createLocalReader(log);
      },
      clock,
      logger,
    });
    closers.push(() => bus.close());
    const stores = new Map<ServiceName, ServiceStores>();
    for (const service of SERVICES) {
      const folder = join(dataFolder, service);
      const views = createSqliteViewStore({ folder });
      closers.push(() => views.close());
      const state = createSqliteStateStore({ folder });
      closers.push(() => state.close());
      stores.set(service, { views, state });
    }
    return {
      logs: logs as Record<LogService, EventLog>,
      bus,
      vault,
      of: (service) => stores.get(service) as ServiceStores,
      close: closing,
    };
  } catch (error) {
    await closing();
    throw error;
  }
};
