/** Requests that change something and carry a cookie must come from our own pages. */

import type { IncomingHttpHeaders } from 'node:http';
import { forbidden } from '@parvis/kit/runtime/errors.ts';

export const CSRF_HEADER = 'parvis-csrf';

const isOurs = (headers: IncomingHttpHeaders, publicOrigin: string): boolean => {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return headers.origin === publicOrigin;
};

/**
 * @param publicOrigin origin of the network's address, e.g. https://parvis.example
 * @throws forbidden `csrf` unless the browser says same-origin (or the Origin is ours) and the header of our pages is set
 */
export const checkCsrf = (method: string | undefined, headers: IncomingHttpHeaders, publicOrigin: string): void => {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return;
  if (isOurs(headers, publicOrigin) && headers[CSRF_HEADER] === '1') return;
  throw forbidden('csrf', `with a session cookie, changes need a same-origin request with the header ${CSRF_HEADER}: 1`);
};
