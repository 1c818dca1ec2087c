import type { UserActor } from '../kernel/index.ts';
import type { User } from './user.ts';

/** A person acting through a browser. */
export const personActor = (user: User, authenticatedAt: Date): UserActor => ({
  kind: 'user',
  id: user.id,
  username: user.username,
  roles: new Set(user.roles),
  via: 'session',
  authenticatedAt,
});
