import { createHash } from 'node:crypto';
import { DAY_MS, epochSeconds, later } from '../kernel/index.ts';
import {
  CLOCK_TOLERANCE_SECONDS,
  canonicalJson,
  type InstanceId,
  type KeyUse,
  type Manifest,
  PROTOCOL_VERSION,
  SUITE,
  wireLimits,
} from '../protocol/index.ts';
import { neededUntil } from './key-life.ts';
import { publicJwk } from './key-material.ts';
import type { ManifestDetails } from './keys-deps.ts';
import { isModule, type ModuleName } from './module.ts';
import type { KeyVersionRow } from './rows.ts';

const MANIFEST_LIFE_MS = 30 * DAY_MS;
/** Signed again this long before the end, so that a peer that fetches it daily never meets an expired one. */
export const RENEW_BEFORE_MS = 7 * DAY_MS;

const USES: Partial<Record<ModuleName, KeyUse>> = {
  'sx.sign': 'sign',
  'sx.oauth.client': 'client',
  'sx.oauth.as': 'as',
};

/** What the manifest says about keys and place; without number and dates, so that two can be compared. */
export function manifestDigest(details: ManifestDetails, keys: readonly KeyVersionRow[], now: Date): string {
  const published = publishedKeys(keys, now).map(({ row, use }) => ({ kid: row.kid, use, state: row.state }));
  const revoked = revokedKeys(keys, now).map(({ kid }) => kid);
  const said = { details, published, revoked, limits: wireLimits, version: PROTOCOL_VERSION, suite: SUITE };
  return createHash('sha256').update(canonicalJson(said)).digest('base64url');
}

/** protocol.md B.2. */
export function manifestContent(input: {
  instance: InstanceId;
  seq: number;
  details: ManifestDetails;
  keys: readonly KeyVersionRow[];
  now: Date;
}): Manifest {
  const { details, now } = input;
  const end = later(now, MANIFEST_LIFE_MS);
  return {
    iss: input.instance,
    seq: input.seq,
    iat: epochSeconds(now),
    exp: epochSeconds(end),
    origin: details.origin,
    display: details.display,
    keys: publishedKeys(input.keys, now).map(({ row, use, x, until }) => ({
      kid: row.kid,
      use,
      jwk: publicJwk(x),
      // The nodes of an instance may differ by as much as two instances may: each dates its statements itself.
      nbf: epochSeconds(row.activated_at ?? row.generated_at) - CLOCK_TOLERANCE_SECONDS,
      // NOTE an overdue key that nobody replaced stays good while it is active: that is a finding, not an outage.
      exp: epochSeconds(row.deactivated_at === null && until < end ? end : until),
      state: row.state === 'generated' ? 'pre-active' : row.state,
    })) as Manifest['keys'],
    oauth: details.oauth,
    endpoints: details.endpoints,
    vers: [PROTOCOL_VERSION],
    suites: [SUITE],
    limits: wireLimits,
    revoked: revokedKeys(input.keys, now),
    min_vers: PROTOCOL_VERSION,
  };
}

type Published = { readonly row: KeyVersionRow; readonly use: KeyUse; readonly x: string; readonly until: Date };

// NOTE a manifest holds 14 KiB, some 38 keys. Whoever rotates more often than this loses the oldest signatures first.
const ENDED_KEYS_PER_USE = 8;
const MOST_REVOKED = 32;

function publishedKeys(keys: readonly KeyVersionRow[], now: Date): Published[] {
  const known = keys.flatMap((row) => {
    const use = isModule(row.module) ? USES[row.module] : undefined;
    if (use === undefined || row.public_x === null || row.state === 'compromised' || row.state === 'destroyed')
      return [];
    return [{ row, use, x: row.public_x, until: until(row) }];
  });
  const ended = (use: KeyUse) =>
    known
      .filter((key) => key.use === use && key.row.deactivated_at !== null && key.until > now)
      .slice(-ENDED_KEYS_PER_USE);
  return [...known.filter(({ row }) => row.deactivated_at === null), ...Object.values(USES).flatMap(ended)];
}

/** Keys that peers may know and must refuse, for as long as a signature of theirs could have counted. */
function revokedKeys(keys: readonly KeyVersionRow[], now: Date): Manifest['revoked'] {
  return keys
    .flatMap((row) => {
      const published = isModule(row.module) && USES[row.module] !== undefined;
      const { compromised_at: at } = row;
      if (!published || at === null || until(row) <= now) return [];
      return [{ kid: row.kid, at: epochSeconds(at), reason: 'compromised' }];
    })
    .slice(-MOST_REVOKED);
}

/** Published keys are needed for a time, never for ever. */
const until = (row: KeyVersionRow): Date => neededUntil(row) ?? row.generated_at;
