import { epochSeconds, err, ok, type Random, type Result, randomToken } from '../kernel/index.ts';
import type { InstanceId } from './instance-id.ts';
import { canonicalJson, parseJson } from './json.ts';
import { type ParsedJws, parseJws, signJws, verifyJws } from './jws.ts';
import { CLOCK_TOLERANCE_SECONDS } from './limits.ts';
import type { Signer } from './signer.ts';
import { type StatementBody, type StatementDefinition, type StatementKind, statements } from './statements.ts';
import { type VerificationKey, validAt } from './verification-key.ts';

export type StatementError = {
  readonly code:
    | 'too-large'
    | 'malformed'
    | 'wrong-type'
    | 'unknown-key'
    | 'bad-signature'
    | 'bad-schema'
    | 'wrong-issuer'
    | 'wrong-audience'
    | 'expired'
    | 'not-yet-valid'
    | 'too-long-lived';
};

type Claims = { iss: InstanceId; aud: InstanceId; iat: number; exp: number; jti: string };

/** The five claims every statement starts with. `lifeSeconds` defaults to the longest the kind allows. */
export function claimsFor(
  kind: StatementKind,
  from: { issuer: InstanceId; audience: InstanceId; now: Date; random: Random; lifeSeconds?: number },
): Claims {
  const iat = epochSeconds(from.now);
  const life = from.lifeSeconds ?? statements[kind].maxAgeSeconds;
  return { iss: from.issuer, aud: from.audience, iat, exp: iat + life, jti: randomToken(from.random, 16) };
}

/** Signs one statement as a compact JWS over canonical JSON. A body its own schema or size refuses is a bug: throws. */
export async function signStatement<Kind extends StatementKind>(
  signer: Signer,
  kind: Kind,
  body: StatementBody<Kind>,
): Promise<string> {
  const { typ, schema, maxBytes }: StatementDefinition = statements[kind];
  const compact = await signJws(signer, typ, Buffer.from(canonicalJson(schema.parse(body))));
  if (compact.length > maxBytes) throw new Error(`a ${kind} statement of ${compact.length} bytes is over its limit`);
  return compact;
}

export type StatementExpectation = {
  /** The issuer's pinned keys of use `sign` (`manifestKeys(manifest, 'sign')`). */
  readonly keys: readonly VerificationKey[];
  readonly issuer: InstanceId;
  readonly audience: InstanceId;
  readonly now: Date;
};

/**
 * Opens a statement in the order size, grammar, signature, schema, issuer and audience, freshness (60 s of tolerance). The key
 * must have been valid at the `iat` the statement names. Replay is the caller's: it keeps steps and `jti`s.
 * Members unknown to the schema are preserved. Source: docs/protocol/conventions.md.
 */
export async function openStatement<Kind extends StatementKind>(
  kind: Kind,
  compact: string,
  expected: StatementExpectation,
): Promise<Result<StatementBody<Kind>, StatementError>> {
  const jws = parseJws(compact, statements[kind]);
  if (!jws.ok) return jws;
  const key = expected.keys.find(({ kid }) => kid === jws.value.kid);
  if (key === undefined) return err({ code: 'unknown-key' });
  const verified = await verifyJws(jws.value, key);
  if (!verified.ok) return verified;
  const body = readBody(kind, jws.value);
  if (!body.ok) return body;
  const refused = refuseClaims(body.value as Claims, kind, expected);
  if (refused !== null) return err({ code: refused });
  const signedAt = new Date((body.value as Claims).iat * 1_000);
  return validAt(key, signedAt) ? body : err({ code: 'unknown-key' });
}

/**
 * Reads a statement WITHOUT verifying who signed it or when: to learn whom to ask (an invitation before discovery, a probe
 * from an instance not known here). Nothing may be stored or decided from it.
 */
export function peekStatement<Kind extends StatementKind>(
  kind: Kind,
  compact: string,
): Result<StatementBody<Kind>, StatementError> {
  const jws = parseJws(compact, statements[kind]);
  return jws.ok ? readBody(kind, jws.value) : jws;
}

function readBody<Kind extends StatementKind>(kind: Kind, jws: ParsedJws): Result<StatementBody<Kind>, StatementError> {
  const json = parseJson(jws.payload);
  if (!json.ok) return err({ code: 'malformed' });
  const { schema }: StatementDefinition = statements[kind];
  const parsed = schema.safeParse(json.value);
  return parsed.success ? ok(parsed.data as StatementBody<Kind>) : err({ code: 'bad-schema' });
}

function refuseClaims(
  claims: Claims,
  kind: StatementKind,
  expected: StatementExpectation,
): StatementError['code'] | null {
  if (claims.iss !== expected.issuer) return 'wrong-issuer';
  if (claims.aud !== expected.audience) return 'wrong-audience';
  const now = epochSeconds(expected.now);
  if (claims.iat > now + CLOCK_TOLERANCE_SECONDS) return 'not-yet-valid';
  if (claims.exp <= now - CLOCK_TOLERANCE_SECONDS) return 'expired';
  const life = claims.exp - claims.iat;
  return life <= 0 || life > statements[kind].maxAgeSeconds ? 'too-long-lived' : null;
}
