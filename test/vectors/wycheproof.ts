import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { allowedDifferences } from './allowed-differences.ts';

type Case = {
  readonly tcId: number;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly flags?: readonly string[];
};
type File<Group, Vector> = {
  readonly numberOfTests: number;
  readonly testGroups: readonly (Group & { readonly tests: readonly (Vector & Case)[] })[];
};

/**
 * Runs every case of one file through `accepts` (true: taken as good and, where the file says so, with the expected output)
 * and fails unless the cases that differ from the file's verdict are exactly the allowed ones: an allowed one that no longer
 * differs fails too. A case may not be left out.
 */
export async function runVectors<Group, Vector>(
  file: string,
  accepts: (vector: Vector & Case, group: Group) => boolean | Promise<boolean>,
  way = file,
): Promise<void> {
  const path = fileURLToPath(new URL(`./wycheproof/${file}_test.json`, import.meta.url));
  const { numberOfTests, testGroups } = JSON.parse(readFileSync(path, 'utf8')) as File<Group, Vector>;
  const differing: number[] = [];
  let run = 0;
  for (const group of testGroups) {
    for (const vector of group.tests) {
      run += 1;
      const accepted = await accepts(vector, group);
      if (accepted !== shouldPass(vector)) differing.push(vector.tcId);
    }
  }
  expect(run).toBe(numberOfTests);
  const allowed = allowedDifferences.filter((each) => each.way === way).flatMap(({ tcIds }) => tcIds);
  expect(differing).toEqual(allowed.sort((one, other) => one - other));
}

/** Of what the files leave open (X25519 only), a shared secret of zeros must be refused; the rest must give the stated output. */
const shouldPass = ({ result, flags }: Case): boolean =>
  result === 'valid' || (result === 'acceptable' && flags?.includes('ZeroSharedSecret') !== true);

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** False for anything thrown: refusing is refusing. */
export async function succeeds(attempt: () => unknown): Promise<boolean> {
  try {
    return (await attempt()) !== false;
  } catch {
    return false;
  }
}
