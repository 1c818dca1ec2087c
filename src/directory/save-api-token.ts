import { recordAudit } from '../audit/index.ts';
import {
  type Clock,
  DAY_MS,
  InvalidInput,
  later,
  NotFound,
  type Random,
  type Role,
  randomToken,
  type UserActor,
} from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import { API_TOKEN_PREFIX, type ApiToken, type ApiTokenId, apiTokenId } from './api-token.ts';
import { apiTokensOf, deleteApiTokenOf, insertApiToken } from './api-token-repo.ts';
import { SessionNeeded, TooManyApiTokens } from './problems.ts';
import { secretHash } from './secret-hash.ts';
import { findUser, lockUser } from './user-repo.ts';

type Deps = { readonly db: Db; readonly clock: Clock; readonly random: Random };

const API_TOKEN_BYTES = 32;
/** Far more than one person's programs need; a script that forgets to delete its tokens finds out. */
const MOST_TOKENS = 50;

/**
 * Makes a token for the actor's programs; `token` is shown in this answer and never again. A token cannot make tokens:
 * it would outlive its own expiry. Throws SessionNeeded, TooManyApiTokens, InvalidInput on `roles`.
 */
export async function createApiToken(
  deps: Deps,
  actor: UserActor,
  input: { name: string; roles: readonly Role[] | undefined; readOnly: boolean; expiresInDays: number },
): Promise<ApiToken & { readonly token: string }> {
  if (actor.via !== 'session') throw new SessionNeeded();
  const secret = API_TOKEN_PREFIX + randomToken(deps.random, API_TOKEN_BYTES);
  return transact(deps.db, async (tx) => {
    await lockUser(tx, actor.id);
    const user = await findUser(tx, actor.id);
    if (user === null || !user.active) throw new SessionNeeded();
    const roles = [...new Set(input.roles ?? user.roles)];
    const foreign = roles.find((role) => !user.roles.includes(role));
    if (foreign !== undefined) throw InvalidInput.field('roles', `You do not hold the role ${foreign}.`);
    if ((await apiTokensOf(tx, actor.id)).length >= MOST_TOKENS) throw new TooManyApiTokens(MOST_TOKENS);
    const createdAt = deps.clock.now();
    const token: ApiToken = {
      id: apiTokenId.create(deps.random),
      name: input.name,
      roles,
      readOnly: input.readOnly,
      createdAt,
      expiresAt: later(createdAt, input.expiresInDays * DAY_MS),
      lastUsedAt: null,
    };
    await insertApiToken(tx, { ...token, userId: actor.id, tokenHash: secretHash(secret) });
    await recordAudit(tx, {
      event: 'directory.api-token-created',
      actor,
      subject: token.id,
      detail: { roles, readOnly: token.readOnly, expiresAt: token.expiresAt.toISOString() },
      clock: deps.clock,
    });
    return { ...token, token: secret };
  });
}

/** Throws NotFound, also for somebody else's token. */
export async function deleteApiToken(deps: Deps, actor: UserActor, id: ApiTokenId): Promise<void> {
  await transact(deps.db, async (tx) => {
    if (!(await deleteApiTokenOf(tx, actor.id, id)))
      throw new NotFound('You have no API token with this id. Nothing was deleted. Choose one from your list.');
    await recordAudit(tx, { event: 'directory.api-token-deleted', actor, subject: id, clock: deps.clock });
  });
}
