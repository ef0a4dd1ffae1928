/** Reporting an item, and resolving the report together with what it leads to, in one append. */
import { mayRead } from '@parvis/access/src/mayRead.ts';
import type { ReportItem, ResolveReport } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import type { CommandTransaction } from '@parvis/kit/eventing/command.ts';
import { invalid, notFound } from '@parvis/kit/runtime/errors.ts';
import { commentStream, derivedId, groupStream, isSimpleId, postStream } from '@parvis/kit/runtime/ids.ts';
import { rootOf } from '@parvis/kit/runtime/streams.ts';
import { type Actor, isModerator } from '../domain/actor.ts';
import { commentDecider, seesComment } from '../domain/comment.ts';
import { postDecider, seesPost } from '../domain/post.ts';
import { type Outcome, outcomeOf, type ReportState, reportDecider } from '../domain/report.ts';
import { groupAccess, groupIdOf, mustReadThread, postIdOf } from './access.ts';
import type { Call, Done } from './call.ts';

/** A report id is `G.R`. Undefined for what is none. */
const reportStreamOf = (reportId: string): string | undefined => {
  const [group = '', report = '', ...more] = reportId.split('.');
  return more.length === 0 && isSimpleId(group) && isSimpleId(report) ? `${groupStream(group)}/report/${report}` : undefined;
};

/** Whoever may read an item may report it, in an archive and without being a member too. */
export const reportItem = async (call: Call, { postId, commentId, reason }: ReportItem): Promise<Done> => {
  const { app, entered, meta } = call;
  const { actor } = await mustReadThread(app.runtime, entered, postId);
  if (commentId !== '' && postIdOf(commentId) !== postId) throw notFound('comment');
  const id = `${groupIdOf(postId)}.${derivedId(meta.commandId, 'report')}`;
  const stream = reportStreamOf(id) ?? '';
  const outcome = await app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
    const post = await transaction.load(postDecider, postStream(postId));
    const tombstone = commentId !== '' && post.state.visibility === 'deleted';
    if (!tombstone && !seesPost(post.state, actor)) throw notFound('post');
    if (commentId !== '') {
      const comment = await transaction.load(commentDecider, commentStream(commentId));
      if (!seesComment(comment.state, actor)) throw notFound('comment');
    }
    await transaction.run(reportDecider, stream, { kind: 'report', reporterId: entered.personId, postId, commentId, reason });
  });
  return { id, stream, outcome };
};

/** Moderators of the network, and moderators and owners of the report's group; to others there is no such report. */
const mustResolve = async ({ app, entered }: Call, groupId: string): Promise<Actor> => {
  const access = await groupAccess(app.runtime, entered, groupId);
  if (access && isModerator(access.actor)) return access.actor;
  if (!mayRead(entered.viewer, { kind: 'reports' }, entered.nowMs)) throw notFound('report');
  return { personId: entered.personId, role: 'moderator', groupArchived: false };
};

interface Resolution {
  readonly actor: Actor;
  readonly outcome: Outcome;
  readonly reason: string;
}

/** Hides or deletes the item unless it went meanwhile. */
const carryOut = async (transaction: CommandTransaction, { postId, commentId }: ReportState, resolution: Resolution): Promise<void> => {
  const { actor, outcome, reason } = resolution;
  if (outcome === 'kept') return;
  const kind = outcome === 'hidden' ? 'hide' : 'delete';
  if (commentId !== '') {
    const { state } = await transaction.load(commentDecider, commentStream(commentId));
    if (state.visibility === 'deleted') return;
    await transaction.run(commentDecider, commentStream(commentId), { kind, actor, reason });
    await transaction.run(postDecider, postStream(postId), { kind: 'commentGone', actor, commentId });
    return;
  }
  const { state } = await transaction.load(postDecider, postStream(postId));
  if (state.visibility !== 'deleted') await transaction.run(postDecider, postStream(postId), { kind, actor, reason });
};

/** The note is the reason that the author of a hidden or deleted item is given. */
export const resolveReport = async (call: Call, { reportId, outcome: wanted, note }: ResolveReport): Promise<Done> => {
  const { app, entered, meta } = call;
  const stream = reportStreamOf(reportId);
  if (stream === undefined) throw notFound('report');
  const actor = await mustResolve(call, reportId.split('.')[0] ?? '');
  const outcome = await app.runtime.commands.execute(rootOf(stream), meta, async (transaction) => {
    const { state } = await transaction.load(reportDecider, stream);
    if (state.state === 'absent') throw notFound('report');
    const resolved = outcomeOf(wanted);
    if (resolved !== 'kept' && note.trim() === '') throw invalid('note', 'a reason, which the author is given');
    await transaction.run(reportDecider, stream, { kind: 'resolve', by: entered.personId, outcome: resolved, note });
    await carryOut(transaction, state, { actor, outcome: resolved, reason: note });
  });
  return { id: reportId, stream, outcome };
};
