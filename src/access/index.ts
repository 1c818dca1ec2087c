import type { Migration } from '../platform/db/index.ts';
import { clientsAndRecords } from './migrations/0001-clients-and-records.ts';

export { accessJobHandlers, purgeExpiredAccess } from './access-jobs.ts';
export {
  type AuthorizationServer,
  type AuthorizationServerDeps,
  createAuthorizationServer,
} from './authorization-server.ts';
export type { AccessClient, ClientKey, ClientPhase, Owner } from './client.ts';
export {
  assignClient,
  findClient,
  insertKeyedClient,
  listClients,
  promoteClient,
  removeClient,
  revokeConsents,
  updateClientKeys,
  upsertClient,
} from './client-repo.ts';
export type { ConsentRequest } from './consent.ts';
export { type ConsentDetail, resourceOf, type Scope } from './consent-detail.ts';
export type { DpopKey } from './dpop-key.ts';
export type { ConsentPolicy } from './engine-configuration.ts';
export { consentPageHeaders } from './error-page.ts';
export type { PeerAnswer, PeerCallInit } from './fetch-with-token.ts';
export type { MessageAccess } from './message-access.ts';
export {
  type AuthorizationServerFacts,
  type BoundToken,
  createOAuthClient,
  type OAuthClient,
  type OAuthClientDeps,
  type PendingAuthorization,
} from './oauth-client.ts';
export type { OAuthCookies, ServerKeys } from './oauth-engine.ts';
export type { OAuthFailure } from './oauth-failure.ts';
export type { GuardedRequest, GuardRefusal, PeerCall, ResourceGuard } from './resource-guard.ts';
export { SERVICE_ACCOUNT_PREFIX, type ServiceAccount, type ServiceAccountName } from './service-account.ts';
export { createServiceAccount, listServiceAccounts, removeServiceAccount } from './service-account-repo.ts';

export const accessMigrations: readonly Migration[] = [clientsAndRecords];
