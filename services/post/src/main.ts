/** The post service in a process of its own. */
import { createFolderBlobStore } from '@parvis/kit/adapters/folder/blobStore.ts';
import { launchService } from '@parvis/kit/launch/launchService.ts';
import { createPostService } from './service.ts';

await launchService({
  name: 'post',
  settings: {},
  create: async ({ config, keep, withLog }) =>
    createPostService({ ...(await withLog()), blobs: keep(createFolderBlobStore({ folder: config.folder('blobs') })) }),
});
