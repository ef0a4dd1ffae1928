/** Who did what to whom: rights, suspensions, erasures, organisations, invitations. Ids and facts, no personal text. */
import type { ViewSchema } from '@parvis/kit/ports/views.ts';

export interface AuditRow {
  /** Id of the event. */
  readonly id: string;
  readonly atMs: number;
  readonly lane: number;
  readonly position: number;
  readonly actor: string;
  readonly type: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, string>>;
}

export const AUDIT = 'audit';

export const auditSchema: ViewSchema = {
  name: AUDIT,
  version: 1,
  collections: {
    entries: {
      indexes: {
        // Lanes have no order between them: the time of the commit sorts, lane and position only make the key unique.
        byTime: (row: AuditRow) => [[row.atMs, row.lane, row.position]],
        bySubject: (row: AuditRow) => [[row.subject, row.atMs, row.lane, row.position]],
      },
    },
  },
};
