/**
 * Finds the person a verified token belongs to. Only what the token itself says counts: the caller's word about an
 * address or a role links nobody, since whoever holds a token could say it.
 */

import { isActive } from '@parvis/access/src/mayRead.ts';
import { PersonKind, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import type { SignInRequest, SignInResponse } from '@parvis/contracts/gen/parvis/identity/v1/service.ts';
import type { LanePosition } from '@parvis/kit/ports/eventLog.ts';
import type { VerifiedToken } from '@parvis/kit/ports/tokenVerifier.ts';
import { forbidden, isParvisError, type ParvisError, unauthenticated } from '@parvis/kit/runtime/errors.ts';
import { commandIdFor, derivedId, personStream } from '@parvis/kit/runtime/ids.ts';
import type { CallContext } from '@parvis/kit/runtime/rpc.ts';
import { domainOf, normaliseEmail } from '../domain/emailAddress.ts';
import { type Account, isActiveAdministrator, type PersonState, sameAccount } from '../domain/person.ts';
import { personDecider } from '../domain/personDecisions.ts';
import { cleanProfile, fittingName } from '../domain/profileAttributes.ts';
import { claimOf, type Holder, holderOf } from './claims.ts';
import { HOST_ORGANISATION_ID, type Identity, internalMeta, loadState } from './identity.ts';
import { type FoundInvitation, invitationBySecret, mustBeFor, registerInvited, takeUpKnown } from './invitations.ts';
import { registerPerson } from './registration.ts';
import { hostDomains } from './settings.ts';

/** Roles of identity providers that name the first administrator. */
const ADMINISTRATOR_ROLES: readonly string[] = ['parvis-administrator', 'administrator'];

export const accountNone = (): ParvisError => forbidden('account.none', 'nobody here has this account: ask for an invitation');
const inactive = (): ParvisError => forbidden('account.inactive', 'this account is not active');

interface Attempt {
  readonly token: VerifiedToken;
  readonly account: Account;
  /** Normalised, and only when the provider verified it. */
  readonly email: string | undefined;
  readonly names: { readonly givenName: string; readonly familyName: string };
  readonly secret: string;
  /** Leaves the address to somebody who is registering with it right now. */
  readonly yielding: boolean;
}

interface SignedIn {
  readonly personId: string;
  readonly last: LanePosition | undefined;
}

const attemptOf = async ({ ports }: Identity, request: SignInRequest, { credential }: CallContext): Promise<Attempt> => {
  if (credential.kind !== 'bearer') throw unauthenticated('token.missing', 'a person signs in with a token');
  const token = await ports.verifier.verify(credential.token);
  if (token.client) throw forbidden('account.client', 'a client of an integrator is nobody who signs in');
  return {
    token,
    account: { issuer: token.issuer, subject: token.subject },
    email: token.email !== undefined && token.emailVerified === true ? normaliseEmail(token.email) : undefined,
    names: { givenName: fittingName(request.givenName), familyName: fittingName(request.familyName) },
    secret: request.invitationSecret,
    yielding: true,
  };
};

const mustBeActive = async ({ runtime, ports }: Identity, personId: string, state: PersonState): Promise<void> => {
  const nowMs = ports.clock.now().getTime();
  const organisation = await runtime.facts.organisation(state.organisationId);
  const expired = state.expiresAt !== undefined && state.expiresAt.getTime() <= nowMs;
  if (state.status !== 'active' || expired) throw inactive();
  // Facts may not know someone who was registered a moment ago; then their own state is all there is to ask.
  const facts = await runtime.facts.person(personId);
  const status = facts?.status === 'invited' ? 'active' : facts?.status;
  if (facts && status && organisation && !isActive({ ...facts, status }, organisation, nowMs)) throw inactive();
};

/** True when the network has no administrator who could act, and the provider says this is one. */
const namesFirstAdministrator = async (identity: Identity, { token }: Attempt): Promise<boolean> => {
  if (!token.providerRoles.some((role) => ADMINISTRATOR_ROLES.includes(role))) return false;
  for (const id of await identity.runtime.facts.personIdsWithRole('administrator')) {
    if (isActiveAdministrator((await loadState(identity, personDecider, personStream(id))).state)) return false;
  }
  return true;
};

/** Links the account, names the first administrator, and takes the invitation up: whatever of it is still to do. */
const welcome = async (identity: Identity, attempt: Attempt, { personId, state }: Holder): Promise<SignedIn> => {
  await mustBeActive(identity, personId, state);
  const { account } = attempt;
  const stream = personStream(personId);
  const known = state.accounts.some((linked) => sameAccount(linked, account));
  // The provider gave the address to somebody else meanwhile: the new subject is not the person of old.
  if (!known && state.accounts.some(({ issuer }) => issuer === account.issuer)) {
    throw forbidden('account.conflict', 'another account of the same provider belongs to this address: an administrator must unlink it');
  }
  const first = state.kind === PersonKind.EMPLOYEE && (await namesFirstAdministrator(identity, attempt));
  let last: LanePosition | undefined;
  if (!known || first) {
    const meta = { ...internalMeta('sign-in'), actor: personId };
    const outcome = await identity.runtime.commands.execute(stream, meta, async (transaction) => {
      if (!known) await transaction.run(personDecider, stream, { kind: 'link', account });
      const roles = [...state.roles, PersonRole.ADMINISTRATOR];
      if (first) await transaction.run(personDecider, stream, { kind: 'changeRoles', roles, by: personId, others: true });
    });
    last = outcome.appended?.last;
  }
  const invitation =
    attempt.secret === '' || state.kind !== PersonKind.PARTNER ? undefined : await invitationBySecret(identity, attempt.secret);
  if (invitation) await takeUp(identity, invitation, personId, state);
  return { personId, last };
};

/** A partner's own address binds the invitation, whatever the token says; who took it up may sign in by it again. */
const takeUp = async (identity: Identity, invitation: FoundInvitation, personId: string, state: PersonState): Promise<void> => {
  const theirs = invitation.personId === personId && invitation.state.status === 'accepted';
  if (theirs) return;
  mustBeFor(invitation, state.email, identity.ports.clock.now());
  await takeUpKnown(identity, invitation, personId);
};

/** Ids tried for somebody whose first ones were abandoned, because others took their names over meanwhile. */
const PROVISION_ATTEMPTS = 5;

/** The id follows from the account, so that a repeat finds the same person. @throws forbidden for who was erased */
const provisionIds = async (
  identity: Identity,
  { issuer, subject }: Account,
  email: string,
): Promise<{ commandId: string; personId: string }> => {
  for (let nth = 0; nth < PROVISION_ATTEMPTS; nth += 1) {
    const commandId = commandIdFor(`${issuer}\n${subject}`, 'provision', `${email}\n${nth}`);
    const personId = derivedId(commandId, 'person');
    const { state } = await loadState(identity, personDecider, personStream(personId));
    if (state.status === 'erased') throw inactive();
    if (state.status !== 'abandoned') return { commandId, personId };
  }
  throw accountNone();
};

/** Registers an employee who signs in for the first time. */
const provision = async (
  identity: Identity,
  { account, names, email, yielding }: Attempt & { email: string },
  first: boolean,
): Promise<SignedIn> => {
  const { commandId, personId } = await provisionIds(identity, account, email);
  const stream = personStream(personId);
  const outcome = await registerPerson(
    identity,
    { commandId, requestHash: '', actor: personId },
    personId,
    {
      kind: PersonKind.EMPLOYEE,
      organisationId: HOST_ORGANISATION_ID,
      profile: cleanProfile({ ...names, languages: [] }),
      email,
      handle: '',
      roles: first ? [PersonRole.ADMINISTRATOR] : [PersonRole.MEMBER],
      sponsorId: '',
      expiresAt: undefined,
    },
    {
      yielding,
      async alongside(transaction) {
        await transaction.run(personDecider, stream, { kind: 'link', account });
      },
    },
  );
  return { personId, last: outcome.appended?.last };
};

/** Somebody whose account is not linked yet: by verified address, invitation, or the host's domains. */
const comeFirst = async (identity: Identity, attempt: Attempt): Promise<SignedIn> => {
  const { email, account, names, secret } = attempt;
  if (email === undefined) throw forbidden('account.email-unverified', 'the identity provider has not verified your e-mail address');
  const holder = await holderOf(identity, claimOf(identity, 'email', email));
  if (holder) return await welcome(identity, attempt, holder);
  const first = await namesFirstAdministrator(identity, attempt);
  if (first || (await hostDomains(identity)).includes(domainOf(email))) return await provision(identity, { ...attempt, email }, first);
  if (secret === '') throw accountNone();
  const invitation = await invitationBySecret(identity, secret);
  mustBeFor(invitation, email, identity.ports.clock.now());
  const meta = { commandId: commandIdFor(invitation.id, 'accept', ''), requestHash: '', actor: invitation.personId };
  const outcome = await registerInvited(identity, meta, invitation, account, names);
  return { personId: invitation.personId, last: outcome.appended?.last };
};

const findOrCome = async (identity: Identity, attempt: Attempt): Promise<SignedIn> => {
  const { issuer, subject } = attempt.account;
  const personId = await identity.runtime.facts.personIdByAccount(issuer, subject);
  if (personId !== undefined) {
    const { state } = await loadState(identity, personDecider, personStream(personId));
    if (state.status === 'erased') throw inactive();
    if (state.accounts.some((account) => sameAccount(account, attempt.account)))
      return await welcome(identity, attempt, { personId, state });
  }
  return await comeFirst(identity, attempt);
};

/** Two first sign-ins at once: one registers the person, and the other fails so. */
const OTHER_WAS_FIRST = ['person.email-taken', 'person.exists', 'person.abandoned'] as const;
/** Waits before looking again for who was first; then the address is taken over from who never came. */
const PAUSES_MS = [40, 120, 360] as const;

const persist = async (identity: Identity, attempt: Attempt): Promise<SignedIn> => {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await findOrCome(identity, attempt);
    } catch (error) {
      if (!OTHER_WAS_FIRST.some((code) => isParvisError(error, code))) throw error;
    }
    await new Promise<void>((resolve) => identity.ports.clock.after(pauseMs, resolve));
  }
  return await findOrCome(identity, { ...attempt, yielding: false });
};

export const createSignIn =
  (identity: Identity) =>
  async (request: SignInRequest, context: CallContext): Promise<SignInResponse> => {
    await identity.runtime.waitForTokens(context);
    const signedIn = await persist(identity, await attemptOf(identity, request, context));
    const token = signedIn.last ? await identity.runtime.tokenFor(signedIn.last) : '';
    return { personId: signedIn.personId, token };
  };
