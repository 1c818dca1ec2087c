import type { Role, UserId } from '../kernel/index.ts';
import type { Db } from '../platform/db/index.ts';
import type { CompanyId } from './company.ts';
import { holdersOf } from './role-repo.ts';
import type { User } from './user.ts';
import { findUser, findUsers } from './user-repo.ts';

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
  return user === null ? null : contactOf(user);
}

/** Those of these people who are on file, by their id. */
export async function findContacts(db: Db, ids: readonly UserId[]): Promise<Map<UserId, Contact>> {
  const users = await findUsers(db, ids);
  return new Map(users.map((user) => [user.id, contactOf(user)]));
}

function contactOf({ id, username, name, email, companyId, active, roles, lastSignInAt }: User): Contact {
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
