import { z } from 'zod';
import type { Clock } from '../../kernel/index.ts';
import { type Db, type Tx, transact } from '../db/index.ts';
import { defineJob, handler, type JobHandler } from '../jobs/job.ts';
import type { Log } from '../log/index.ts';
import { type Mail, type MailEnded, type MailId, mailId } from './mail.ts';
import type { MailState } from './mail-state.ts';
import { endMessage, findMessage, noteAttempt, noteError } from './message-repo.ts';
import type { Smtp } from './smtp.ts';

export const mailDelivery = defineJob({
  name: 'platform_mail.delivery',
  payload: z.object({ id: mailId.schema }),
  // About two hours: longer than a mail server's restart, shorter than the patience of whoever waits for the mail.
  maxAttempts: 16,
  retrySeconds: 5,
  retryMaxSeconds: 900,
  // Above the sum of the SMTP time-outs: two deliveries of one mail at once would reach the person twice.
  leaseSeconds: 120,
});

type Deps = {
  readonly db: Db;
  readonly smtp: Smtp;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly mailOf: (kind: string) => Mail;
  /** Right part of the Message-ID. */
  readonly domain: string;
  readonly onEnded?: (tx: Tx, ended: MailEnded) => Promise<void>;
};

/** The job that builds one mail, hands it to the server and writes down what came of it. */
export function mailDeliveryHandler(deps: Deps): JobHandler {
  const { db, smtp, clock, log } = deps;

  /** Ends the message and tells the room, in one transaction and only once. */
  async function end(id: MailId, state: Exclude<MailState, 'queued'>, reason: string | null): Promise<void> {
    const message = await findMessage(db, id);
    if (message === undefined) return;
    const at = clock.now();
    const mail = deps.mailOf(message.kind);
    const told = { id, payload: message.payload, record: message.record, at };
    await transact(db, async (tx) => {
      const won = await endMessage(tx, id, { state, last_error: reason, sent_at: state === 'sent' ? at : null });
      if (!won) return;
      if (state === 'sent') await mail.onResult?.(tx, { ...told, outcome: 'sent', to: message.recipient ?? '' });
      if (state === 'failed') {
        await mail.onResult?.(tx, { ...told, outcome: 'failed', to: message.recipient, reason: reason ?? '' });
      }
      if (state === 'withdrawn') await mail.onResult?.(tx, { ...told, outcome: 'withdrawn' });
      const { kind, record } = message;
      if (state !== 'withdrawn') await deps.onEnded?.(tx, { id, kind, record, outcome: state, reason });
    });
    log.info({ mail: id, kind: message.kind, record: message.record, state }, 'mail ended');
  }

  async function deliver({ id }: { id: MailId }): Promise<void> {
    const message = await findMessage(db, id);
    if (message?.state !== 'queued') return;
    const mail = deps.mailOf(message.kind);
    const content = await mail.render(mail.payload.parse(message.payload));
    if (content === null) return end(id, 'withdrawn', null);

    await transact(db, (tx) => noteAttempt(tx, id, { recipient: content.to.address, subject: content.subject }));
    // Stable for the message, not the attempt: a crash after the server's yes sends it again, and readers show it once.
    const messageId = `<${id}@${deps.domain}>`;
    const sent = await smtp.send({ ...content, messageId, date: clock.now() });
    if (sent.ok) return end(id, 'sent', null);
    if (sent.error.permanent) return end(id, 'failed', sent.error.message);
    await transact(db, (tx) => noteError(tx, id, sent.error.message));
    log.warn({ mail: id, kind: message.kind, reason: sent.error.message }, 'mail not accepted yet');
    throw new Error(sent.error.message);
  }

  return handler(mailDelivery, deliver, async ({ id }) => {
    const message = await findMessage(db, id);
    await end(id, 'failed', message?.last_error ?? 'The mail could not be built.');
  });
}
