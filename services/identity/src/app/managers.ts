import { isActive } from '@parvis/access/src/mayRead.ts';
import { ruleBroken } from '@parvis/kit/runtime/errors.ts';
import { isSimpleId } from '@parvis/kit/runtime/ids.ts';
import { DIRECTORY, type DirectoryRow } from '../views/directoryView.ts';
import type { Identity } from './identity.ts';

/** Managers above a person that are looked at: deeper than any company, and a bound for a cycle of others. */
export const MANAGER_CHAIN_LIMIT = 60;

/**
 * A manager is an active employee who does not report to the person, over however many steps.
 * @throws conflict `person.manager-inactive`, `person.manager-cycle`
 */
export const checkManager = async ({ runtime }: Identity, personId: string, managerId: string, nowMs: number): Promise<void> => {
  const manager = isSimpleId(managerId) ? await runtime.facts.person(managerId) : undefined;
  const organisation = manager && (await runtime.facts.organisation(manager.organisationId));
  if (manager?.kind !== 'employee' || !isActive(manager, organisation, nowMs)) {
    throw ruleBroken('person.manager-inactive', 'a manager is an active employee');
  }
  let above = managerId;
  for (let step = 0; step < MANAGER_CHAIN_LIMIT && above !== ''; step += 1) {
    if (above === personId) throw ruleBroken('person.manager-cycle', 'this manager reports to this person');
    above = (await runtime.view(DIRECTORY).get<DirectoryRow>('people', above))?.managerId ?? '';
  }
  if (above !== '') throw ruleBroken('person.manager-cycle', `more than ${MANAGER_CHAIN_LIMIT} managers stand above`);
};
