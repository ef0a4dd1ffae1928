/** Who may sign in at the embedded provider. Addresses and names are sealed; what finds an account by address is an HMAC. */
import type { Clock } from '../../ports/clock.ts';
import type { StateStore } from '../../ports/state.ts';
import { invalid, notFound } from '../../runtime/errors.ts';
import { randomId } from '../../runtime/ids.ts';
import type { Sealer } from '../../runtime/sealer.ts';
import { type AccountStore, createAccountStore, emailKeyOf, isEmail, normalEmail, type StoredAccount } from './accountStore.ts';
import { type Attempts, createAttempts } from './attempts.ts';
import { checkPassword, createPasswords, type Passwords } from './passwords.ts';

const NAME_LENGTH_LIMIT = 100;
const SEAL = 'oidc-account';

/** What the provider tells about an account. */
export interface Account {
  /** Random; the subject of its tokens. */
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly givenName: string;
  readonly familyName: string;
  /** The provider's roles; they only name the first administrator. */
  readonly roles: readonly string[];
  readonly disabled: boolean;
}

export interface NewAccount {
  readonly email: string;
  /** The address was proven, e.g. by an invitation that arrived there. */
  readonly emailVerified: boolean;
  /** One of the two. A hash comes from `hashPassword`, so that many demo accounts cost one hash. */
  readonly password?: string;
  readonly passwordHash?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly roles?: readonly string[];
}

export interface Accounts {
  /** @returns the new account's id. @throws invalid, conflict `account-exists` */
  create(account: NewAccount): Promise<string>;
  find(id: string): Promise<Account | undefined>;
  findByEmail(email: string): Promise<Account | undefined>;
  /** The account when the password is right, it is not disabled and not locked; otherwise nothing, for whatever reason. */
  signIn(email: string, password: string): Promise<Account | undefined>;
  /** @throws invalid, not-found */
  setPassword(id: string, password: string): Promise<void>;
  /** Unknown accounts are as good as disabled. */
  setDisabled(id: string, disabled: boolean): Promise<void>;
  erase(id: string): Promise<void>;
  hashPassword(password: string): Promise<string>;
  /** Forgets old failed attempts. */
  sweep(): Promise<void>;
}

const name = (value: string | undefined): string => (value ?? '').trim().slice(0, NAME_LENGTH_LIMIT);

const passwordHashOf = (account: NewAccount, passwords: Passwords): Promise<string> | string => {
  if ((account.password === undefined) === (account.passwordHash === undefined)) throw invalid('password', 'a password or its hash');
  return account.passwordHash ?? passwords.hash(account.password as string);
};

type Personal = Pick<Account, 'email' | 'givenName' | 'familyName'>;

const openedBy =
  (sealer: Sealer) =>
  (id: string, record: StoredAccount): Account => {
    const { emailVerified, roles, disabled } = record;
    return { id, ...sealer.open<Personal>(SEAL, record.sealed), emailVerified, roles, disabled };
  };

interface SignInParts {
  readonly store: AccountStore;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly keyOf: (email: string) => string;
  readonly opened: (id: string, record: StoredAccount) => Account;
}

/** Every road costs one attempt, one hash and one answer, so that nobody learns who has an account. */
const signInWith =
  ({ store, passwords, attempts, keyOf, opened }: SignInParts) =>
  async (email: string, password: string): Promise<Account | undefined> => {
    const emailKey = keyOf(isEmail(email) ? normalEmail(email) : '');
    const allowed = await attempts.begin(emailKey);
    const found = await store.byEmailKey(emailKey);
    const right = await passwords.verify(password, found?.record.passwordHash);
    if (!allowed || !right || !found || found.record.disabled) return undefined;
    await attempts.succeeded(emailKey);
    return opened(found.id, found.record);
  };

export const createAccounts = (state: StateStore, sealer: Sealer, clock: Clock, hashCostLog2?: number): Accounts => {
  const store = createAccountStore(state);
  const passwords = createPasswords(hashCostLog2);
  const attempts = createAttempts(state, clock);
  const keyOf = emailKeyOf(sealer);
  const opened = openedBy(sealer);
  return {
    async create(account) {
      const email = normalEmail(account.email);
      const passwordHash = await passwordHashOf(account, passwords);
      const personal: Personal = { email, givenName: name(account.givenName), familyName: name(account.familyName) };
      const { emailVerified, roles = [] } = account;
      const id = randomId();
      const sealed = sealer.seal(SEAL, personal);
      await store.insert(id, { emailKey: keyOf(email), sealed, emailVerified, passwordHash, roles: [...roles], disabled: false });
      return id;
    },
    async find(id) {
      const record = await store.get(id);
      return record && opened(id, record);
    },
    async findByEmail(email) {
      const found = await store.byEmailKey(keyOf(normalEmail(email)));
      return found && opened(found.id, found.record);
    },
    signIn: signInWith({ store, passwords, attempts, keyOf, opened }),
    async setPassword(id, password) {
      checkPassword(password);
      const passwordHash = await passwords.hash(password);
      if (!(await store.change(id, (record) => ({ ...record, passwordHash })))) throw notFound('account');
    },
    async setDisabled(id, disabled) {
      await store.change(id, (record) => ({ ...record, disabled }));
    },
    async erase(id) {
      const record = await store.remove(id);
      if (record) await attempts.succeeded(record.emailKey);
    },
    hashPassword: passwords.hash,
    sweep: attempts.sweep,
  };
};
