import { z } from 'zod';
import { type Clock, html, type Random, type UserId, userId } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { defineMail, type Mail, type MailContent } from '../platform/mail/index.ts';
import { isDeliverableAddress } from './email-address.ts';
import { makeSignInLink } from './sign-in-link.ts';
import type { User } from './user.ts';
import { findUser, lockUser } from './user-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random; readonly publicUrl: URL | null };

type Payload = { userId: UserId; askedBy: 'administrator' | 'person' };
export type SignInLinkMail = Mail<Payload>;

/** The link is made while the mail is being sent: neither the queue nor the delivery log ever holds it. */
export const signInLinkMail = (deps: Deps): SignInLinkMail =>
  defineMail<Payload>({
    kind: 'directory.sign-in-link',
    payload: z.object({ userId: userId.schema, askedBy: z.enum(['administrator', 'person']) }),
    render: (payload) =>
      transact(deps.db, async (tx) => {
        await lockUser(tx, payload.userId);
        const user = await findUser(tx, payload.userId);
        if (user === null || !user.active || !isDeliverableAddress(user.email)) return null;
        const { link, expiresAt } = await makeSignInLink(tx, deps, user.id);
        return contentOf(user, user.email, { link, expiresAt, host: deps.publicUrl?.host ?? 'Liaise', ...payload });
      }),
  });

type Link = Payload & { link: string; expiresAt: Date; host: string };

function contentOf(user: User, address: string, { link, expiresAt, host, askedBy }: Link): MailContent {
  const why =
    askedBy === 'administrator'
      ? `An administrator of ${host} sends you a link to sign in.`
      : `Somebody, probably you, asked ${host} for a link to sign in as ${user.username}.`;
  const until = `It works once, until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC.`;
  const otherwise =
    'Keep it to yourself: whoever opens it signs in as you. If you did not expect this mail, you need not do anything.';
  return {
    to: { address, name: user.name },
    subject: `Sign in to ${host}`,
    html: html`<p>Hello ${user.name},</p><p>${why} Your username is <b>${user.username}</b>.</p><p><a href="${link}">Sign in to ${host}</a></p><p>${until} ${otherwise}</p>`
      .text,
    text: `Hello ${user.name},\n\n${why} Your username is ${user.username}.\n\n${link}\n\n${until} ${otherwise}\n`,
  };
}
