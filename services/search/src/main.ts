/** The search service in a process of its own. */
import { createFtsSearchIndex } from '@parvis/kit/adapters/fts/ftsSearchIndex.ts';
import { launchService } from '@parvis/kit/launch/launchService.ts';
import { createSearchService } from './service.ts';

await launchService({
  name: 'search',
  settings: {},
  async create({ config, keep, withoutLog }) {
    const ports = await withoutLog();
    const index = keep(await createFtsSearchIndex({ folder: config.folder('search'), logger: ports.logger }));
    return createSearchService({ ...ports, index });
  },
});
