import { type Id, idType } from '../kernel/ids.ts';
import type { Role } from '../kernel/role.ts';

export type ApiTokenId = Id<'tok'>;
export const apiTokenId = idType('tok');

/** Lets a program act for a person, with some of that person's roles, until it expires. */
export type ApiToken = {
  readonly id: ApiTokenId;
  readonly name: string;
  /** What it may use at most; what the person no longer holds, the token no longer holds either. */
  readonly roles: readonly Role[];
  readonly readOnly: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
};

/** How every token begins, so that secret scanners and people recognise one. */
export const API_TOKEN_PREFIX = 'lia_';

export const API_TOKEN_DEFAULT_DAYS = 90;
export const API_TOKEN_MAX_DAYS = 365;
