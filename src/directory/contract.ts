import { z } from 'zod';
import { userId } from '../kernel/actor.ts';
import { pageOf, pageQuery, sortBy } from '../kernel/page.ts';
import { anyOf, anyone, roleNames, signedIn } from '../kernel/role.ts';
import { route } from '../kernel/route.ts';
import { API_TOKEN_DEFAULT_DAYS, API_TOKEN_MAX_DAYS, apiTokenId } from './api-token.ts';
import { companyId, companyName } from './company.ts';
import { emailAddress } from './email-address.ts';
import { plainLine } from './plain-line.ts';
import { newPassword, personName, username } from './user.ts';

/** What the forms of the console need beside the routes. */
export { API_TOKEN_DEFAULT_DAYS, API_TOKEN_MAX_DAYS } from './api-token.ts';
export { type CompanyId, companyId } from './company.ts';

// NOTE Nothing here needs a key, and the KMF roles that let a person read why an instance is sealed are given here:
// every route of this room answers while sealed.
const whileSealed = true;

/** Room for typing mistakes of a whole office behind one address; the sign-in's own growing delays do the real work. */
const SIGN_IN_PER_MINUTE = 120;

const role = z.enum(roleNames);
const roleSet = z.array(role).max(roleNames.length);
const instant = z.iso.datetime();
/** What somebody typed as a secret: bounded, otherwise unjudged. */
const typed = z.string().min(1).max(1024);
const done = z.object({});

// Companies

export const companyOutput = z.object({
  id: companyId.schema,
  name: z.string(),
  active: z.boolean(),
  createdAt: instant,
});

const companyParams = z.object({ id: companyId.schema });

export const listCompanies = route({
  method: 'GET',
  path: '/api/companies',
  permission: anyOf('admin', 'sn_sb.admin', 'sn_kmf.admin'),
  summary: 'Companies by name.',
  query: pageQuery.extend({
    active: z.enum(['true', 'false']).optional(),
    sort: sortBy(['name', 'createdAt'], 'name'),
  }),
  output: pageOf(companyOutput),
  whileSealed,
});

export const readCompany = route({
  method: 'GET',
  path: '/api/companies/{id}',
  permission: anyOf('admin', 'sn_sb.admin', 'sn_kmf.admin'),
  summary: 'One company.',
  params: companyParams,
  output: companyOutput,
  problems: ['kernel/not-found'],
  whileSealed,
});

export const createCompany = route({
  method: 'POST',
  path: '/api/companies',
  permission: anyOf('admin'),
  summary: 'Put a company on file.',
  status: 201,
  input: z.object({ name: companyName }),
  output: companyOutput,
  problems: ['directory/company-name-taken'],
  whileSealed,
});

export const changeCompany = route({
  method: 'PATCH',
  path: '/api/companies/{id}',
  permission: anyOf('admin'),
  summary: 'Rename a company, or set it active or inactive.',
  params: companyParams,
  input: z.object({ name: companyName.optional(), active: z.boolean().optional() }),
  output: companyOutput,
  problems: ['kernel/not-found', 'directory/company-name-taken'],
  whileSealed,
});

// People

export const userOutput = z.object({
  id: userId.schema,
  username: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  companyId: companyId.schema.nullable(),
  companyName: z.string().nullable(),
  roles: z.array(role),
  active: z.boolean(),
  hasSignedIn: z.boolean(),
  lastSignInAt: instant.nullable(),
  createdAt: instant,
});

const userParams = z.object({ id: userId.schema });

export const listUsers = route({
  method: 'GET',
  path: '/api/users',
  permission: anyOf('admin', 'sn_sb.admin', 'sn_kmf.admin'),
  summary: 'People by name; those of one company are its contacts.',
  query: pageQuery.extend({
    companyId: companyId.schema.optional(),
    role: role.optional(),
    active: z.enum(['true', 'false']).optional(),
    sort: sortBy(['name', 'username', 'email', 'lastSignInAt'], 'name'),
  }),
  output: pageOf(userOutput),
  whileSealed,
});

export const readUser = route({
  method: 'GET',
  path: '/api/users/{id}',
  permission: signedIn,
  summary: 'One person. Without a role that reads the directory: only yourself.',
  params: userParams,
  output: userOutput,
  problems: ['kernel/not-found'],
  whileSealed,
});

export const createUser = route({
  method: 'POST',
  path: '/api/users',
  permission: anyOf('admin'),
  summary: 'Create a person without a password; a sign-in link lets them in.',
  status: 201,
  input: z.object({
    username,
    name: personName,
    email: emailAddress.nullable().default(null),
    companyId: companyId.schema.nullable().default(null),
    roles: roleSet.default([]),
  }),
  output: userOutput,
  problems: ['directory/username-taken', 'directory/role-not-yours-to-give'],
  whileSealed,
});

export const changeUser = route({
  method: 'PATCH',
  path: '/api/users/{id}',
  permission: anyOf('admin', 'sn_kmf.admin'),
  summary: 'Change a person; `roles` is the whole new set. Deactivating ends sessions and API tokens at once.',
  params: userParams,
  input: z.object({
    username: username.optional(),
    name: personName.optional(),
    email: emailAddress.nullable().optional(),
    companyId: companyId.schema.nullable().optional(),
    roles: roleSet.optional(),
    active: z.boolean().optional(),
  }),
  output: userOutput,
  problems: [
    'kernel/not-found',
    'directory/username-taken',
    'directory/role-not-yours-to-give',
    'directory/person-out-of-reach',
    'directory/last-administrator',
  ],
  whileSealed,
});

export const createSignInLink = route({
  method: 'POST',
  path: '/api/users/{id}/sign-in-link',
  permission: anyOf('admin'),
  summary: 'A one-time sign-in link, 24 hours: mailed to the person where mail is on, else shown here once.',
  status: 201,
  params: userParams,
  output: z.object({ mailed: z.boolean(), link: z.string().nullable(), expiresAt: instant.nullable() }),
  problems: ['kernel/not-found', 'directory/person-inactive', 'directory/person-out-of-reach'],
  whileSealed,
});

export const listRoles = route({
  method: 'GET',
  path: '/api/roles',
  permission: signedIn,
  summary: 'Every role, what it allows, and who can give it.',
  output: z.object({
    items: z.array(
      z.object({
        name: role,
        meaning: z.string(),
        /** Any one of these sets of roles is enough to give or take the role. */
        givenBy: z.array(z.array(role)),
        youMayGive: z.boolean(),
      }),
    ),
  }),
  whileSealed,
});

// Sign-in

export const sessionOutput = z.object({
  /** True while no person exists: `POST /api/setup` makes the first administrator. */
  setupNeeded: z.boolean(),
  /** Whether "forgot password" can be offered. */
  mailOn: z.boolean(),
  user: userOutput.nullable(),
  authenticatedAt: instant.nullable(),
  /** To be sent as `X-CSRF-Token` with every request that changes something. */
  csrfToken: z.string().nullable(),
});

export const setUp = route({
  method: 'POST',
  path: '/api/setup',
  permission: anyone,
  summary: 'Create the first administrator with the one-time code from the log, and sign in.',
  status: 201,
  input: z.object({ code: typed, username, password: newPassword, email: emailAddress, name: personName.optional() }),
  output: sessionOutput,
  problems: ['directory/set-up-done', 'directory/set-up-code-wrong', 'directory/too-many-attempts'],
  perMinute: 30,
  whileSealed,
});

export const readSession = route({
  method: 'GET',
  path: '/api/session',
  permission: anyone,
  summary: 'Who am I, what does this instance still need, and my CSRF token.',
  output: sessionOutput,
  whileSealed,
});

export const signIn = route({
  method: 'POST',
  path: '/api/session',
  permission: anyone,
  summary: 'Sign in with username and password.',
  input: z.object({ username: typed, password: typed }),
  output: sessionOutput,
  problems: ['directory/sign-in-refused', 'directory/too-many-attempts'],
  perMinute: SIGN_IN_PER_MINUTE,
  whileSealed,
});

export const signOut = route({
  method: 'DELETE',
  path: '/api/session',
  permission: signedIn,
  summary: 'Sign out.',
  output: sessionOutput,
  problems: ['directory/session-needed'],
  whileSealed,
});

export const changePassword = route({
  method: 'PATCH',
  path: '/api/session/password',
  permission: signedIn,
  summary: 'Change your password. Your other sessions end.',
  input: z.object({ currentPassword: typed.optional(), newPassword }),
  output: sessionOutput,
  problems: ['directory/session-needed', 'directory/current-password-wrong', 'directory/too-many-attempts'],
  perMinute: 30,
  whileSealed,
});

export const signInByLink = route({
  method: 'POST',
  path: '/api/session/link',
  permission: anyone,
  summary: 'Sign in with a one-time link, and set a password; a person without one has to.',
  input: z.object({ token: typed, password: newPassword.optional() }),
  output: sessionOutput,
  problems: ['directory/sign-in-link-spent', 'directory/too-many-attempts'],
  perMinute: SIGN_IN_PER_MINUTE,
  whileSealed,
});

export const forgotPassword = route({
  method: 'POST',
  path: '/api/session/forgot',
  permission: anyone,
  summary: 'Mail a one-time sign-in link, where mail is on. The answer never tells whether the person exists.',
  status: 202,
  input: z.object({ usernameOrEmail: typed }),
  output: done,
  problems: ['directory/mail-off', 'directory/too-many-attempts'],
  perMinute: 20,
  whileSealed,
});

// API tokens

export const apiTokenOutput = z.object({
  id: apiTokenId.schema,
  name: z.string(),
  roles: z.array(role),
  readOnly: z.boolean(),
  createdAt: instant,
  expiresAt: instant,
  lastUsedAt: instant.nullable(),
});

export const listApiTokens = route({
  method: 'GET',
  path: '/api/tokens',
  permission: signedIn,
  summary: 'Your API tokens, without the tokens themselves.',
  query: z.object({ sort: sortBy(['name', 'createdAt', 'expiresAt', 'lastUsedAt'], '-createdAt') }),
  output: z.object({ items: z.array(apiTokenOutput) }),
  whileSealed,
});

export const createApiToken = route({
  method: 'POST',
  path: '/api/tokens',
  permission: signedIn,
  summary: 'Make an API token with some of your roles. It is shown in this answer only.',
  status: 201,
  input: z.object({
    name: plainLine(80),
    /** Left out: all the roles you hold now. */
    roles: roleSet.optional(),
    readOnly: z.boolean().default(false),
    expiresInDays: z.number().int().min(1).max(API_TOKEN_MAX_DAYS).default(API_TOKEN_DEFAULT_DAYS),
  }),
  output: apiTokenOutput.extend({ token: z.string() }),
  problems: ['directory/session-needed', 'directory/too-many-api-tokens'],
  perMinute: 30,
  whileSealed,
});

export const deleteApiToken = route({
  method: 'DELETE',
  path: '/api/tokens/{id}',
  permission: signedIn,
  summary: 'Delete one of your API tokens; it stops working at once.',
  status: 200,
  params: z.object({ id: apiTokenId.schema }),
  output: done,
  problems: ['kernel/not-found'],
  whileSealed,
});
