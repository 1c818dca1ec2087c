import { accessMigrations } from './access/index.ts';
import { auditMigrations } from './audit/index.ts';
import { consumerMigrations } from './consumer/index.ts';
import { directoryMigrations } from './directory/index.ts';
import { keysMigrations } from './keys/index.ts';
import { linkMigrations } from './link/index.ts';
import type { Migration } from './platform/db/migration.ts';
import { platformMigrations } from './platform/jobs/index.ts';
import { mailMigrations } from './platform/mail/index.ts';
import { providerMigrations } from './provider/index.ts';
import { scanMigrations } from './scan/index.ts';

/** Every room's migrations, rooms in the order of the house: a room may refer to what stands below it. */
export const migrations: readonly Migration[] = [
  ...platformMigrations,
  ...mailMigrations,
  ...auditMigrations,
  ...directoryMigrations,
  ...keysMigrations,
  ...scanMigrations,
  ...accessMigrations,
  ...linkMigrations,
  ...providerMigrations,
  ...consumerMigrations,
];
