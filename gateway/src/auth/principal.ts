/** Who makes a request: a bearer token, or a browser's session. */

import { createHash } from 'node:crypto';
import type { VerifiedToken } from '@parvis/kit/ports/tokenVerifier.ts';

interface Common {
  /** One text per (issuer, subject), without either in clear: key of limits and memories. */
  readonly key: string;
  readonly accessToken: string;
  /** The access token's end, milliseconds since the epoch. */
  readonly expiresAtMs: number;
}
export interface BearerPrincipal extends Common {
  readonly kind: 'bearer';
  readonly verified: VerifiedToken;
}
export interface SessionPrincipal extends Common {
  readonly kind: 'session';
  readonly sessionId: string;
  readonly personId: string;
}
export type Principal = BearerPrincipal | SessionPrincipal;

export const principalKey = (issuer: string, subject: string): string =>
  createHash('sha256').update(`${issuer.length}:${issuer}${subject}`).digest('base64url').slice(0, 22);
