import { isErased } from '@parvis/kit/eventing/decodedEvent.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';

/** Nobody writes the mark of an erased text, which readers could not tell from a real erasure. @throws invalid */
export const mustNotClaimErased = (...texts: readonly (string | undefined)[]): void => {
  if (texts.some((text) => text !== undefined && isErased(text))) throw invalid('body', 'a text of your own');
};
