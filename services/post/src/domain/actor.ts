/** Who acts, with what decides about their rights in the group; read from facts before deciding. */
import { forbidden, ruleBroken } from '@parvis/kit/runtime/errors.ts';

export type GroupRole = 'none' | 'member' | 'moderator' | 'owner';

export interface Actor {
  readonly personId: string;
  /** `none`: reads the group without being a member (employees in open groups). */
  readonly role: GroupRole;
  readonly groupArchived: boolean;
}

export const isModerator = (actor: Actor): boolean => actor.role === 'moderator' || actor.role === 'owner';

/**
 * Writing takes a member of a group that is not archived. Taking things away (delete, hide) and reporting stay possible
 * in an archive, because what breaks a law or a promise has to go from there too.
 */
export const mustWrite = (actor: Actor): void => {
  if (actor.groupArchived) throw ruleBroken('group.archived', 'the group is archived; nothing is written there any more');
  if (actor.role === 'none') throw forbidden('group.not-a-member', 'only members of the group write there; join it first');
};

export const mustModerate = (actor: Actor): void => {
  if (!isModerator(actor)) throw forbidden('group.moderators-only', 'only moderators and owners of the group may do this');
};
