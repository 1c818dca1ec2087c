import type { z } from 'zod';
import { type Id, idType } from '../../kernel/index.ts';
import type { Tx } from '../db/database.ts';

export type MailId = Id<'mai'>;
export const mailId = idType('mai');

/** What a renderer builds, at the moment of sending. Never stored. */
export type MailContent = {
  readonly to: { readonly address: string; readonly name?: string };
  readonly subject: string;
  readonly html: string;
  readonly text: string;
};

export type MailResult<Payload = unknown> = {
  readonly id: MailId;
  readonly payload: Payload;
  /** The number of the record it was sent for, as given to send. */
  readonly record: string | null;
  readonly at: Date;
} & (
  | { readonly outcome: 'sent'; readonly to: string }
  /** Refused for good, or the last attempt failed. `to` is null where it was never rendered. */
  | { readonly outcome: 'failed'; readonly to: string | null; readonly reason: string }
  /** `render` had nothing to say any more. */
  | { readonly outcome: 'withdrawn' }
);

/** What came of one mail, whatever its kind. */
export type MailEnded = {
  readonly id: MailId;
  readonly kind: string;
  readonly record: string | null;
  readonly outcome: 'sent' | 'failed';
  /** Why it failed. */
  readonly reason: string | null;
};

/** One kind of mail: what is stored about it (ids), and how the body is made when it leaves. */
export type Mail<Payload = unknown> = {
  /** `<room>.<what-it-is>`; stored in rows, never renamed. */
  readonly kind: string;
  /** Ids only: the payload lies in the database in clear. */
  readonly payload: z.ZodType<Payload>;
  /** Called for every attempt, outside any transaction. Null: there is nothing to say any more, and nothing is sent. */
  readonly render: (payload: Payload) => Promise<MailContent | null>;
  /** Told once, in the transaction that records the outcome. */
  readonly onResult?: (tx: Tx, result: MailResult<Payload>) => Promise<void>;
};

/** A mail whose payload the reader need not know: what a list of mails holds. */
export type AnyMail = Pick<Mail, 'kind' | 'payload'> & {
  readonly render: (payload: never) => Promise<MailContent | null>;
  readonly onResult?: (tx: Tx, result: never) => Promise<void>;
};

export const defineMail = <Payload>(mail: Mail<Payload>): Mail<Payload> => mail;
