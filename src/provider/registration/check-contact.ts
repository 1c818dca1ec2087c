import type { CompanyId } from '../../directory/index.ts';
import { type Contact, findContact, isDeliverableAddress } from '../../directory/index.ts';
import type { FieldError, UserId } from '../../kernel/index.ts';
import type { Db } from '../../platform/db/database.ts';

export type ContactChoice = {
  readonly companyId: CompanyId;
  readonly contactId: UserId;
  readonly grantConsumerRole: boolean;
};

export const CONSUMER_ROLE = 'sn_sb_pro.consumer';

/**
 * Whether this person can be the contact of a registration for that company (REG-06..10, OQ-02, OQ-05). The errors name the
 * form's contact field.
 */
export async function checkContact(
  db: Db,
  choice: ContactChoice,
  rules: { mailOn: boolean },
): Promise<{ contact: Contact | null; errors: FieldError[] }> {
  const contact = await findContact(db, choice.contactId);
  const refuse = (message: string) => ({ contact, errors: [{ field: 'contactId', message }] });
  if (contact === null || !contact.active) return refuse('Pick an active contact of the company.');
  if (contact.companyId !== choice.companyId)
    return refuse('This contact belongs to another company. Pick one of the company chosen above.');
  const errors: FieldError[] = [];
  if (!contact.roles.includes(CONSUMER_ROLE) && !choice.grantConsumerRole) {
    errors.push({
      field: 'contactId',
      message: `This contact does not hold the role ${CONSUMER_ROLE}. Grant it, or tick “grant the consumer role”.`,
    });
  }
  if (rules.mailOn && !isDeliverableAddress(contact.email ?? '')) {
    errors.push({
      field: 'contactId',
      message:
        'This contact has no valid e-mail address, and this instance mails the registration link. Add an address first.',
    });
  }
  return { contact, errors };
}
