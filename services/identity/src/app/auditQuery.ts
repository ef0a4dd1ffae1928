import type { ListAuditRequest, ListAuditResponse } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { IndexKey } from '@parvis/kit/ports/views.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { AUDIT, type AuditRow } from '../views/auditView.ts';
import type { Identity } from './identity.ts';
import { pageSize } from './paging.ts';
import { mustAdminister } from './standing.ts';

const PURPOSE = 'audit-cursor';

/** Who did what, newest first; `subject` is a stream such as person/P. Administrators only. */
export const listAudit = async (identity: Identity, entered: Entered, request: ListAuditRequest): Promise<ListAuditResponse> => {
  mustAdminister(entered);
  const { sealer } = identity.runtime;
  const size = pageSize(request.limit);
  const whole = request.subject === '';
  const after = request.cursor === '' ? {} : { after: sealer.open<IndexKey>(PURPOSE, request.cursor) };
  const options = { prefix: whole ? [] : [request.subject], reverse: true, limit: size + 1, ...after };
  const entries = await identity.runtime.view(AUDIT).range<AuditRow>('entries', whole ? 'byTime' : 'bySubject', options);
  const page = entries.slice(0, size);
  const last = page.at(-1);
  return {
    entries: page.map(({ row: { id, atMs, actor, type, subject, details } }) => ({
      id,
      at: new Date(atMs),
      actor,
      type,
      subject,
      details,
    })),
    nextCursor: last && entries.length > size ? sealer.seal(PURPOSE, last.indexKey) : '',
  };
};
