import { type CompanyId, companyId } from '../../src/directory/company.ts';
import { insertCompany } from '../../src/directory/company-repo.ts';
import { csrfTokenOf } from '../../src/directory/csrf-token.ts';
import { insertGrant } from '../../src/directory/role-repo.ts';
import type { SessionCookies } from '../../src/directory/session-cookie.ts';
import { startSession } from '../../src/directory/start-session.ts';
import { insertUser } from '../../src/directory/user-repo.ts';
import { type Clock, type Role, systemRandom, type UserActor, type UserId, userId } from '../../src/kernel/index.ts';
import { type Db, transact } from '../../src/platform/db/index.ts';

export type NewPerson = {
  readonly roles?: readonly Role[];
  readonly username?: string;
  readonly name?: string;
  readonly email?: string | null;
  readonly companyId?: CompanyId | null;
  readonly active?: boolean;
};

export type SomePerson = { readonly id: UserId; readonly username: string };

/** What a signed-in browser sends: its cookie, and the token that goes with it. */
export type SignedInPerson = SomePerson & {
  readonly headers: { readonly cookie: string; readonly 'x-csrf-token': string };
  /** For use-cases called without HTTP. */
  readonly actor: UserActor;
};

export type People = {
  company(name?: string): Promise<CompanyId>;
  person(wanted?: NewPerson): Promise<SomePerson>;
  signedIn(wanted?: NewPerson): Promise<SignedInPerson>;
};

/**
 * People and companies put straight into the database, and sessions without the work of hashing passwords. Roles are given
 * without asking who may: the tests of the directory prove that, all others need somebody to act.
 * `cookies`: as handed to createDirectory.
 */
export function createPeople(deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly cookies: SessionCookies;
}): People {
  const { db, clock, cookies } = deps;
  const random = systemRandom;

  const person: People['person'] = async (wanted = {}) => {
    const id = userId.create(random);
    const username = wanted.username ?? `person-${id.slice(-8)}`;
    await transact(db, async (tx) => {
      await insertUser(tx, {
        id,
        username,
        name: wanted.name ?? `Person ${id.slice(-8)}`,
        email: wanted.email === undefined ? `${username}@example.com` : wanted.email,
        companyId: wanted.companyId ?? null,
        companyName: null,
        roles: [],
        active: wanted.active ?? true,
        lastSignInAt: null,
        createdAt: clock.now(),
      });
      for (const role of wanted.roles ?? [])
        await insertGrant(tx, { userId: id, role, because: 'directory', at: clock.now() });
    });
    return { id, username };
  };

  return {
    person,
    company: async (name) => {
      const id = companyId.create(random);
      const company = { id, name: name ?? `Company ${id.slice(-8)}`, active: true, createdAt: clock.now() };
      await transact(db, (tx) => insertCompany(tx, company));
      return id;
    },
    signedIn: async (wanted = {}) => {
      const { id, username } = await person(wanted);
      const token = await transact(db, (tx) =>
        startSession(tx, { clock, random }, { userId: id, method: 'pwd', replaces: null }),
      );
      const roles = new Set(wanted.roles ?? []);
      return {
        id,
        username,
        headers: { cookie: `${cookies.session}=${token}`, 'x-csrf-token': csrfTokenOf(token) },
        actor: { kind: 'user', id, username, roles, via: 'session', authenticatedAt: clock.now() },
      };
    },
  };
}
