/** Walks the personal fields of an event's message along their paths; `*` stands for each element of a list. */
import type { PersonalField } from '@parvis/contracts/src/registry.ts';

// biome-ignore lint/suspicious/noExplicitAny: messages of every type are walked alike
type Message = any;

export const fieldName = (field: PersonalField): string => field.path.filter((segment) => segment !== '*').join('.');

/** Calls back for every text at the path that is there and not empty, with the message that holds it. */
export const visitTexts = (value: Message, path: readonly string[], visit: (holder: Message, key: string, text: string) => void): void => {
  walk(value, path, 0, visit);
};

const walk = (
  value: Message,
  path: readonly string[],
  depth: number,
  visit: (holder: Message, key: string, text: string) => void,
): void => {
  if (value === undefined || value === null) return;
  const segment = path[depth] as string;
  if (segment === '*') {
    for (const element of value) walk(element, path, depth + 1, visit);
  } else if (depth < path.length - 1) {
    walk(value[segment], path, depth + 1, visit);
  } else {
    const text = value[segment];
    if (typeof text === 'string' && text !== '') visit(value, segment, text);
  }
};

/** A copy in which every text at the path is replaced; what lies beside the path is shared with the original. */
export const replaceTexts = (value: Message, path: readonly string[], replace: (text: string) => string): Message =>
  copy(value, path, 0, replace);

const copy = (value: Message, path: readonly string[], depth: number, replace: (text: string) => string): Message => {
  if (value === undefined || value === null) return value;
  if (depth === path.length) return typeof value === 'string' && value !== '' ? replace(value) : value;
  const segment = path[depth] as string;
  if (segment === '*') return (value as Message[]).map((element) => copy(element, path, depth + 1, replace));
  // A field that is not there must not appear: `undefined` and absent are told apart by optional fields.
  return segment in value ? { ...value, [segment]: copy(value[segment], path, depth + 1, replace) } : value;
};
