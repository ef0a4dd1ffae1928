/** What one person is to groups, loaded in batches and kept for one call. */
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';
import { type SinceRow, sinceKey } from '../views/groupInboxView.ts';
import type { Standing } from './visibility.ts';

export interface Standings {
  /** Loads what is not known yet of these groups. */
  load(groupIds: Iterable<string>): Promise<void>;
  /** Of a loaded group. */
  in(groupId: string): Standing;
}

const UNKNOWN: Standing = { group: undefined, membership: undefined };

export const createStandings = (runtime: ServiceRuntime, personId: string): Standings => {
  const known = new Map<string, Standing>();
  return {
    async load(groupIds) {
      const missing = [...new Set(groupIds)].filter((groupId) => groupId !== '' && !known.has(groupId));
      if (missing.length === 0) return;
      const [groups, memberships, since] = await Promise.all([
        runtime.facts.groups(missing),
        runtime.facts.memberships(personId, missing),
        runtime.view('groupInbox').getMany<SinceRow>(
          'members',
          missing.map((groupId) => sinceKey(groupId, personId)),
        ),
      ]);
      missing.forEach((groupId, index) => {
        known.set(groupId, { group: groups[index], membership: memberships[index], sinceMs: since[index]?.sinceMs });
      });
    },
    in: (groupId) => known.get(groupId) ?? UNKNOWN,
  };
};
