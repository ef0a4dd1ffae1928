import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { invalid, ParvisError } from '../../runtime/errors.ts';

/** 32 MB and about a fifth of a second per guess (OWASP's parameters for scrypt with little memory). */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** In characters. Long enough to resist guessing behind a lockout; no rules on kinds of characters. */
export const PASSWORD_LENGTH = { min: 10, max: 128 } as const;
/** Hashes computed at once (memory), and sign-ins that may wait for their turn. */
export const HASHING_LIMITS = { running: 2, waiting: 40 } as const;

const derive = promisify<string, Uint8Array, number, typeof COST, Buffer>(scrypt);

export interface Passwords {
  /** @returns a text that holds parameters, salt and hash. @throws invalid `password`, too-many-requests */
  hash(password: string): Promise<string>;
  /** Costs the same time whether there is a hash or not. @throws too-many-requests */
  verify(password: string, stored: string | undefined): Promise<boolean>;
}

export const checkPassword = (password: string): void => {
  if (password.length < PASSWORD_LENGTH.min || password.length > PASSWORD_LENGTH.max) {
    throw invalid('password', `${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters`);
  }
};

const encode = (salt: Uint8Array, hash: Uint8Array): string =>
  `scrypt$${COST.N}$${COST.r}$${COST.p}$${Buffer.from(salt).toString('base64url')}$${Buffer.from(hash).toString('base64url')}`;

const decode = (stored: string): { cost: typeof COST; salt: Buffer; hash: Buffer } => {
  const [name, N, r, p, salt, hash] = stored.split('$');
  if (name !== 'scrypt' || !salt || !hash) throw new Error('a stored password hash is not of a known kind');
  const cost = { N: Number(N), r: Number(r), p: Number(p), maxmem: COST.maxmem } as unknown as typeof COST;
  return { cost, salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') };
};

/** Lets few hashes run at once, so that a wave of sign-ins neither eats the memory nor queues without end. */
const createTurns = () => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= HASHING_LIMITS.running) {
      if (waiting.length >= HASHING_LIMITS.waiting) throw new ParvisError('too-many-requests', 'sign-in-busy', 'too many sign-ins at once');
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
};

/** Compatibility forms of one letter sign in alike, whatever the keyboard sends. */
const normal = (password: string): string => password.normalize('NFKC');

export const createPasswords = (): Passwords => {
  const inTurn = createTurns();
  const nobody = encode(randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
  return {
    async hash(password) {
      checkPassword(password);
      const salt = randomBytes(SALT_BYTES);
      return encode(salt, await inTurn(() => derive(normal(password), salt, HASH_BYTES, COST)));
    },
    async verify(password, stored) {
      const { cost, salt, hash } = decode(stored ?? nobody);
      const guess = normal(password.slice(0, PASSWORD_LENGTH.max + 1));
      const derived = await inTurn(() => derive(guess, salt, HASH_BYTES, cost));
      return timingSafeEqual(derived, hash) && stored !== undefined;
    },
  };
};
