import { z } from 'zod';
import { findContact } from '../../directory/index.ts';
import { html, system } from '../../kernel/index.ts';
import { writeActivity } from '../../link/index.ts';
import { defineMail, type MailContent, type MailResult } from '../../platform/mail/index.ts';
import type { ProviderDeps } from '../deps.ts';
import { findProvider } from '../provider-repo.ts';
import { findInvitation, markMailed } from './invitation-repo.ts';
import { type RegistrationId, registrationId } from './registration.ts';
import { findRegistration } from './registration-repo.ts';
import { isUsable, renderLink } from './render-link.ts';

type Deps = Pick<ProviderDeps, 'db' | 'clock' | 'random' | 'changes' | 'inviteSealer'>;
type Payload = { registrationId: RegistrationId; generation: number };

/** The mail with the link (REG-38, REG-39). Its body exists while it is being sent and nowhere else. */
export const invitationMail = (deps: Deps) =>
  defineMail<Payload>({
    kind: 'provider.registration-invitation',
    payload: z.object({ registrationId: registrationId.schema, generation: z.number().int().positive() }),
    render: async (payload) => {
      const registration = await findRegistration(deps.db, payload.registrationId);
      if (registration === undefined) return null;
      const link = await renderLink(deps, deps.db, registration, payload.generation);
      const contact = await findContact(deps.db, registration.contact_id);
      const provider = await findProvider(deps.db);
      if (link === null || contact?.email == null || provider === undefined) return null;
      return content({
        to: contact.email,
        name: contact.name,
        provider: provider.name,
        consumer: registration.url,
        number: registration.number,
        link,
      });
    },
    onResult: async (tx, result) => {
      const registration = await findRegistration(tx, result.payload.registrationId);
      if (registration === undefined) return;
      const { generation } = result.payload;
      if (result.outcome === 'withdrawn') {
        const invitation = await findInvitation(tx, registration.id, generation);
        // A link that is over needs no mail; one that is not is still waited for.
        if (invitation === undefined || !isUsable(invitation, deps.clock.now())) return;
      }
      if (result.outcome === 'sent') {
        await markMailed(tx, registration.id, generation, { mailed_to: result.to, mailed_at: result.at });
      } else {
        await markMailed(tx, registration.id, generation, { mail_failed_at: result.at });
      }
      await writeActivity(deps, tx, registration.number, {
        kind: 'workNote',
        text: wordsOf(result),
        author: system('mail'),
      });
    },
  });

function wordsOf(result: MailResult): string {
  if (result.outcome === 'sent') return `The registration link was mailed to ${result.to}.`;
  const reason = result.outcome === 'failed' ? result.reason : 'the contact has no address any more';
  return `The registration link could not be mailed (${reason}). Copy it from the link note and hand it over by other means.`;
}

type Words = { to: string; name: string; provider: string; consumer: string; number: string; link: string };

function content(words: Words): MailContent {
  const steps = [
    `Open the link below. It leads to your own instance, ${words.consumer}; sign in there as an administrator.`,
    'Import the invitation, choose the company that stands for the provider, and save. Your instance checks itself.',
    `Choose Connect to Provider. On the page of ${words.provider} sign in as yourself, read what is asked, and allow it.`,
  ];
  const closing =
    'The link works once, on your instance only. If you did not expect it, do nothing: nothing is shared until you allow it.';
  return {
    to: { address: words.to, name: words.name },
    subject: `${words.provider} invites you to connect (${words.number})`,
    text: [
      `Hello ${words.name},`,
      `${words.provider} would like to connect its service desk with yours.`,
      ...steps.map((step, index) => `${index + 1}. ${step}`),
      `Connect: ${words.link}`,
      closing,
    ].join('\n\n'),
    html: html`<!doctype html>
<html lang="en">
  <body style="font-family: system-ui, sans-serif; color: #1b1f24; max-width: 36em">
    <p>Hello ${words.name},</p>
    <p><strong>${words.provider}</strong> would like to connect its service desk with yours.</p>
    <ol>
      ${steps.map((step) => html`<li style="margin-bottom: 0.5em">${step}</li>`)}
    </ol>
    <p>
      <a href="${words.link}" style="display: inline-block; padding: 0.6em 1.2em; background: #0b5cad; color: #ffffff; text-decoration: none; border-radius: 4px">Connect</a>
    </p>
    <p style="font-size: 0.85em; word-break: break-all">${words.link}</p>
    <p style="color: #57606a">${closing}</p>
  </body>
</html>`.toString(),
  };
}
