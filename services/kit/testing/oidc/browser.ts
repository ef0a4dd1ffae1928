import { createHash, randomBytes } from 'node:crypto';

/** Enough of a browser to sign in: cookies by path, forms, and redirects one at a time. */
export interface TestBrowser {
  get(address: string, headers?: Record<string, string>): Promise<Response>;
  post(address: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** Follows redirects within the origin; stops at an address that `until` accepts, without visiting it. */
  follow(response: Response, until: (address: string) => boolean): Promise<{ response: Response; address: string }>;
  readonly cookies: ReadonlyMap<string, string>;
  forget(): void;
}

const REDIRECT_LIMIT = 10;

export const openTestBrowser = (origin: string): TestBrowser => {
  const jar = new Map<string, { value: string; path: string }>();
  const keep = (response: Response): Response => {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      const path = attributes.map((text) => /^\s*path=(.*)$/i.exec(text)?.[1]).find((text) => text !== undefined) ?? '/';
      const over = attributes.some((text) => /^\s*expires=Thu, 01 Jan 1970/i.test(text));
      if (over || value.join('=') === '') jar.delete(name);
      else jar.set(name, { value: value.join('='), path });
    }
    return response;
  };
  const cookiesFor = (address: string): Record<string, string> => {
    const { pathname } = new URL(address);
    const sent = [...jar].filter(([, { path }]) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`));
    return sent.length === 0 ? {} : { cookie: sent.map(([name, { value }]) => `${name}=${value}`).join('; ') };
  };
  const send = async (address: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> => {
    const url = new URL(address, origin).href;
    return keep(await fetch(url, { ...init, redirect: 'manual', headers: { ...cookiesFor(url), ...init.headers } }));
  };
  const get: TestBrowser['get'] = (address, headers = {}) => send(address, { headers });
  return {
    get,
    post: (address, form, headers = {}) =>
      send(address, { method: 'POST', body: new URLSearchParams(form), headers: { origin, ...headers } }),
    async follow(first, until) {
      let response = first;
      for (let step = 0; step < REDIRECT_LIMIT; step += 1) {
        const location = response.headers.get('location');
        if (location === null) return { response, address: response.url };
        const address = new URL(location, origin).href;
        if (until(address)) return { response, address };
        response = await get(address);
      }
      throw new Error(`more than ${REDIRECT_LIMIT} redirects`);
    },
    get cookies() {
      return new Map([...jar].map(([name, { value }]) => [name, value]));
    },
    forget: () => jar.clear(),
  };
};

/** A verifier and its S256 challenge. */
export const pkce = (): { verifier: string; challenge: string } => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};

/** The address a form of the page sends to. */
export const formAction = (html: string): string => {
  const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1];
  if (action === undefined) throw new Error('the page has no form');
  return action.replaceAll('&amp;', '&');
};

export const hiddenField = (html: string, name: string): string => {
  const value = new RegExp(`name="${name}" value="([^"]+)"`).exec(html)?.[1];
  if (value === undefined) throw new Error(`the page has no hidden field ${name}`);
  return value;
};
