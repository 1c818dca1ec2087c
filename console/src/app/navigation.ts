import { listAudit } from '../../../src/audit/contract.ts';
import { listProviderConnections } from '../../../src/consumer/contract.ts';
import { listApiTokens, listCompanies, listRoles, listUsers } from '../../../src/directory/contract.ts';
import { permits, type Role } from '../../../src/kernel/role.ts';
import type { Route } from '../../../src/kernel/route.ts';
import { diagnosticsAccess, listModules } from '../../../src/keys/contract.ts';
import { listMail } from '../../../src/platform/mail/contract.ts';
import { getProvider, listConsumerConnections, listRegistrations } from '../../../src/provider/contract.ts';
import { listIssues } from '../../../src/scan/contract.ts';
import { listErrors } from '../../../src/scan/errors/contract.ts';
import { strings } from './strings.ts';

export type Entry = {
  readonly title: string;
  readonly to: string;
  readonly may: (roles: ReadonlySet<Role>) => boolean;
};
export type Group = { readonly title: string; readonly entries: readonly Entry[] };

/** An entry is for whom the route behind its screen is. */
const entry = (title: string, to: string, { permission }: Route): Entry => ({
  title,
  to,
  may: (roles) => permits(permission, roles),
});

/** The menu, as users of service exchanges expect it (features.md 2.12). Only screens that exist are here. */
export const navigation: readonly Group[] = [
  {
    title: strings.provider,
    entries: [
      entry(strings.providerRecord, '/provider', getProvider),
      entry(strings.registrations, '/registrations', listRegistrations),
      entry(strings.consumers, '/consumers', listConsumerConnections),
      entry(strings.errorLog, '/error-log/provider', listErrors),
    ],
  },
  {
    title: strings.consumer,
    entries: [
      entry(strings.providerConnections, '/provider-connections', listProviderConnections),
      entry(strings.errorLog, '/error-log/consumer', listErrors),
    ],
  },
  { title: strings.administration, entries: [entry(strings.health, '/health', listIssues)] },
  {
    title: strings.keyManagement,
    entries: [
      {
        title: strings.diagnostics,
        to: '/key-management/health',
        may: (roles) => diagnosticsAccess(roles) !== 'none',
      },
      entry(strings.modules, '/key-management/modules', listModules),
    ],
  },
  {
    title: strings.directory,
    entries: [
      entry(strings.companies, '/companies', listCompanies),
      entry(strings.contacts, '/contacts', listUsers),
      entry(strings.roles, '/roles', listRoles),
    ],
  },
  {
    title: strings.system,
    entries: [
      entry(strings.mail, '/mail', listMail),
      entry(strings.audit, '/audit', listAudit),
      entry(strings.tokens, '/api-tokens', listApiTokens),
      { title: strings.settings, to: '/settings', may: (roles) => roles.has('admin') },
    ],
  },
];

/** What one person sees: groups without an entry for them are left out. */
export const menuFor = (roles: ReadonlySet<Role>, filter: string): Group[] =>
  navigation
    .map(({ title, entries }) => ({
      title,
      entries: entries.filter((item) => item.may(roles) && `${title} ${item.title}`.toLowerCase().includes(filter)),
    }))
    .filter(({ entries }) => entries.length > 0);
