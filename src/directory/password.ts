import { argon2, timingSafeEqual } from 'node:crypto';
import type { Random } from '../kernel/index.ts';
import { TooManyAttempts } from './problems.ts';

export type PasswordCost = { readonly memoryKiB: number; readonly passes: number };

/** RFC 9106 section 4, the second recommended option: 64 MiB and three passes, here with one lane. About 0.15 s. */
export const PASSWORD_COST: PasswordCost = { memoryKiB: 64 * 1024, passes: 3 };

const LANES = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** libuv has four threads for everything, files and DNS included: hashing may take half of them, and 128 MiB. */
const AT_ONCE = 2;
/** About five seconds of queue. Beyond it an answer now is worth more than an answer later. */
const WAITING_AT_MOST = 60;

export type Passwords = {
  /** A PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
  hash(password: string): Promise<string>;
  /** `stored` null (nobody, or a person without a password) costs the same work and is false. */
  verify(password: string, stored: string | null): Promise<boolean>;
  /** True when a stored hash was made with another cost than today's. */
  isOutdated(stored: string): boolean;
};

export function createPasswords(random: Random, cost: PasswordCost = PASSWORD_COST): Passwords {
  const turn = turnstile(AT_ONCE, WAITING_AT_MOST);
  const digest = (password: string, salt: Buffer, { memoryKiB, passes }: PasswordCost) =>
    turn(() => derive(password.normalize('NFKC'), salt, memoryKiB, passes));
  const nobody: Stored = { ...cost, salt: random.bytes(SALT_BYTES), hash: random.bytes(HASH_BYTES) };
  return {
    hash: async (password) => {
      const salt = random.bytes(SALT_BYTES);
      return format({ ...cost, salt, hash: await digest(password, salt, cost) });
    },
    verify: async (password, stored) => {
      const expected = (stored === null ? null : parse(stored)) ?? nobody;
      const actual = await digest(password, expected.salt, expected);
      return timingSafeEqual(actual, expected.hash) && expected !== nobody;
    },
    isOutdated: (stored) => {
      const parsed = parse(stored);
      return parsed === null || parsed.memoryKiB !== cost.memoryKiB || parsed.passes !== cost.passes;
    },
  };
}

type Stored = PasswordCost & { readonly salt: Buffer; readonly hash: Buffer };

const PHC = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

function parse(stored: string): Stored | null {
  const [, memory, passes, salt, hash] = PHC.exec(stored) ?? [];
  if (memory === undefined || passes === undefined || salt === undefined || hash === undefined) return null;
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

const format = ({ memoryKiB, passes, salt, hash }: Stored): string =>
  `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${LANES}$${unpadded(salt)}$${unpadded(hash)}`;

function derive(password: string, salt: Buffer, memory: number, passes: number): Promise<Buffer> {
  const parameters = { message: password, nonce: salt, parallelism: LANES, tagLength: HASH_BYTES, memory, passes };
  return new Promise((resolve, reject) =>
    argon2('argon2id', parameters, (error, hash) => (error === null ? resolve(hash) : reject(error))),
  );
}

/** Lets `atOnce` through, makes `waiting` more wait in order, and refuses the rest. */
function turnstile(atOnce: number, waiting: number) {
  const queue: (() => void)[] = [];
  let inside = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (inside >= atOnce) {
      if (queue.length >= waiting) throw new TooManyAttempts(5);
      // The one who leaves hands over its place, so `inside` stays as it is.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else inside += 1;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
