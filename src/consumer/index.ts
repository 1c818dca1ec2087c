import type { Migration } from '../platform/db/index.ts';
import { consumerMigration } from './migrations/0001-consumer.ts';
import { listOrdersMigration } from './migrations/0002-list-orders.ts';

export { consumerChecks } from './checks/consumer-checks.ts';
export { callbackPlugin } from './connect/callback-plugin.ts';
export { connectionProgressed, consumerJobHandlers } from './consumer-job-handlers.ts';
export { restartConnecting } from './consumer-jobs.ts';
export { consumerWireRoutes } from './consumer-wire.ts';
export type { ConsumerDeps } from './deps.ts';
export { connectionIsLive } from './owned-records.ts';
export { providerConnectionSuspended } from './provider-connection-suspended.ts';
export { consumerEndpoints } from './routes.ts';
export { consumerSealedColumns } from './sealed-columns.ts';

export const consumerMigrations: readonly Migration[] = [consumerMigration, listOrdersMigration];
