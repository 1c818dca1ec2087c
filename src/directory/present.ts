import type { z } from 'zod';
import type { ApiToken } from './api-token.ts';
import type { Company } from './company.ts';
import type { apiTokenOutput, companyOutput, userOutput } from './contract.ts';
import { inOrder } from './role-rules.ts';
import type { User } from './user.ts';

export const presentCompany = (company: Company): z.input<typeof companyOutput> => ({
  id: company.id,
  name: company.name,
  active: company.active,
  createdAt: company.createdAt.toISOString(),
});

export const presentUser = (user: User): z.input<typeof userOutput> => ({
  id: user.id,
  username: user.username,
  name: user.name,
  email: user.email,
  companyId: user.companyId,
  companyName: user.companyName,
  roles: inOrder(user.roles),
  active: user.active,
  hasSignedIn: user.lastSignInAt !== null,
  lastSignInAt: user.lastSignInAt?.toISOString() ?? null,
  createdAt: user.createdAt.toISOString(),
});

export const presentApiToken = (token: ApiToken): z.input<typeof apiTokenOutput> => ({
  id: token.id,
  name: token.name,
  roles: inOrder(token.roles),
  readOnly: token.readOnly,
  createdAt: token.createdAt.toISOString(),
  expiresAt: token.expiresAt.toISOString(),
  lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
});
