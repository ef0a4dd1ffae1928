/** The queue of reported items: all of it for moderators of the network, their groups' part for moderators of groups. */
import { mayRead } from '@parvis/access/src/mayRead.ts';
import type { ListReportsRequest, ListReportsResponse, Report } from '@parvis/contracts/gen/parvis/post/v1/service.ts';
import { isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import { invalid, unavailable } from '@parvis/kit/runtime/errors.ts';
import { groupStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { laneOf } from '@parvis/kit/runtime/streams.ts';
import { isModerator } from '../domain/actor.ts';
import type { ReportRow } from '../views/reportsProjection.ts';
import { groupAccesses } from './access.ts';
import { cursorOf, limitOf, placeOfCursor, REPORTS_PAGE } from './pages.ts';
import type { PostApp } from './postApp.ts';

interface Place {
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
}

interface QueuePage {
  readonly state: 'open' | 'resolved';
  readonly after: Place | undefined;
  readonly limit: number;
}

const compareOldest = (left: Place, right: Place): number =>
  left.atMs - right.atMs || left.lane - right.lane || left.position - right.position;

const wholeQueue = async (app: PostApp, { state, after, limit }: QueuePage): Promise<ReportRow[]> => {
  const from = after ? { after: [state, after.atMs, after.lane, after.position] } : {};
  const entries = await app.runtime.view('reports').range<ReportRow>('reports', 'queue', { prefix: [state], limit, ...from });
  return entries.map(({ row }) => row);
};

/** Reports of one group that are younger than the place, oldest first. */
const groupQueue = async (app: PostApp, groupId: string, { state, after, limit }: QueuePage): Promise<ReportRow[]> => {
  const prefix = [groupId, state];
  const lane = laneOf(groupStream(groupId));
  const position = after && (lane === after.lane ? after.position : lane > after.lane ? 0 : Number.MAX_SAFE_INTEGER);
  const from = after && position !== undefined ? { after: [...prefix, after.atMs, position] } : {};
  const entries = await app.runtime.view('reports').range<ReportRow>('reports', 'groupQueue', { prefix, limit, ...from });
  return entries.map(({ row }) => row);
};

const moderatedGroups = async (app: PostApp, entered: Entered): Promise<string[]> => {
  const accesses = await groupAccesses(app.runtime, entered, await app.runtime.facts.groupIdsOf(entered.personId));
  return [...accesses].filter(([, { actor }]) => isModerator(actor)).map(([groupId]) => groupId);
};

const queueFor = async (app: PostApp, entered: Entered, page: QueuePage): Promise<ReportRow[]> => {
  if (mayRead(entered.viewer, { kind: 'reports' }, entered.nowMs)) {
    // The whole queue reaches into restricted and hidden groups.
    if (!app.runtime.factsFresh()) throw unavailable('access.stale', 'access rights are being brought up to date; try again in a moment');
    return wholeQueue(app, page);
  }
  const rows: ReportRow[] = [];
  for (const groupId of await moderatedGroups(app, entered)) rows.push(...(await groupQueue(app, groupId, page)));
  return rows.sort(compareOldest).slice(0, page.limit);
};

const presentReports = async ({ runtime }: PostApp, rows: readonly ReportRow[]): Promise<Report[]> => {
  const texts = rows.map(({ reportId, groupId, reason }) => ({
    stream: `${groupStream(groupId)}/report/${reportId.split('.')[1]}`,
    field: 'reason',
    text: reason,
  }));
  const reasons = await runtime.codec.openTexts(texts);
  return rows.map(({ reportId, groupId, postId, commentId, reporterId, atMs, state, outcome }, nth) => {
    const reason = reasons[nth] ?? '';
    const shown = isErased(reason) ? '' : reason;
    return { id: reportId, groupId, postId, commentId, reporterId, reason: shown, at: new Date(atMs), state, outcome };
  });
};

const stateOf = (state: string): 'open' | 'resolved' => {
  if (state === '' || state === 'open') return 'open';
  if (state === 'resolved') return state;
  throw invalid('state', 'open or resolved');
};

/** Oldest first; who moderates nothing gets an empty list. */
export const listReports = async (app: PostApp, entered: Entered, request: ListReportsRequest): Promise<ListReportsResponse> => {
  const state = stateOf(request.state);
  const limit = limitOf(request.limit, REPORTS_PAGE);
  const list = `reports ${entered.personId} ${state}`;
  const after = placeOfCursor<Place>(app.runtime, list, request.cursor);
  const rows = await queueFor(app, entered, { state, after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const place = last && { atMs: last.atMs, lane: last.lane, position: last.position };
  return { reports: await presentReports(app, shown), nextCursor: place ? cursorOf(app.runtime, list, place) : '' };
};
