import type { Migration } from '../platform/db/index.ts';
import { directoryMigration } from './migrations/0001-directory.ts';
import { listOrdersMigration } from './migrations/0002-list-orders.ts';

export type { Company, CompanyId } from './company.ts';
export { findCompanies, findCompaniesNamed, findCompany } from './company-repo.ts';
export { type Contact, contactsHolding, findContact, findContacts } from './contact.ts';
export { createDirectory, type Directory, type DirectoryDeps } from './directory.ts';
export { isDeliverableAddress } from './email-address.ts';
export { grantRole, type RoleGrant, type RoleOfContact, takeBackRole } from './grant-role.ts';
export type { PageSessions, PageSignInRefusal, PageUser } from './page-sessions.ts';
export { removeExpired } from './remove-expired.ts';
export { holdsRole } from './role-repo.ts';

export const directoryMigrations: readonly Migration[] = [directoryMigration, listOrdersMigration];
