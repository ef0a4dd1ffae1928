/** Numbers of the protos and words of the API. */
import { GroupPrivacy, MemberRole } from '@parvis/contracts/gen/parvis/group/v1/events.ts';
import { PersonKind, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { MailCadence, NotificationLevel } from '@parvis/contracts/gen/parvis/notification/v1/events.ts';
import { PostKind, ReactionKind } from '@parvis/contracts/gen/parvis/post/v1/events.ts';

/** `UNSPECIFIED` and `UNRECOGNIZED` have no word. */
type Word<E> = Lowercase<Exclude<keyof E & string, 'UNSPECIFIED' | 'UNRECOGNIZED'>>;

export interface Words<E extends Record<string, number>> {
  number(word: Word<E>): E[keyof E];
  /** Null for unspecified, and for a value newer than this gateway. */
  word(value: E[keyof E]): Word<E> | null;
  wordOr(value: E[keyof E], fallback: Word<E>): Word<E>;
}

const wordsOf = <const E extends Record<string, number>>(values: E): Words<E> => {
  const pairs = Object.entries(values).filter(([name]) => name !== 'UNSPECIFIED' && name !== 'UNRECOGNIZED');
  const numbers = new Map(pairs.map(([name, value]) => [name.toLowerCase(), value]));
  const words = new Map(pairs.map(([name, value]) => [value, name.toLowerCase() as Word<E>]));
  const word = (value: E[keyof E]): Word<E> | null => words.get(value) ?? null;
  return {
    number: (name) => numbers.get(name) as E[keyof E],
    word,
    wordOr: (value, fallback) => word(value) ?? fallback,
  };
};

export const personKinds = wordsOf(PersonKind);
export const personRoles = wordsOf(PersonRole);
export const privacies = wordsOf(GroupPrivacy);
export const memberRoles = wordsOf(MemberRole);
export const postKinds = wordsOf(PostKind);
export const reactionKinds = wordsOf(ReactionKind);
export const notificationLevels = wordsOf(NotificationLevel);
export const mailCadences = wordsOf(MailCadence);
