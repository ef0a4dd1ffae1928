/** Calls to /api/v1. Tokens of writes are carried along, so that what was written is read. */
let tokens = [];

const remember = (response) => {
  const given = response.headers.get('parvis-token');
  if (given) tokens = [...tokens, ...given.split(',').map((token) => token.trim())].slice(-8);
};

/** @returns the answer's JSON. @throws the problem document, with its status */
export const call = async (method, path, body) => {
  const headers = { accept: 'application/json', 'parvis-csrf': '1' };
  if (tokens.length > 0) headers['parvis-token'] = tokens.join(', ');
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET') headers['idempotency-key'] = crypto.randomUUID();
  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(path, { method, headers, credentials: 'same-origin', ...payload });
  remember(response);
  const text = await response.text();
  const answer = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw answer ?? { status: response.status, code: 'internal' };
  return answer;
};

export const api = (method, path, body) => call(method, `/api/v1${path}`, body);
