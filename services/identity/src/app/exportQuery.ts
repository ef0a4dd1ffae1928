import { mayRead } from '@parvis/access/src/mayRead.ts';
import { PersonKind, personRoleToJSON } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { notFound } from '@parvis/kit/runtime/errors.ts';
import { personStream } from '@parvis/kit/runtime/ids.ts';
import type { Entered } from '@parvis/kit/runtime/service.ts';
import { personDecider } from '../domain/personDecisions.ts';
import { type Identity, loadState } from './identity.ts';

/** Entries of a person's history in their export. */
const HISTORY_LIMIT = 10_000;

/** Everything identity holds about the viewer, as a JSON document in UTF-8. */
export const exportMyIdentity = async (identity: Identity, entered: Entered): Promise<Buffer> => {
  const { personId, viewer, nowMs } = entered;
  if (!mayRead(viewer, { kind: 'own', personId }, nowMs)) throw notFound('person');
  const stream = personStream(personId);
  const { state } = await loadState(identity, personDecider, stream);
  const history = await identity.ports.log.readStream(stream, { limit: HISTORY_LIMIT });
  const document = {
    format: 'parvis.identity.export/1',
    exportedAt: new Date(nowMs).toISOString(),
    person: {
      id: personId,
      kind: state.kind === PersonKind.PARTNER ? 'partner' : 'employee',
      status: state.status,
      organisationId: state.organisationId,
      email: state.email,
      handle: state.handle,
      profile: state.profile,
      roles: state.roles.map(personRoleToJSON),
      sponsorId: state.sponsorId,
      expiresAt: state.expiresAt?.toISOString(),
      accounts: state.accounts,
    },
    history: history.map(({ type, at }) => ({ type, at: at.toISOString() })),
  };
  return Buffer.from(JSON.stringify(document, undefined, 2), 'utf8');
};
