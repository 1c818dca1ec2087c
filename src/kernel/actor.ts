import { type Id, idType } from './ids.ts';
import type { Role } from './role.ts';

export type UserId = Id<'usr'>;
export const userId = idType('usr');

/** A signed-in person, or a program holding that person's API token. */
export type UserActor = {
  readonly kind: 'user';
  readonly id: UserId;
  readonly username: string;
  readonly roles: ReadonlySet<Role>;
  readonly via: 'session' | 'token';
  /** When this session's password (or one-time link) was last proved; for tokens the token's creation. */
  readonly authenticatedAt: Date;
};

/** Work that nobody asked for at this moment: a job, a timer, the start of the program. */
export type SystemActor = { readonly kind: 'system'; readonly name: string };

/** Another instance, proved by its signature or its token. */
export type PeerActor = { readonly kind: 'peer'; readonly instanceId: string };

export type Actor = UserActor | SystemActor | PeerActor;

export const system = (name: string): SystemActor => ({ kind: 'system', name });

/** One line for logs, audit rows and activity streams. */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case 'user':
      return actor.username;
    case 'system':
      return `system:${actor.name}`;
    case 'peer':
      return `peer:${actor.instanceId}`;
  }
}
