/**
 * The last active administrator can't go. Administrators lie on streams of their own, so whatever may take one away runs
 * alone: one at a time in this process, and under a lease in the state store across replicas.
 */
import { unavailable } from '@parvis/kit/runtime/errors.ts';
import { personStream, randomId } from '@parvis/kit/runtime/ids.ts';
import { isActiveAdministrator } from '../domain/person.ts';
import { personDecider } from '../domain/personDecisions.ts';
import { type Identity, loadState } from './identity.ts';

/** A lease that was not given back ends by itself. */
export const LEASE_MS = 15_000;
const ATTEMPTS = 40;
const PAUSE_MS = 50;
/** Administrators looked at for one who remains. */
const CANDIDATES = 200;
const KEY = 'administrators';

interface Lease {
  readonly holder: string;
  readonly untilMs: number;
}

/** True when another administrator is active, as the log says now; the view only names candidates. */
export const othersRemain = async (identity: Identity, personId: string): Promise<boolean> => {
  const ids = await identity.runtime.facts.personIdsWithRole('administrator');
  for (const id of ids.filter((candidate) => candidate !== personId).slice(0, CANDIDATES)) {
    const { state } = await loadState(identity, personDecider, personStream(id));
    if (isActiveAdministrator(state)) return true;
  }
  return false;
};

const acquire = async ({ ports }: Identity): Promise<Lease> => {
  const table = ports.state.table<Lease>('leases');
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const nowMs = ports.clock.now().getTime();
    const lease = { holder: randomId(), untilMs: nowMs + LEASE_MS };
    const present = await table.get(KEY);
    if (present === undefined ? await table.insert(KEY, lease) : present.untilMs <= nowMs && (await table.replace(KEY, present, lease))) {
      return lease;
    }
    await new Promise<void>((resolve) => ports.clock.after(PAUSE_MS, resolve));
  }
  throw unavailable('administrators.busy', 'the rights of administrators are being changed by someone else: try again');
};

/** Runs what may take an administrator away, alone. */
export const createAdministratorGuard = (identity: Identity): (<R>(work: () => Promise<R>) => Promise<R>) => {
  let last: Promise<unknown> = Promise.resolve();
  const leased = async <R>(work: () => Promise<R>): Promise<R> => {
    const lease = await acquire(identity);
    try {
      return await work();
    } finally {
      await identity.ports.state.table<Lease>('leases').replace(KEY, lease, { holder: '', untilMs: 0 });
    }
  };
  return (work) => {
    const next = last.then(
      () => leased(work),
      () => leased(work),
    );
    last = next;
    return next;
  };
};
