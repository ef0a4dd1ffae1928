/** The post service: discussions, questions and announcements, their threads and files, and the home feed. */
import type { PostPorts, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { createService, type ManagedService } from '@parvis/kit/runtime/serviceRuntime.ts';
import { filePolicies } from './app/filePolicies.ts';
import { createFileSweeper } from './app/fileSweeper.ts';
import { createPostImport, type PostImport } from './app/importPosts.ts';
import { createPostApp, type PostApp } from './app/postApp.ts';
import { postBinding } from './transport/grpc.ts';
import { commentsProjection } from './views/commentsProjection.ts';
import { filesProjection } from './views/filesProjection.ts';
import { postsProjection } from './views/postsProjection.ts';
import { reportsProjection } from './views/reportsProjection.ts';
import { responsesProjection } from './views/responsesProjection.ts';

export type { PostImport } from './app/importPosts.ts';

export interface PostService extends ManagedService {
  /** For `parvis import`: acts in nobody's name. */
  readonly imports: PostImport;
}

/** Owns the streams below `group/G/post/P`, and `group/G/report/R`. */
export const createPostService = (ports: PostPorts): PostService => {
  let imports!: PostImport;
  let made: PostApp | undefined;
  // Handlers, policies and the sweeper share one app: what it remembers is worth having once.
  const appOn = (runtime: ServiceRuntime): PostApp => {
    made ??= createPostApp(ports, runtime);
    return made;
  };
  const service = createService(ports, {
    name: 'post',
    projections: [postsProjection, commentsProjection, responsesProjection, filesProjection, reportsProjection],
    policies: (runtime) => filePolicies(appOn(runtime)),
    rpc: (runtime) => {
      imports = createPostImport(runtime.commands);
      return [postBinding(appOn(runtime))];
    },
    background: (runtime) => createFileSweeper(appOn(runtime)),
  });
  return { ...service, imports };
};
