import { createHash } from 'node:crypto';

/** JSON with sorted keys; bigints, dates and bytes as tagged texts; undefined fields left out. */
const canonical = (value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return `"bigint:${value}"`;
  if (value instanceof Date) return `"date:${value.getTime()}"`;
  if (value instanceof Uint8Array) return `"bytes:${Buffer.from(value).toString('base64')}"`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
};

/** Hash of a request, kept beside its command id: a repeat with another body is told apart. */
export const requestHashOf = (request: unknown): string => createHash('sha256').update(canonical(request)).digest('base64url');
