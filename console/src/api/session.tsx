import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { readSession } from '../../../src/directory/contract.ts';
import { type Permission, permits, type Role } from '../../../src/kernel/role.ts';
import type { OutputOf } from '../../../src/kernel/route.ts';
import { rememberCsrfToken } from './client.ts';
import { queryKeyOf, useRead } from './queries.ts';

export type SessionAnswer = OutputOf<typeof readSession>;
export type SignedInUser = NonNullable<SessionAnswer['user']>;

const SESSION_EVERY_MS = 60_000;

/** Who is signed in, read again every minute so that a person deactivated elsewhere does not stare at a dead screen. */
export function useSessionAnswer() {
  const answer = useRead(readSession, {}, { every: SESSION_EVERY_MS });
  rememberCsrfToken(answer.data?.csrfToken ?? null);
  return answer;
}

/** Takes an answer of sign-in or sign-out as the new session and forgets what the person before could see. */
export function useAdoptSession(): (answer: SessionAnswer) => void {
  const client = useQueryClient();
  return (answer) => {
    rememberCsrfToken(answer.csrfToken);
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== readSession.path });
    client.setQueryData(queryKeyOf(readSession, {}), answer);
  };
}

type Session = { readonly user: SignedInUser; readonly roles: ReadonlySet<Role>; readonly mailOn: boolean };
const Context = createContext<Session | null>(null);

export function SessionProvider({ answer, children }: { answer: SessionAnswer; children: ReactNode }) {
  const session = useMemo(
    () => answer.user && { user: answer.user, roles: new Set(answer.user.roles), mailOn: answer.mailOn },
    [answer],
  );
  return <Context.Provider value={session}>{children}</Context.Provider>;
}

/** The signed-in person. Only below a SessionProvider with a user. */
export function useSession(): Session {
  const session = useContext(Context);
  if (session === null) throw new Error('this screen needs a signed-in person');
  return session;
}

export const useMay = (permission: Permission): boolean => permits(permission, useContext(Context)?.roles);

/** `admin` · `admin or sn_sb.admin` · `sn_kmf.admin and sn_kmf.cryptographic_manager`. */
export function rolesOf(permission: Permission): string {
  if (permission.kind === 'public' || permission.kind === 'signed-in') return '';
  const names = permission.roles.map((name) => `“${name}”`);
  return names.join(permission.kind === 'any-of' ? ' or ' : ' and ');
}
