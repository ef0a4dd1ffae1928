/** PostService over whatever carries calls: authenticates, hands on, answers. */
import { PostServiceService } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { bind, type CallContext, type Handlers, type RpcBinding } from '@parvis/kit/runtime/rpc.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { getComment, listComments } from '../app/commentQueries.ts';
import { downloadFile } from '../app/downloadFile.ts';
import { execute } from '../app/execute.ts';
import { exportContributions } from '../app/exportContributions.ts';
import { listFiles } from '../app/listFiles.ts';
import { listRevisions } from '../app/listRevisions.ts';
import type { PostApp } from '../app/postApp.ts';
import { countPosts, getFeed, getPost, getPosts, listGroupPosts } from '../app/postQueries.ts';
import { listReports } from '../app/reportQueries.ts';
import { listAcknowledgements, listReactions } from '../app/responseQueries.ts';
import { uploadFile } from '../app/uploadFile.ts';

export const postBinding = (app: PostApp): RpcBinding => {
  /** A query is authenticated before anything is read for it. */
  const query =
    <Q, A>(read: (app: PostApp, entered: Entered, request: Q) => Promise<A>) =>
    async (request: Q, context: CallContext): Promise<A> =>
      read(app, await app.runtime.enter(context), request);

  const handlers: Handlers<typeof PostServiceService> = {
    execute: (request, context) => execute(app, request, context),
    getPost: query((_, entered, { postId }) => getPost(app, entered, postId)),
    getPosts: query((_, entered, { postIds }) => getPosts(app, entered, postIds)),
    listGroupPosts: query(listGroupPosts),
    getFeed: query(getFeed),
    listComments: query(listComments),
    getComment: query((_, entered, { commentId }) => getComment(app, entered, commentId)),
    listRevisions: query(listRevisions),
    listReactions: query(listReactions),
    listAcknowledgements: query(listAcknowledgements),
    listFiles: query(listFiles),
    uploadFile: async (requests, context) => ({ file: await uploadFile(app, requests, context) }),
    downloadFile: ({ fileId }, context) => downloadFile(app, fileId, context),
    listReports: query(listReports),
    countPosts: query((_, entered, { groupId }) => countPosts(app, entered, groupId)),
    async *exportMyContributions(_request, context) {
      const entered = await app.runtime.enter(context);
      for await (const chunk of exportContributions(app, entered)) yield { chunk };
    },
  };
  return bind(PostServiceService, handlers);
};
