/**
 * Accounts of people where they sign in, and their sessions here. Access ends by facts alone (kit/runtime `enter`); this
 * port makes it end at the identity provider and in browsers too. Every call is idempotent, may come again after a
 * crash, and treats an account it does not know as done.
 */

/** A subject of an identity provider, as verified tokens name it. */
export interface AccountRef {
  readonly issuer: string;
  readonly subject: string;
}

export interface AccountDirectory {
  /** The account can't sign in any more; its sessions at the provider end. @throws Unavailable (try again) */
  disable(account: AccountRef): Promise<void>;
  /** Undoes `disable`. @throws Unavailable */
  enable(account: AccountRef): Promise<void>;
  /** Forgets the account with everything it says about the person. @throws Unavailable */
  erase(account: AccountRef): Promise<void>;
  /** Ends every session of browsers here. @throws Unavailable */
  endSessions(account: AccountRef): Promise<void>;
}
