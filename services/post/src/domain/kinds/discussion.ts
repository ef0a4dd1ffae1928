import { everyMember, type KindRules } from './kindRules.ts';

export const discussion: KindRules = {
  name: 'discussion',
  title: 'optional',
  body: 'or-files',
  acceptsAnswers: false,
  asksAcknowledgement: false,
  mustPublish: everyMember,
};
