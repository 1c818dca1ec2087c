import { z } from 'zod';
import type { UserId } from '../kernel/actor.ts';
import type { Role } from '../kernel/role.ts';
import type { CompanyId } from './company.ts';
import { plainLine } from './plain-line.ts';

/** A person who can sign in. One who belongs to a company is that company's contact. */
export type User = {
  readonly id: UserId;
  /** Unique, ignoring case. */
  readonly username: string;
  readonly name: string;
  readonly email: string | null;
  readonly companyId: CompanyId | null;
  readonly companyName: string | null;
  readonly roles: readonly Role[];
  readonly active: boolean;
  readonly lastSignInAt: Date | null;
  readonly createdAt: Date;
};

/** ASCII only, so that no two usernames look alike; `sb_user` belongs to the service accounts of connections. */
export const username = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@+-]{1,63}$/,
    'Use 2 to 64 letters, digits or . _ @ + -, the first one a letter or digit.',
  )
  .refine((text) => !/^sb_user/i.test(text), 'Names that begin with sb_user are kept for service accounts.');

export const personName = plainLine(120);

/**
 * A new password. Length is what counts (NIST SP 800-63B section 3.1.1.2); the upper limit only bounds the work of
 * hashing. Compared in Unicode's NFKC form, so it can be typed on any keyboard.
 */
export const newPassword = z
  .string()
  .min(12, 'Use at least 12 characters.')
  .max(256, 'Use at most 256 characters.')
  .refine((text) => new Set(text).size >= 5, 'Use at least five different characters.');
