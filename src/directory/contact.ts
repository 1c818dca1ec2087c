import type { Role, UserId } from '../kernel/index.ts';
import type { Db } from '../platform/db/index.ts';
import type { CompanyId } from './company.ts';
import { holdersOf } from './role-repo.ts';
import { findUser } from './user-repo.ts';

/** What other rooms may know about a person. */
export type Contact = {
  readonly id: UserId;
  readonly username: string;
  readonly name: string;
  readonly email: string | null;
  readonly companyId: CompanyId | null;
  readonly active: boolean;
  readonly roles: readonly Role[];
  readonly hasSignedIn: boolean;
};

/** Inside a transaction, hand in the transaction. */
export async function findContact(db: Db, id: UserId): Promise<Contact | null> {
  const user = await findUser(db, id);
  if (user === null) return null;
  const { username, name, email, companyId, active, roles, lastSignInAt } = user;
  return { id, username, name, email, companyId, active, roles, hasSignedIn: lastSignInAt !== null };
}

/** The active people who hold a role. Inside a transaction, hand in the transaction. */
export async function contactsHolding(db: Db, role: Role): Promise<Contact[]> {
  const contacts: Contact[] = [];
  for (const id of await holdersOf(db, role)) {
    const contact = await findContact(db, id);
    if (contact !== null) contacts.push(contact);
  }
  return contacts;
}
