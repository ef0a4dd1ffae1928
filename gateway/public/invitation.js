import { api } from './api.js';
import { byId, problemText, showProblem, texts, translatePage } from './texts.js';

translatePage();

const secret = decodeURIComponent(location.pathname.split('/').at(-1));
try {
  const preview = await api('POST', '/invitations/preview', { secret });
  byId('preview').textContent = preview.state === 'open' ? texts.invited(preview) : texts.invitationOver;
  const accept = byId('accept');
  accept.href = `/auth/accept?invitation=${encodeURIComponent(secret)}`;
  accept.hidden = preview.state !== 'open';
} catch (problem) {
  showProblem(problem.status === 404 || problem.status === 400 ? texts.invitationOver : problemText(problem.code));
}
