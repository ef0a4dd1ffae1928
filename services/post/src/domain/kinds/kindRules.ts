import type { Actor } from '../actor.ts';

/** What a kind of post asks for and allows. A new kind is one more file with this, and its line in kinds.ts. */
export interface KindRules {
  readonly name: string;
  readonly title: 'required' | 'optional';
  /** `or-files`: a post without words may consist of its files. */
  readonly body: 'required' | 'or-files' | 'optional';
  /** One comment can be accepted as the answer. */
  readonly acceptsAnswers: boolean;
  /** Readers can be asked to acknowledge. */
  readonly asksAcknowledgement: boolean;
  /** @throws forbidden when this actor, a member, may not publish this kind. */
  mustPublish(actor: Actor): void;
}

/** For kinds that every member may publish. */
export const everyMember = (_actor: Actor): void => undefined;
