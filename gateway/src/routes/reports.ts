/** A minimal queue of reported posts and comments, for moderators of the network. */
import { postOfComment } from '@parvis/kit/runtime/ids.ts';
import { z } from 'zod';
import { postCommand, written } from '../http/commands.ts';
import { type Operation, operation } from '../http/operation.ts';
import { cardsOf, degradation } from '../present/hydrate.ts';
import { cardOrNull } from '../present/people.ts';
import { orNull, timeOrNull } from '../present/values.ts';
import * as common from '../schemas/common.ts';
import { Report } from '../schemas/posts.ts';

const described = { tag: 'reports', auth: 'person' } as const;
const command = { ...described, rateClass: 'write', idempotent: true, response: common.Written } as const;
const body = z.strictObject({ reason: common.reason });

export const reports: readonly Operation[] = [
  operation({
    ...command,
    operationId: 'reportPost',
    method: 'POST',
    path: '/posts/{postId}/reports',
    summary: 'Report a post to the moderators',
    status: 201,
    params: z.strictObject({ postId: common.postId }),
    body,
    handler: async (call, { params: { postId }, body: { reason } }) =>
      written(await postCommand(call, { $case: 'reportItem', value: { postId, commentId: '', reason } })),
  }),
  operation({
    ...command,
    operationId: 'reportComment',
    method: 'POST',
    path: '/comments/{commentId}/reports',
    summary: 'Report a comment to the moderators',
    status: 201,
    params: z.strictObject({ commentId: common.commentId }),
    body,
    handler: async (call, { params: { commentId }, body: { reason } }) =>
      written(await postCommand(call, { $case: 'reportItem', value: { postId: postOfComment(commentId), commentId, reason } })),
  }),
  operation({
    ...described,
    operationId: 'listReports',
    method: 'GET',
    path: '/reports',
    summary: 'Reported items',
    rateClass: 'read',
    query: z.strictObject({ state: z.enum(['open', 'resolved']).default('open'), ...common.page }),
    response: z.strictObject(common.pageOf(Report)).meta({ id: 'ReportPage' }),
    async handler(call, { query }) {
      const answer = await call.clients.post.listReports(query, call.context());
      const cards = await cardsOf(
        call,
        answer.reports.map(({ reporterId }) => reporterId),
      );
      const items = answer.reports.map((report) => ({
        id: report.id,
        groupId: report.groupId,
        postId: report.postId,
        commentId: orNull(report.commentId),
        reporterId: report.reporterId,
        reporter: cardOrNull(cards, report.reporterId),
        reason: report.reason,
        at: timeOrNull(report.at),
        state: report.state,
        outcome: orNull(report.outcome),
      }));
      return { body: { items, nextCursor: orNull(answer.nextCursor), ...degradation(call) } };
    },
  }),
  operation({
    ...command,
    operationId: 'resolveReport',
    method: 'POST',
    path: '/reports/{reportId}/resolution',
    summary: 'Close a report: the item is kept, hidden or deleted',
    ifMatch: true,
    params: z.strictObject({ reportId: common.reportId }),
    body: z.strictObject({ outcome: z.enum(['kept', 'hidden', 'deleted']), note: common.line(500, 0).default('') }),
    handler: async (call, { params: { reportId }, body: { outcome, note } }) =>
      written(await postCommand(call, { $case: 'resolveReport', value: { reportId, outcome, note } })),
  }),
];
