import ipaddr from 'ipaddr.js';
import { DAY_MS, HOUR_MS } from '../kernel/index.ts';
import { foldCase } from './plain-line.ts';
import { secretHash } from './secret-hash.ts';

/** After `free` failures each further one doubles the wait, from one second up to `mostSeconds`. */
export type ThrottlePolicy = { readonly free: number; readonly mostSeconds: number; readonly forgetMs: number };

export type Throttled = ThrottlePolicy & { readonly key: string };

/** A quarter of an hour at most: an attacker can lock a person out of the password for that long, not out of a link. */
const MOST_SECONDS = 15 * 60;

/** The account as typed, known or not: an answer must not depend on whether it exists. Hashed: people type passwords here. */
export const byAccount = (typed: string): Throttled => ({
  key: `account:${secretHash(foldCase(typed.trim()))}`,
  free: 5,
  mostSeconds: MOST_SECONDS,
  forgetMs: DAY_MS,
});

/** More is free than for an account: an office signs in from behind one address. */
export const byAddress = (address: string): Throttled => ({
  key: `address:${network(address)}`,
  free: 30,
  mostSeconds: MOST_SECONDS,
  forgetMs: HOUR_MS,
});

/** The code has 100 bits; a long wait would only hinder the one who holds the log. */
export const bySetUp: Throttled = { key: 'set-up', free: 10, mostSeconds: 60, forgetMs: HOUR_MS };

/** Mails to one account, asked for by anybody. */
export const byForgotten = (typed: string): Throttled => ({
  key: `forgot:${secretHash(foldCase(typed.trim()))}`,
  free: 3,
  mostSeconds: 60 * 60,
  forgetMs: DAY_MS,
});

/** One IPv6 customer owns at least a /64, so that counts as one address. */
export function network(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return parsed
    .toByteArray()
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
