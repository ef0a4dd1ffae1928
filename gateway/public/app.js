/** The plain page: sign in, read the feed, write to a group, search, hear of new posts. Text only, never HTML. */
import { api, call } from './api.js';
import { byId, language, problemText, showProblem, texts, translatePage } from './texts.js';

const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
};

const attempt = async (work) => {
  try {
    showProblem('');
    await work();
  } catch (problem) {
    if (problem.status === 401) return showWelcome();
    showProblem(problem.detail ?? problemText(problem.code));
  }
};

const showWelcome = () => {
  for (const id of ['who', 'search', 'composer', 'stream', 'results', 'fresh']) byId(id).hidden = true;
  byId('welcome').hidden = false;
};

const nameOf = (card) => (card?.displayName ? card.displayName : texts.former);
const when = (iso) => (iso ? new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso)) : '');

/** Mentions as names: of those the reader may see, by the cards that came along. */
const written = ({ body, mentions }) =>
  body.replace(/@\[person:([a-z2-7]+)\]/g, (_, id) => `@${nameOf(mentions.find((card) => card.id === id))}`);

const postElement = (post) => {
  const article = element('article');
  article.tabIndex = 0;
  const heading = element('h3', post.title || nameOf(post.author));
  heading.id = `title-${post.id}`;
  article.setAttribute('aria-labelledby', heading.id);
  const organisation = post.author?.kind === 'partner' ? ` (${post.author.organisation.name})` : '';
  const line = [nameOf(post.author) + organisation, post.group?.name, when(post.publishedAt)].filter(Boolean).join(' · ');
  article.append(
    heading,
    element('p', line, 'aside'),
    element('p', written(post), 'text'),
    element('p', texts.comments(post.commentCount), 'aside'),
  );
  return article;
};

let nextCursor = null;
let waiting = 0;

const showFresh = () => {
  const fresh = byId('fresh');
  fresh.hidden = waiting === 0;
  fresh.textContent = texts.newPosts(waiting);
  byId('announcer').textContent = waiting === 0 ? '' : texts.newPosts(waiting);
};

const loadFeed = async (cursor) => {
  const feed = byId('feed');
  feed.setAttribute('aria-busy', 'true');
  try {
    const page = await api('GET', `/feed${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`);
    if (!cursor) feed.replaceChildren();
    feed.append(...page.items.map(postElement));
    if (feed.childElementCount === 0) feed.append(element('p', texts.nothing));
    nextCursor = page.nextCursor;
    byId('more').hidden = nextCursor === null;
  } finally {
    feed.setAttribute('aria-busy', 'false');
  }
  if (cursor) return;
  waiting = 0;
  showFresh();
};

const partsElement = (parts) => {
  const line = element('p');
  line.append(...parts.map(({ text, match }) => (match ? element('mark', text) : document.createTextNode(text))));
  return line;
};

const search = async (query) => {
  const results = byId('results');
  results.hidden = query === '';
  if (query === '') return;
  const page = await api('GET', `/search?q=${encodeURIComponent(query)}`);
  const hits = page.items.map((hit) => {
    const item = element('li');
    item.append(
      partsElement(hit.title),
      partsElement(hit.excerpt),
      element('p', [nameOf(hit.author), hit.group?.name].filter(Boolean).join(' · '), 'aside'),
    );
    return item;
  });
  byId('hits').replaceChildren(...(hits.length > 0 ? hits : [element('li', texts.noResults)]));
};

const showAudience = async () => {
  const groupId = byId('group').value;
  if (!groupId) return;
  const audience = await api('GET', `/groups/${groupId}/audience`);
  const partners = audience.partners.reduce((sum, { people }) => sum + people, 0);
  byId('audience').textContent = audience.everyEmployee && partners === 0 ? texts.everyone : texts.readers(audience.employees, partners);
};

const loadGroups = async () => {
  const { items } = await api('GET', '/groups?scope=mine&limit=100');
  const options = items
    .filter(({ abilities }) => abilities.includes('post'))
    .map(({ id, name }) => {
      const option = element('option', name);
      option.value = id;
      return option;
    });
  byId('group').replaceChildren(...options);
  byId('composer').hidden = options.length === 0;
  await showAudience();
};

const publish = async () => {
  await api('POST', `/groups/${byId('group').value}/posts`, { body: byId('text').value });
  byId('text').value = '';
  byId('announcer').textContent = texts.published;
  await loadFeed();
};

/** A mail may have led here: /posts/ID shows the post above the feed. */
const showLinked = async () => {
  const postId = /^\/posts\/([\w.]+)$/.exec(location.pathname)?.[1];
  if (!postId) return;
  const article = postElement(await api('GET', `/posts/${postId}`));
  byId('stream').before(article);
  article.focus();
};

const follow = (myId) => {
  const live = new EventSource('/api/v1/live');
  live.addEventListener('post.published', (event) => {
    if (JSON.parse(event.data).actorId === myId) return;
    waiting += 1;
    showFresh();
  });
  live.addEventListener('resync', () => attempt(() => loadFeed()));
};

const start = async () => {
  byId('signIn').href = `/auth/login?returnTo=${encodeURIComponent(location.pathname)}`;
  const code = new URLSearchParams(location.search).get('problem');
  if (code) history.replaceState(null, '', '/');
  const branding = await api('GET', '/branding').catch(() => undefined);
  if (branding?.networkName) {
    byId('network').textContent = branding.networkName;
    document.title = branding.networkName;
  }
  await attempt(async () => {
    const { signedIn } = await call('GET', '/session');
    if (!signedIn) return showWelcome();
    const me = await api('GET', '/me');
    byId('name').textContent = nameOf(me.card);
    for (const id of ['who', 'search', 'stream']) byId(id).hidden = false;
    await Promise.all([loadGroups(), loadFeed()]);
    follow(me.card.id);
    await showLinked();
  });
  if (code) showProblem(problemText(code));
};

translatePage();
byId('more').addEventListener('click', () => attempt(() => loadFeed(nextCursor)));
byId('fresh').addEventListener('click', () => attempt(() => loadFeed()));
byId('group').addEventListener('change', () => attempt(showAudience));
byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(publish);
});
byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(() => search(byId('query').value.trim()));
});
byId('signOut').addEventListener('click', () =>
  attempt(async () => {
    const { redirectTo } = await call('POST', '/auth/logout');
    location.assign(redirectTo);
  }),
);
await start();
