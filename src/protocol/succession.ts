import { z } from 'zod';
import { err, ok, type Result } from '../kernel/index.ts';
import { base64url, sha256 } from './encoding.ts';
import { ed25519JwkSchema, type Genesis, type InstanceId, instanceIdSchema, rootCommitment } from './instance-id.ts';
import { canonicalJson, parseJson } from './json.ts';
import { hashStatement, parseJws, verifyJws } from './jws.ts';
import { limits } from './limits.ts';
import type { Ed25519PublicJwk } from './signer.ts';
import { thumbprint } from './verification-key.ts';
import { hashText, instantSeconds } from './wire-schemas.ts';

export const SUCCESSION_TYP = 'sx-succession+jwt';

const successionSchema = z.looseObject({
  iss: instanceIdSchema,
  /** 1 for the first succession. */
  n: z.int().min(1),
  /** H of the entry before; for the first one SHA-256 of the canonical genesis. */
  prev: hashText,
  root: ed25519JwkSchema,
  next: hashText,
  reason: z.enum(['scheduled', 'compromise', 'loss']),
  iat: instantSeconds,
});

/**
 * Replays the log of root successions from the genesis and returns the current root key. Each entry must be signed by the
 * key it introduces, and that key must be the one committed to before.
 * Source: docs/protocol/identity.md.
 */
export async function currentRoot(
  id: InstanceId,
  genesis: Genesis,
  log: readonly string[],
): Promise<Result<Ed25519PublicJwk, 'bad-log'>> {
  let root: Ed25519PublicJwk = genesis.root;
  let committed = genesis.next;
  let prev = base64url(sha256(canonicalJson(genesis)));
  for (const [index, compact] of log.entries()) {
    const jws = parseJws(compact, { typ: SUCCESSION_TYP, maxBytes: limits.manifestBytes });
    const json = jws.ok ? parseJson(jws.value.payload) : jws;
    const entry = successionSchema.safeParse(json.ok ? json.value : undefined);
    if (!jws.ok || !entry.success) return err('bad-log');
    const { iss, n, root: successor, next, prev: claimedPrev } = entry.data;
    if (iss !== id || n !== index + 1 || claimedPrev !== prev) return err('bad-log');
    if (rootCommitment(successor) !== committed) return err('bad-log');
    const kid = thumbprint(successor);
    if (jws.value.kid !== kid || !(await verifyJws(jws.value, { kid, jwk: successor })).ok) return err('bad-log');
    root = successor;
    committed = next;
    prev = hashStatement(compact);
  }
  return ok(root);
}
