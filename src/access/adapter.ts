import { decodeProtectedHeader } from 'jose';
import { type Adapter, type AdapterFactory, type AdapterPayload, errors, Provider } from 'oidc-provider';
import { type Clock, epochSeconds, later, type Random, SECOND_MS } from '../kernel/index.ts';
import { type Db, transact } from '../platform/db/index.ts';
import type { AccessClient } from './client.ts';
import { findClient } from './client-repo.ts';
import {
  consumeRecord,
  deleteGrantOf,
  deleteModelByGrant,
  deleteRecord,
  findRecord,
  proofSeen,
  putRecord,
  rememberProof,
} from './oauth-record-repo.ts';
import { openRecord, recordHash, sealRecord } from './sealed-record.ts';

type Deps = {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  /** A client has signed with a key that is not on file: asks its instance for the keys of now, and stores them. */
  readonly renewClientKeys?: ((client: AccessClient) => Promise<void>) | undefined;
};

/** What the OAuth library stores, in our database: clients from our own table, everything else as sealed records. */
export function adapterFactory(deps: Deps): AdapterFactory {
  return (model) => {
    if (model === 'Client') return clientAdapter(deps);
    if (model === 'ReplayDetection') return replayAdapter(deps);
    // The library's own session is never kept: each consent proves the person anew (see consent.ts).
    if (model === 'Session')
      return unsupported(model, { upsert: async () => undefined, destroy: async () => undefined });
    return recordAdapter(deps, model);
  };
}

/** Methods the library does not call for a model; `findByUid` and `findByUserCode` belong to features that are off. */
function unsupported(model: string, methods: Partial<Adapter>): Adapter {
  const refuse = async (): Promise<never> => {
    throw new Error(`the OAuth library may not do this with ${model}`);
  };
  const nothing = async () => undefined;
  return {
    upsert: refuse,
    find: nothing,
    findByUserCode: nothing,
    findByUid: nothing,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
    ...methods,
  };
}

/** A stranger who makes keys up costs the client's instance no more than this. */
const RENEWED_EVERY_MS = 10 * SECOND_MS;

function clientAdapter({ db, clock, renewClientKeys }: Deps): Adapter {
  const renewed = new Map<string, Date>();
  return unsupported('Client', {
    async find(id) {
      const client = await findClient(db, id);
      if (client === undefined || renewClientKeys === undefined || !hasUnknownKey(client))
        return client && clientMetadata(client);
      const now = clock.now();
      const last = renewed.get(id);
      if (last !== undefined && now < later(last, RENEWED_EVERY_MS)) return clientMetadata(client);
      renewed.set(id, now);
      await renewClientKeys(client);
      const current = await findClient(db, id);
      return current && clientMetadata(current);
    },
  });
}

/** Whether the assertion of the request that is being answered names a key that the client does not have here. */
function hasUnknownKey(client: AccessClient): boolean {
  const assertion = Provider.ctx?.oidc?.params?.client_assertion;
  if (typeof assertion !== 'string') return false;
  try {
    const { kid } = decodeProtectedHeader(assertion);
    return kid !== undefined && !client.keys.some((key) => key.kid === kid);
  } catch {
    return false;
  }
}

/**
 * RFC 7591 names. `scope` is left out on purpose: with scopes that belong to a resource the library would refuse the
 * client; which scope a client may have is decided in getResourceServerInfo.
 */
export function clientMetadata(client: AccessClient): AdapterPayload {
  const attempt = client.phase === 'attempt';
  return {
    client_id: client.clientId,
    grant_types: attempt ? ['authorization_code'] : ['client_credentials'],
    response_types: attempt ? ['code'] : [],
    redirect_uris: [...client.redirectUris],
    authorization_details_types: attempt ? ['sx_connect'] : [],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'Ed25519',
    id_token_signed_response_alg: 'Ed25519',
    dpop_bound_access_tokens: true,
    require_pushed_authorization_requests: true,
    jwks: { keys: client.keys.map((key) => ({ ...key, alg: 'Ed25519', use: 'sig' })) },
  };
}

/** Client assertions and DPoP proofs that were used. The insert decides: two nodes cannot both accept one proof. */
function replayAdapter({ db, clock }: Deps): Adapter {
  const hash = (id: string) => recordHash('ReplayDetection', id);
  return unsupported('ReplayDetection', {
    async find(id) {
      const expiresAt = await proofSeen(db, hash(id), clock.now());
      return expiresAt && { jti: id, kind: 'ReplayDetection', exp: epochSeconds(expiresAt) };
    },
    async upsert(id, _payload, expiresIn = 0) {
      const now = clock.now();
      const first = await transact(db, (tx) => rememberProof(tx, hash(id), expiry(now, expiresIn), now));
      if (!first) throw new errors.InvalidRequest('the proof or assertion was used before');
    },
  });
}

function recordAdapter({ db, clock, random }: Deps, model: string): Adapter {
  const hash = (id: string) => recordHash(model, id);
  return {
    async upsert(id, payload, expiresIn = 0) {
      const grantId = model === 'Grant' ? id : payload.grantId;
      const record = {
        model,
        idHash: hash(id),
        sealed: sealRecord(random, model, id, payload),
        grantHash: grantId ? recordHash('Grant', grantId) : null,
        clientId: payload.clientId ?? clientOfParams(payload.params) ?? null,
        expiresAt: expiry(clock.now(), expiresIn),
      };
      await transact(db, (tx) => putRecord(tx, record));
    },
    async find(id) {
      const record = await findRecord(db, model, hash(id));
      if (record === undefined) return undefined;
      const payload = openRecord(model, id, record.sealed);
      return record.consumedAt ? { ...payload, consumed: epochSeconds(record.consumedAt) } : payload;
    },
    findByUserCode: async () => undefined,
    findByUid: async () => undefined,
    async consume(id) {
      const won = await transact(db, (tx) => consumeRecord(tx, model, hash(id), clock.now()));
      if (won) return;
      // Two uses at once: whoever came second may have stolen it, so what the first one got ends too (RFC 9700 2.1.1).
      await transact(db, (tx) => deleteGrantOf(tx, model, hash(id)));
      throw model === 'AuthorizationCode'
        ? new errors.InvalidGrant('the code was used before')
        : new errors.InvalidRequestUri('the request was used before');
    },
    destroy: (id) => transact(db, (tx) => deleteRecord(tx, model, hash(id))),
    revokeByGrantId: (grantId) => transact(db, (tx) => deleteModelByGrant(tx, model, recordHash('Grant', grantId))),
  };
}

const expiry = (now: Date, seconds: number): Date => later(now, seconds * SECOND_MS);

const clientOfParams = (params: AdapterPayload['params']): string | undefined =>
  typeof params?.client_id === 'string' ? params.client_id : undefined;
