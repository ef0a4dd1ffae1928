/**
 * From the page of an invitation to signing in. Where the network keeps accounts itself, somebody without one chooses a
 * password first: the secret came by mail, so it proves the address that the invitation names, and no other.
 */
import { callContext } from '@parvis/kit/runtime/callContext.ts';
import { invalid } from '@parvis/kit/runtime/errors.ts';
import type { Request, Response } from 'express';
import { CHOOSE_PASSWORD_MS } from '../limits.ts';
import type { GatewayPorts } from '../ports.ts';

/** @throws invalid */
export const invitationSecretOf = (value: unknown): string => {
  if (typeof value !== 'string' || !/^[\w.~-]{8,500}$/.test(value)) throw invalid('invitation', 'the secret of an invitation link');
  return value;
};

export const acceptInvitation =
  ({ clients, accounts }: GatewayPorts) =>
  async (request: Request, response: Response): Promise<void> => {
    const secret = invitationSecretOf(request.query.invitation);
    const { invitation } = await clients.identity.previewInvitation({ secret }, callContext());
    if (invitation?.state !== 'open') {
      response.redirect(303, `/invitations/${secret}`);
      return;
    }
    const { email, givenName, familyName } = invitation;
    if (!accounts || (await accounts.exists(email))) {
      response.redirect(303, `/auth/login?invitation=${secret}`);
      return;
    }
    // Whoever else is signed in at the provider in this browser is not the one who was invited.
    const returnTo = `/auth/login?invitation=${secret}&prompt=login`;
    response.redirect(303, accounts.passwordPage({ email, givenName, familyName, returnTo, lifetimeMs: CHOOSE_PASSWORD_MS }));
  };
