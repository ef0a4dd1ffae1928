/** Rows of accounts: found by id, or by an HMAC of the address. Address and names are sealed. */
import { createHmac } from 'node:crypto';
import type { StateStore } from '../../ports/state.ts';
import { invalid, ruleBroken } from '../../runtime/errors.ts';
import type { Sealer } from '../../runtime/sealer.ts';

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,188}$/;

export interface StoredAccount {
  readonly emailKey: string;
  /** { email, givenName, familyName } */
  readonly sealed: string;
  readonly emailVerified: boolean;
  readonly passwordHash: string;
  readonly roles: readonly string[];
  readonly disabled: boolean;
}

export interface AccountRow {
  readonly id: string;
  readonly record: StoredAccount;
}

export interface AccountStore {
  get(id: string): Promise<StoredAccount | undefined>;
  byEmailKey(emailKey: string): Promise<AccountRow | undefined>;
  /** The address is claimed first, so that no two accounts share one. @throws conflict `account-exists` */
  insert(id: string, record: StoredAccount): Promise<void>;
  /** False when there is no such account. */
  change(id: string, changed: (record: StoredAccount) => StoredAccount): Promise<boolean>;
  remove(id: string): Promise<StoredAccount | undefined>;
}

/** @throws invalid `email` */
export const normalEmail = (email: string): string => {
  const normal = email.trim().normalize('NFC').toLowerCase();
  if (!EMAIL.test(normal)) throw invalid('email', 'an e-mail address');
  return normal;
};

export const isEmail = (email: string): boolean => EMAIL.test(email.trim());

export const emailKeyOf = (sealer: Sealer): ((email: string) => string) => {
  const key = sealer.derive('oidc-account-email');
  return (email) => createHmac('sha256', key).update(email).digest('base64url');
};

export const createAccountStore = (state: StateStore): AccountStore => {
  const accounts = state.table<StoredAccount>('accounts');
  const owners = state.table<string>('accountEmails');

  /** An address belongs to the account that claimed it, unless that account never came to be or was erased. */
  const claim = async (emailKey: string, id: string): Promise<void> => {
    if (await owners.insert(emailKey, id)) return;
    const owner = await owners.get(emailKey);
    const taken = owner !== undefined && (await accounts.get(owner)) !== undefined;
    if (taken || owner === undefined || !(await owners.replace(emailKey, owner, id))) {
      throw ruleBroken('account-exists', 'there is an account with this address');
    }
  };

  return {
    get: (id) => accounts.get(id),
    async byEmailKey(emailKey) {
      const id = await owners.get(emailKey);
      const record = id === undefined ? undefined : await accounts.get(id);
      return id === undefined || !record ? undefined : { id, record };
    },
    async insert(id, record) {
      await claim(record.emailKey, id);
      await accounts.put(id, record);
      // Two claims at once, the earlier account not there yet: the address tells which of the two it is.
      if ((await owners.get(record.emailKey)) === id) return;
      await accounts.delete(id);
      throw ruleBroken('account-exists', 'there is an account with this address');
    },
    async change(id, changed) {
      for (;;) {
        const record = await accounts.get(id);
        if (!record) return false;
        if (await accounts.replace(id, record, changed(record))) return true;
      }
    },
    async remove(id) {
      const record = await accounts.get(id);
      if (!record) return undefined;
      await accounts.delete(id);
      if ((await owners.get(record.emailKey)) === id) await owners.delete(record.emailKey);
      return record;
    },
  };
};
