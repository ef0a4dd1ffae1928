import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { invalid, ParvisError } from '../../runtime/errors.ts';

/** 2 to this power: 32 MB and about a fifth of a second per guess (OWASP's parameters for scrypt with little memory). */
export const HASH_COST_LOG2 = 15;

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly maxmem: number;
}
const costOf = (log2: number): Cost => ({ N: 2 ** log2, r: 8, p: 3, maxmem: 64 * 1024 * 1024 });
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** In characters. Long enough to resist guessing behind a lockout; no rules on kinds of characters. */
export const PASSWORD_LENGTH = { min: 10, max: 128 } as const;
/** Hashes computed at once (memory), and sign-ins that may wait for their turn. */
export const HASHING_LIMITS = { running: 2, waiting: 40 } as const;

const derive = promisify<string, Uint8Array, number, Cost, Buffer>(scrypt);

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

const encode = (cost: Cost, salt: Uint8Array, hash: Uint8Array): string =>
  `scrypt$${cost.N}$${cost.r}$${cost.p}$${Buffer.from(salt).toString('base64url')}$${Buffer.from(hash).toString('base64url')}`;

const decode = (stored: string): { cost: Cost; salt: Buffer; hash: Buffer } => {
  const [name, N, r, p, salt, hash] = stored.split('$');
  if (name !== 'scrypt' || !salt || !hash) throw new Error('a stored password hash is not of a known kind');
  const cost = { ...costOf(Math.log2(Number(N))), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') };
};

/** Lets few hashes run at once, so that a wave of sign-ins neither eats the memory nor queues without end. */
const createTurns = () => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < HASHING_LIMITS.running) running += 1;
    else {
      if (waiting.length >= HASHING_LIMITS.waiting) throw new ParvisError('too-many-requests', 'sign-in-busy', 'too many sign-ins at once');
      // The turn is handed over by the one that ends: nobody gets in between.
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
};

/** Compatibility forms of one letter sign in alike, whatever the keyboard sends. */
const normal = (password: string): string => password.normalize('NFKC');

/** @param costLog2 lower than the default in tests alone; a hash is verified at the cost it was made with */
export const createPasswords = (costLog2: number = HASH_COST_LOG2): Passwords => {
  const ownCost = costOf(costLog2);
  const inTurn = createTurns();
  const nobody = encode(ownCost, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
  return {
    async hash(password) {
      checkPassword(password);
      const salt = randomBytes(SALT_BYTES);
      return encode(ownCost, salt, await inTurn(() => derive(normal(password), salt, HASH_BYTES, ownCost)));
    },
    async verify(password, stored) {
      const { cost, salt, hash } = decode(stored ?? nobody);
      const guess = normal(password.slice(0, PASSWORD_LENGTH.max + 1));
      const derived = await inTurn(() => derive(guess, salt, HASH_BYTES, cost));
      return timingSafeEqual(derived, hash) && stored !== undefined;
    },
  };
};
