import { everyMember, type KindRules } from './kindRules.ts';

export const question: KindRules = {
  name: 'question',
  title: 'required',
  body: 'optional',
  acceptsAnswers: true,
  asksAcknowledgement: false,
  mustPublish: everyMember,
};
