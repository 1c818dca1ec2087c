import { type Clock, Forbidden, type Random, type Role, roleNames, roles } from '../kernel/index.ts';
import type { Db } from '../platform/db/index.ts';
import { type Endpoint, endpoint, signedInActor } from '../platform/http/index.ts';
import type { MailSender } from '../platform/mail/index.ts';
import { apiTokensOf } from './api-token-repo.ts';
import { changeUser, noSuchPerson } from './change-user.ts';
import { companiesPage, findCompany } from './company-repo.ts';
import * as contract from './contract.ts';
import { createUser } from './create-user.ts';
import { presentApiToken, presentCompany, presentUser } from './present.ts';
import { givenBy, mayGive } from './role-rules.ts';
import { createApiToken, deleteApiToken } from './save-api-token.ts';
import { changeCompany, createCompany, noSuchCompany } from './save-company.ts';
import { sendSignInLink } from './send-sign-in-link.ts';
import type { SignInLinkMail } from './sign-in-link-mail.ts';
import { findUser, usersPage } from './user-repo.ts';

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  readonly publicUrl: URL | null;
  readonly mail: MailSender;
  readonly signInLinkMail: SignInLinkMail;
};

const flag = (text: 'true' | 'false' | undefined): boolean | undefined =>
  text === undefined ? undefined : text === 'true';

export const directoryEndpoints = (deps: Deps): Endpoint[] => [
  ...companyEndpoints(deps),
  ...userEndpoints(deps),
  ...apiTokenEndpoints(deps),
];

const companyEndpoints = (deps: Deps): Endpoint[] => [
  endpoint(contract.listCompanies, async ({ query }) => {
    const page = await companiesPage(deps.db, { ...query, active: flag(query.active) });
    return { ...page, items: page.items.map(presentCompany) };
  }),
  endpoint(contract.readCompany, async ({ params }) => {
    const company = await findCompany(deps.db, params.id);
    if (company === null) throw noSuchCompany();
    return presentCompany(company);
  }),
  endpoint(contract.createCompany, async (call) =>
    presentCompany(await createCompany(deps, signedInActor(call), call.input)),
  ),
  endpoint(contract.changeCompany, async (call) =>
    presentCompany(await changeCompany(deps, signedInActor(call), call.params.id, call.input)),
  ),
];

const readsDirectory: readonly Role[] = ['admin', 'sn_sb.admin', 'sn_kmf.admin'];

const userEndpoints = (deps: Deps): Endpoint[] => [
  endpoint(contract.listUsers, async ({ query }) => {
    const { companyId, role } = query;
    const page = await usersPage(deps.db, { ...query, companyId, role, active: flag(query.active) });
    return { ...page, items: page.items.map(presentUser) };
  }),
  endpoint(contract.readUser, async (call) => {
    const actor = signedInActor(call);
    if (actor.id !== call.params.id && !readsDirectory.some((role) => actor.roles.has(role)))
      throw new Forbidden(`Without one of ${readsDirectory.join(', ')} you read only yourself. Ask an administrator.`);
    const user = await findUser(deps.db, call.params.id);
    if (user === null) throw noSuchPerson();
    return presentUser(user);
  }),
  endpoint(contract.createUser, async (call) => presentUser(await createUser(deps, signedInActor(call), call.input))),
  endpoint(contract.changeUser, async (call) =>
    presentUser(await changeUser(deps, signedInActor(call), call.params.id, call.input)),
  ),
  endpoint(contract.createSignInLink, async (call) => {
    const { mailed, link, expiresAt } = await sendSignInLink(deps, signedInActor(call), call.params.id);
    return { mailed, link, expiresAt: expiresAt?.toISOString() ?? null };
  }),
  endpoint(contract.listRoles, async (call) => {
    const held = signedInActor(call).roles;
    return {
      items: roleNames.map((name) => ({
        name,
        meaning: roles[name],
        givenBy: givenBy[name].map((set) => [...set]),
        youMayGive: mayGive(held, name),
      })),
    };
  }),
];

const apiTokenEndpoints = (deps: Deps): Endpoint[] => [
  endpoint(contract.listApiTokens, async (call) => {
    const tokens = await apiTokensOf(deps.db, signedInActor(call).id, call.query.sort);
    return { items: tokens.map(presentApiToken) };
  }),
  endpoint(contract.createApiToken, async (call) => {
    const { name, roles: wanted, readOnly, expiresInDays } = call.input;
    const token = await createApiToken(deps, signedInActor(call), { name, roles: wanted, readOnly, expiresInDays });
    return { ...presentApiToken(token), token: token.token };
  }),
  endpoint(contract.deleteApiToken, async (call) => {
    await deleteApiToken(deps, signedInActor(call), call.params.id);
    return {};
  }),
];
