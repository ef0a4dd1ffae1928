import { PostKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import { z } from 'zod';
import { type Operation, operation } from '../http/operation.ts';
import { postKinds } from '../present/enums.ts';
import { presentPostPage } from '../present/posts.ts';
import * as common from '../schemas/common.ts';
import { PostPage, postKind } from '../schemas/posts.ts';

export const feed: readonly Operation[] = [
  operation({
    operationId: 'getFeed',
    method: 'GET',
    path: '/feed',
    summary: 'Posts of my groups, latest first',
    tag: 'feed',
    auth: 'person',
    rateClass: 'read',
    query: z.strictObject({ kind: postKind.optional(), ...common.page }),
    response: PostPage,
    async handler(call, { query }) {
      const kind = query.kind ? postKinds.number(query.kind) : PostKind.UNSPECIFIED;
      return { body: await presentPostPage(call, await call.clients.post.getFeed({ ...query, kind }, call.context())) };
    },
  }),
];
