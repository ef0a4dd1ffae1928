import { mayRead } from '@parvis/access/src/mayRead.ts';
import type { ListAuditRequest, ListAuditResponse } from '@parvis/contracts/gen/parvis/group/v1/service.ts';
import type { IndexKey } from '@parvis/kit/ports/views.ts';
import { forbidden } from '@parvis/kit/runtime/errors.ts';
import type { Entered, ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import type { AuditRow } from '../views/auditProjection.ts';
import { PAGE_LIMITS, pageLimit } from './groupQueries.ts';

/** Audit entries of groups, newest first; administrators only. */
export const listAudit = async (runtime: ServiceRuntime, entered: Entered, request: ListAuditRequest): Promise<ListAuditResponse> => {
  if (!mayRead(entered.viewer, { kind: 'administration' }, entered.nowMs)) {
    throw forbidden('administrators-only', 'only administrators may read the audit list');
  }
  const limit = pageLimit(request.limit, PAGE_LIMITS.groups);
  const after = request.cursor ? runtime.sealer.open<{ after: IndexKey }>('cursor', request.cursor).after : undefined;
  const options = {
    reverse: true,
    limit,
    ...(after === undefined ? {} : { after }),
    ...(request.subject ? { prefix: [request.subject] } : {}),
  };
  const entries = await runtime.view('groupAudit').range<AuditRow>('entries', request.subject ? 'bySubject' : 'byTime', options);
  const last = entries.length === limit ? entries.at(-1)?.indexKey : undefined;
  return {
    entries: entries.map(({ row }) => ({
      id: row.id,
      at: new Date(row.atMs),
      actor: row.actor,
      type: row.type,
      subject: row.subject,
      details: { ...row.details },
    })),
    nextCursor: last === undefined ? '' : runtime.sealer.seal('cursor', { after: last }),
  };
};
