/** The group service in a process of its own. */
import { launchService } from '@parvis/kit/launch/launchService.ts';
import { createGroupService } from './service.ts';

await launchService({
  name: 'group',
  settings: {},
  create: async ({ withLog }) => createGroupService(await withLog()),
});
