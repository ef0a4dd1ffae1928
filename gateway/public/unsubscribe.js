import { api } from './api.js';
import { byId, problemText, showProblem, translatePage } from './texts.js';

translatePage();

byId('stop').addEventListener('click', async () => {
  try {
    await api('POST', '/unsubscribe', { token: new URLSearchParams(location.search).get('token') ?? '' });
    byId('done').hidden = false;
    byId('stop').hidden = true;
  } catch (problem) {
    showProblem(problemText(problem.code));
  }
});
