/** Reported items: the queue of the moderators, and whether a report on a thread is open. */
import type { ReportEvent } from '@parvis/contracts/gen/parvis/post/v1/events.ts';
import type { Projection } from '@parvis/kit/eventing/projection.ts';
import { idsOfStream } from '@parvis/kit/runtime/ids.ts';

export interface ReportRow {
  readonly reportId: string;
  readonly groupId: string;
  readonly postId: string;
  readonly commentId: string;
  readonly reporterId: string;
  /** Sealed under the report's stream. */
  readonly reason: string;
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
  readonly state: 'open' | 'resolved';
  readonly outcome: string;
  readonly resolvedBy: string;
  readonly note: string;
}

export const reportsProjection: Projection = {
  source: 'post',
  personal: 'sealed',
  schema: {
    name: 'reports',
    version: 1,
    collections: {
      reports: {
        indexes: {
          queue: (row: ReportRow) => [[row.state, row.atMs, row.lane, row.position]],
          groupQueue: (row: ReportRow) => [[row.groupId, row.state, row.atMs, row.position]],
          open: (row: ReportRow) => (row.state === 'open' ? [[row.postId]] : []),
          reporter: (row: ReportRow) => [[row.reporterId, row.atMs, row.lane, row.position]],
        },
      },
    },
  },
  keys({ stream }) {
    const { reportId } = idsOfStream(stream);
    return reportId === undefined ? [] : [{ collection: 'reports', key: reportId }];
  },
  apply(decoded, rows) {
    const { groupId = '', reportId } = idsOfStream(decoded.stream);
    const event = decoded.event as ReportEvent['event'];
    if (!event || reportId === undefined) return;
    switch (event.$case) {
      case 'itemReported': {
        const { postId, commentId, reporterId, reason } = event.value;
        const { lane, position } = decoded;
        const atMs = decoded.at.getTime();
        const open = { state: 'open', outcome: '', resolvedBy: '', note: '' } as const;
        rows.put<ReportRow>('reports', reportId, {
          ...{ reportId, groupId, postId, commentId, reporterId, reason, atMs, lane, position },
          ...open,
        });
        return;
      }
      case 'reportResolved': {
        const row = rows.get<ReportRow>('reports', reportId);
        const { outcome, by, note } = event.value;
        if (row) rows.put<ReportRow>('reports', reportId, { ...row, state: 'resolved', outcome, resolvedBy: by, note });
        return;
      }
      default:
        event satisfies never;
    }
  },
};
