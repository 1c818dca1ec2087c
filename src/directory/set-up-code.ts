import type { Clock, Random } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { lockRoles } from './role-repo.ts';
import { secretHash } from './secret-hash.ts';
import { deleteSetUpCode, storeSetUpCode } from './set-up-code-repo.ts';
import { anyUserExists } from './user-repo.ts';

/** Crockford's base 32: no letter is mistaken for a digit, so a code can be read out. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LETTERS = 20;

/**
 * Makes the one-time code for the first administrator, for the log; null once a person exists. Each call replaces the
 * code before it, so of several nodes that start together the last one's is right. Only its hash is kept.
 */
export async function renewSetUpCode(deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
}): Promise<string | null> {
  return transact(deps.db, async (tx) => {
    await lockRoles(tx);
    if (await anyUserExists(tx)) {
      await deleteSetUpCode(tx);
      return null;
    }
    const letters = [...deps.random.bytes(CODE_LETTERS)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
    await storeSetUpCode(tx, setUpCodeHash(letters), deps.clock.now());
    return letters.replace(/.{5}(?=.)/g, '$&-');
  });
}

/** Of what somebody typed: case, dashes, spaces and the letters that Crockford reads as digits do not matter. */
export const setUpCodeHash = (typed: string): string =>
  secretHash(
    typed
      .toUpperCase()
      .replace(/[^0-9A-Z]/g, '')
      .replaceAll('O', '0')
      .replace(/[IL]/g, '1'),
  );
