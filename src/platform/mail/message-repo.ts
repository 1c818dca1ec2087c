import { type Selectable, sql } from 'kysely';
import type { Page, PageQuery, Sort } from '../../kernel/index.ts';
import { type Database, type Db, instantKey, json, type Orders, sortedPage, type Tx, textKey } from '../db/index.ts';
import type { MailId } from './mail.ts';
import type { MailState } from './mail-state.ts';
import './tables.ts';

export type Message = Selectable<Database['platform_mail.message']>;

export async function insertMessage(
  tx: Tx,
  message: Pick<Message, 'id' | 'kind' | 'payload' | 'record' | 'created_at'>,
): Promise<void> {
  await tx
    .insertInto('platform_mail.message')
    .values({ ...message, payload: json(message.payload), state: 'queued' })
    .execute();
}

export function findMessage(db: Db, id: MailId): Promise<Message | undefined> {
  return db.selectFrom('platform_mail.message').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Written before the mail leaves, so that an attempt cut short by a crash is still counted. */
export async function noteAttempt(tx: Tx, id: MailId, mail: { recipient: string; subject: string }): Promise<void> {
  await tx
    .updateTable('platform_mail.message')
    .set((columns) => ({ ...mail, attempts: columns('attempts', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

export async function noteError(tx: Tx, id: MailId, reason: string): Promise<void> {
  await tx.updateTable('platform_mail.message').set({ last_error: reason }).where('id', '=', id).execute();
}

/** Ends a queued message; false means that it had ended already. */
export async function endMessage(
  tx: Tx,
  id: MailId,
  outcome: { state: Exclude<MailState, 'queued'>; last_error: string | null; sent_at: Date | null },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('platform_mail.message')
    .set(outcome)
    .where('id', '=', id)
    .where('state', '=', 'queued')
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** A mail that was not built yet has no recipient. */
const orders = {
  createdAt: [instantKey('created_at'), textKey('id')],
  recipient: [{ by: sql`coalesce(recipient, '')`, type: 'text' }, textKey('id')],
  state: [textKey('state'), textKey('id')],
} as const satisfies Orders<string>;

type ListQuery = PageQuery & { readonly record?: string | undefined; readonly sort: Sort<keyof typeof orders> };

/** `search` looks in recipient, subject and record. */
export async function listMessages(db: Db, query: ListQuery): Promise<Page<Message>> {
  let matching = db.selectFrom('platform_mail.message').selectAll();
  if (query.record !== undefined) matching = matching.where('record', '=', query.record);
  if (query.search !== undefined) {
    const pattern = `%${query.search.replace(/[\\%_]/g, '\\$&')}%`;
    matching = matching.where((columns) =>
      columns.or([
        columns('recipient', 'ilike', pattern),
        columns('subject', 'ilike', pattern),
        columns('record', 'ilike', pattern),
      ]),
    );
  }
  return sortedPage(matching, orders, query);
}
