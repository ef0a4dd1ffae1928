import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalid, ParvisError } from '../../runtime/errors.ts';
import { type PageHeaderOptions, pageHeaders } from './pages.ts';

/** Forms here have two fields; a longer body is none of ours. */
export const FORM_LIMIT_BYTES = 8 * 1024;

/** @throws too-large, invalid */
export const readForm = async (request: IncomingMessage): Promise<URLSearchParams> => {
  if (!(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) throw invalid('body', 'a form');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > FORM_LIMIT_BYTES) throw new ParvisError('too-large', 'form-too-large', 'the form is too large');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
};

/** Browsers tell the origin of a form; one from elsewhere is refused even where a cookie came along. */
export const sameOrigin = (request: IncomingMessage, publicUrl: string): boolean => {
  const { origin } = request.headers;
  return origin === undefined || origin === new URL(publicUrl).origin;
};

export const sendHtml = (response: ServerResponse, status: number, html: string, options: PageHeaderOptions = {}): void => {
  response.writeHead(status, { ...pageHeaders(options), 'content-type': 'text/html; charset=utf-8' });
  response.end(html);
};

export const redirect = (response: ServerResponse, to: string): void => {
  response.writeHead(303, { location: to, 'cache-control': 'no-store' });
  response.end();
};

/**
 * The provider derives addresses and cookies from a request; whatever a caller claims, and whichever road it came, it is
 * reached at the public address only.
 */
export const asPublic = (request: IncomingMessage, publicUrl: URL): void => {
  request.headers.host = publicUrl.host;
  request.headers['x-forwarded-proto'] = publicUrl.protocol.slice(0, -1);
  for (const name of ['x-forwarded-host', 'x-forwarded-for', 'forwarded']) delete request.headers[name];
};
