/** What a person's stream says: state and how events change it. Decisions are in personDecisions.ts. */
import { type PersonEvent, PersonKind, PersonRole } from '@parvis/contracts/gen/parvis/identity/v1/events.ts';
import { EMPTY_PROFILE, type FullProfile, withChange } from './profileAttributes.ts';

export type PersonChange = NonNullable<PersonEvent['event']>;

export interface Account {
  readonly issuer: string;
  readonly subject: string;
}

export interface PersonState {
  readonly status: 'none' | 'active' | 'suspended' | 'erased' | 'abandoned';
  readonly kind: PersonKind;
  readonly organisationId: string;
  readonly profile: FullProfile;
  readonly email: string;
  readonly emailClaim: string;
  readonly handle: string;
  readonly handleClaim: string;
  /** Every name ever claimed and written here: what an erasure releases. */
  readonly claims: readonly string[];
  readonly roles: readonly PersonRole[];
  readonly sponsorId: string;
  /** Absent: access does not end by itself. */
  readonly expiresAt: Date | undefined;
  readonly accounts: readonly Account[];
  /** Erased together with what the person wrote. */
  readonly contributionsErased: boolean;
}

export const NOBODY: PersonState = {
  status: 'none',
  kind: PersonKind.UNSPECIFIED,
  organisationId: '',
  profile: EMPTY_PROFILE,
  email: '',
  emailClaim: '',
  handle: '',
  handleClaim: '',
  claims: [],
  roles: [],
  sponsorId: '',
  expiresAt: undefined,
  accounts: [],
  contributionsErased: false,
};

const withClaim = (claims: readonly string[], claim: string): readonly string[] =>
  claim === '' || claims.includes(claim) ? claims : [...claims, claim];

export const sameAccount = (one: Account, other: Account): boolean => one.issuer === other.issuer && one.subject === other.subject;

export const evolvePerson = (state: PersonState, event: PersonChange): PersonState => {
  switch (event.$case) {
    case 'personRegistered': {
      const { kind, organisationId, profile, email, emailClaim, handle, handleClaim, roles, sponsorId, expiresAt } = event.value;
      return {
        ...NOBODY,
        status: 'active',
        kind,
        organisationId,
        profile: withChange(EMPTY_PROFILE, profile),
        email,
        emailClaim,
        handle,
        handleClaim,
        claims: withClaim(withClaim([], emailClaim), handleClaim),
        roles,
        sponsorId,
        expiresAt,
      };
    }
    case 'personProfileChanged':
      return { ...state, profile: withChange(state.profile, event.value.profile) };
    case 'personEmailChanged': {
      const { email, emailClaim } = event.value;
      return { ...state, email, emailClaim, claims: withClaim(state.claims, emailClaim) };
    }
    case 'personHandleChanged': {
      const { handle, handleClaim } = event.value;
      return { ...state, handle, handleClaim, claims: withClaim(state.claims, handleClaim) };
    }
    case 'personRolesChanged':
      return { ...state, roles: event.value.roles };
    case 'personSuspended':
      return { ...state, status: 'suspended' };
    case 'personReactivated':
      return { ...state, status: 'active' };
    case 'personErased':
      return { ...state, status: 'erased', roles: [], contributionsErased: state.contributionsErased || event.value.contributions };
    case 'personAbandoned':
      return { ...state, status: 'abandoned' };
    case 'personAccountLinked': {
      const { issuer, subject } = event.value;
      return { ...state, accounts: [...state.accounts.filter((account) => !sameAccount(account, event.value)), { issuer, subject }] };
    }
    case 'personAccountUnlinked':
      return { ...state, accounts: state.accounts.filter((account) => !sameAccount(account, event.value)) };
    case 'personSponsorChanged':
      return { ...state, sponsorId: event.value.sponsorId };
    case 'personExpiryChanged':
      return { ...state, expiresAt: event.value.expiresAt };
    case 'personClaimLost':
      return state;
    default:
      return event satisfies never;
  }
};

export const isAdministrator = (state: PersonState): boolean => state.roles.includes(PersonRole.ADMINISTRATOR);

/** True while the person can act as an administrator: employees' access has no end of its own. */
export const isActiveAdministrator = (state: PersonState): boolean => state.status === 'active' && isAdministrator(state);

/** True while the name behind the claim is this person's: nobody may take it over. */
export const usesClaim = (state: PersonState, claim: string): boolean =>
  (state.status === 'active' || state.status === 'suspended') && (state.emailClaim === claim || state.handleClaim === claim);
