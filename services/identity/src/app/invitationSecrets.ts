/**
 * Secrets of invitations. Nothing stores one: it is computed from the invitation's id under a key of the network when
 * the mail is written, and the log holds only its HMAC under another key.
 */
import { createHmac } from 'node:crypto';
import type { ServiceRuntime } from '@parvis/kit/runtime/service.ts';

type Sealer = ServiceRuntime['sealer'];

/** 43 characters of base64url: 32 bytes. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export const secretOf = (sealer: Sealer, invitationId: string): string =>
  createHmac('sha256', sealer.derive('invitation-secret')).update(invitationId).digest('base64url');

/**
 * Taken over the text and not over its bytes: of the last character two bits say nothing, and a secret has one spelling.
 * Undefined for a text that can't be a secret.
 */
export const hashOfSecret = (sealer: Sealer, secret: string): string | undefined =>
  SECRET.test(secret) ? createHmac('sha256', sealer.derive('invitation-hash')).update(secret).digest('base64url') : undefined;
