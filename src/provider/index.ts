import type { Migration } from '../platform/db/index.ts';
import { providerMigration } from './migrations/0001-provider.ts';
import { listOrdersMigration } from './migrations/0002-list-orders.ts';
import { helloFactsMigration } from './migrations/0003-hello-facts.ts';
import { refusedVisitsMigration } from './migrations/0004-refused-visits.ts';

export { providerChecks } from './checks/provider-checks.ts';
export { consentPlugin } from './consent/consent-plugin.ts';
export { consentPolicy } from './consent/consent-policy.ts';
export type { ProviderDeps } from './deps.ts';
export { expireAttempts, restartOnboarding } from './onboarding/onboarding-jobs.ts';
export { type OwnedRecords, ownedRecords } from './owned-records.ts';
export { providerJobHandlers } from './provider-jobs.ts';
export { findProvider } from './provider-repo.ts';
export { providerWireRoutes } from './provider-wire.ts';
export { invitationMail } from './registration/invitation-mail.ts';
export { registrationSuspended } from './registration/registration-suspended.ts';
export { providerEndpoints } from './routes.ts';
export { providerSealedColumns } from './sealed-columns.ts';

export const providerMigrations: readonly Migration[] = [
  providerMigration,
  listOrdersMigration,
  helloFactsMigration,
  refusedVisitsMigration,
];
