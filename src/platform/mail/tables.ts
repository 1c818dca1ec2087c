import type { ColumnType, Generated } from 'kysely';
import type { MailId } from './mail.ts';
import type { MailState } from './mail-state.ts';

declare module '../db/database.ts' {
  interface Database {
    'platform_mail.message': {
      id: MailId;
      kind: string;
      /** Ids, as the mail's schema says; what the body is built from. */
      payload: ColumnType<unknown, unknown, never>;
      record: string | null;
      /** Both null until the mail was rendered for the first time. */
      recipient: string | null;
      subject: string | null;
      state: MailState;
      attempts: Generated<number>;
      last_error: string | null;
      created_at: Date;
      sent_at: Date | null;
    };
  }
}
