import type { Migration } from '../db/migration.ts';
import { messageMigration } from './migrations/0001-message.ts';
import { listOrdersMigration } from './migrations/0002-list-orders.ts';

export {
  type AnyMail,
  defineMail,
  type Mail,
  type MailContent,
  type MailEnded,
  type MailId,
  type MailResult,
} from './mail.ts';
export { createMail, type Mailer, type MailSender } from './mailer.ts';

export const mailMigrations: readonly Migration[] = [messageMigration, listOrdersMigration];
