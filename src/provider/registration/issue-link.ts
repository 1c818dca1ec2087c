import { findContact } from '../../directory/index.ts';
import { type Actor, system } from '../../kernel/index.ts';
import { writeActivity } from '../../link/index.ts';
import type { Tx } from '../../platform/db/database.ts';
import type { ProviderDeps } from '../deps.ts';
import { providerEvent } from '../provider-events.ts';
import { findProvider } from '../provider-repo.ts';
import { LINK_DAYS } from './invitation.ts';
import type { invitationMail } from './invitation-mail.ts';
import { makeInvitation } from './make-invitation.ts';
import type { Registration } from './registration-repo.ts';

export type IssueLinkDeps = Pick<
  ProviderDeps,
  'clock' | 'random' | 'changes' | 'mail' | 'signer' | 'inviteSealer' | 'ownId' | 'origin'
> & { readonly invitationMail: ReturnType<typeof invitationMail> };

/**
 * Makes the link of an open registration, once per generation: the note that renders it, and the mail where mail is on. All
 * in one transaction, so a repeated verdict finds nothing to do (REG-38, REG-40, REG-56).
 */
export async function issueLink(deps: IssueLinkDeps, tx: Tx, registration: Registration, actor: Actor): Promise<void> {
  const contact = await findContact(tx, registration.contact_id);
  const provider = await findProvider(tx);
  if (contact === null || provider === undefined || registration.instance_id === null) {
    throw new Error(
      `${registration.number} passed its checks without a contact, a provider record or a pinned consumer`,
    );
  }
  const generation = await makeInvitation(deps, tx, registration, {
    consumer: registration.instance_id,
    providerName: provider.name,
    contact,
  });
  await providerEvent(deps, tx, 'link-made', { actor, number: registration.number, detail: { generation } });
  await writeActivity(deps, tx, registration.number, {
    kind: 'registration-link',
    text: `Registration link for ${contact.name} (${contact.username}), valid for ${LINK_DAYS} days. It works on ${registration.url} only, for an administrator there, and only ${contact.username} can give the consent.`,
    author: system('registration'),
    generation,
  });
  await deps.mail.send(
    tx,
    deps.invitationMail,
    { registrationId: registration.id, generation },
    { record: registration.number },
  );
}
