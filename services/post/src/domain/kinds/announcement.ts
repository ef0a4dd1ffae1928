import { forbidden } from '@parvis/kit/runtime/errors.ts';
import { isModerator } from '../actor.ts';
import type { KindRules } from './kindRules.ts';

export const announcement: KindRules = {
  name: 'announcement',
  title: 'required',
  body: 'required',
  acceptsAnswers: false,
  asksAcknowledgement: true,
  mustPublish(actor) {
    if (!isModerator(actor)) {
      throw forbidden('post.announcements-by-moderators', 'only moderators and owners of the group publish announcements');
    }
  },
};
