import type { SearchPorts } from '@parvis/kit/runtime/service.ts';
import { createService, type ManagedService } from '@parvis/kit/runtime/serviceRuntime.ts';
import { INDEX } from './app/indexer.ts';
import { createIndexers, type Indexers } from './app/indexers.ts';
import { searchRpc } from './transport/grpc.ts';

/** One index of posts, comments, people and groups. Owns no stream; the index is built from the others' events. */
export const createSearchService = (ports: SearchPorts): ManagedService => {
  let indexers: Indexers | undefined;
  const service = createService(ports, {
    name: 'search',
    projections: [],
    consumers: (runtime) => {
      indexers = createIndexers(ports, runtime);
      return indexers.consumers;
    },
    rpc: (runtime) => searchRpc({ runtime, index: ports.index }),
  });
  return {
    ...service,
    rebuild: async (view) => (view === INDEX && indexers ? indexers.rebuild() : service.rebuild(view)),
  };
};
