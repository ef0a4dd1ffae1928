/** What the service's commands, queries and policies share, made once. */
import type { BlobStore } from '@parvis/kit/ports/blobStore.ts';
import type { EventLog } from '@parvis/kit/ports/eventLog.ts';
import type { KeyReader } from '@parvis/kit/ports/keyVault.ts';
import type { PostPorts, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { createFileSlips, type FileSlips } from './fileSlips.ts';
import { createGroupLogs, type GroupLogs } from './groupLogs.ts';
import { createHashtagCache, type HashtagCache } from './hashtagCache.ts';

export interface PostApp {
  readonly runtime: ServiceRuntime;
  readonly log: EventLog;
  readonly blobs: BlobStore;
  readonly keys: KeyReader;
  readonly slips: FileSlips;
  readonly groupLogs: GroupLogs;
  readonly hashtags: HashtagCache;
}

export const createPostApp = (ports: PostPorts, runtime: ServiceRuntime): PostApp => ({
  runtime,
  log: ports.log,
  blobs: ports.blobs,
  keys: ports.keys,
  slips: createFileSlips(ports.state),
  groupLogs: createGroupLogs(() => runtime.view('posts')),
  hashtags: createHashtagCache(),
});
