import type { Clock, Random, Result } from '../../kernel/index.ts';
import { ok } from '../../kernel/index.ts';
import type { Config } from '../config/index.ts';
import type { Db, Tx } from '../db/index.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { JobHandler, Jobs } from '../jobs/job.ts';
import type { Log } from '../log/index.ts';
import { mailDelivery, mailDeliveryHandler } from './deliver-mail.ts';
import { type AnyMail, type Mail, type MailEnded, type MailId, mailId } from './mail.ts';
import { insertMessage } from './message-repo.ts';
import { mailEndpoints } from './routes.ts';
import { openSmtp } from './smtp.ts';

/** What a use-case needs of the mail. */
export type MailSender = {
  /** False: nothing is ever sent here, the caller shows what a mail would have carried. */
  readonly on: boolean;
  /** Queues one mail in the business transaction. Null where mail is off. The mail must be registered. */
  send<Payload>(
    tx: Tx,
    mail: Mail<Payload>,
    payload: Payload,
    options?: { readonly record?: string },
  ): Promise<MailId | null>;
};

export type Mailer = MailSender & {
  /** Every mail of every room, once, before the jobs start: a queued mail may have been asked for by another process. */
  register(mails: readonly AnyMail[]): void;
  /** Connects and signs in without sending. ok where mail is off. */
  checkTransport(): Promise<Result<void, { readonly message: string }>>;
  readonly jobHandlers: readonly JobHandler[];
  readonly endpoints: readonly Endpoint[];
};

type Deps = {
  readonly db: Db;
  readonly jobs: Jobs;
  readonly config: Pick<Config, 'mail'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Told of every mail that ended, of whatever kind, in the transaction that records it. */
  readonly onEnded?: (tx: Tx, ended: MailEnded) => Promise<void>;
};

export function createMail({ db, jobs, config, clock, random, log, onEnded }: Deps): Mailer {
  const mails = new Map<string, Mail>();
  const mailOf = (kind: string): Mail => {
    const mail = mails.get(kind);
    if (mail === undefined) throw new Error(`mail ${kind} is not registered`);
    return mail;
  };
  const { mail: settings } = config;
  const endpoints = mailEndpoints({ db, on: settings.on });
  const register = (made: readonly AnyMail[]) => {
    // Each mail is called with what its own schema has parsed, which is what its functions take.
    for (const mail of made) mails.set(mail.kind, mail as unknown as Mail);
  };
  if (!settings.on) {
    const off = async () => null;
    return { on: false, send: off, register, checkTransport: async () => ok(undefined), jobHandlers: [], endpoints };
  }

  const smtp = openSmtp(settings.url, settings.from);
  const domain = settings.from.replace(/>\s*$/, '').split('@').at(-1) ?? 'localhost';
  return {
    on: true,
    register,
    endpoints,
    checkTransport: () => smtp.check(),
    jobHandlers: [mailDeliveryHandler({ db, smtp, clock, log, mailOf, domain, ...(onEnded && { onEnded }) })],
    async send(tx, { kind, payload: schema }, payload, options) {
      mailOf(kind);
      const id = mailId.create(random);
      const record = options?.record ?? null;
      await insertMessage(tx, { id, kind, payload: schema.parse(payload), record, created_at: clock.now() });
      await jobs.send(tx, mailDelivery, { id });
      return id;
    },
  };
}
