import { createHash } from 'node:crypto';
import { HOUR_MS, idType, MINUTE_MS } from '../kernel/index.ts';
import { lifeUsed } from './key-life.ts';
import type { ModuleName } from './module.ts';
import type { KeyVersionRow } from './rows.ts';

export const rotationId = idType('rot');

/** A public copy of the manifest may be this old; whoever meets an unknown key looks it up at once. */
const UNHEARD_MS = 5 * MINUTE_MS;
/** A peer that is away for longer must not keep an old key in use. */
const STRAGGLER_MS = 24 * HOUR_MS;

/** Whether the successor may be promoted. `seen`: every peer has the manifest with it; null where nobody can tell. */
export function mayPromote(publishedAt: Date, seen: boolean | null, now: Date): boolean {
  const waited = now.getTime() - publishedAt.getTime();
  return seen === null ? waited >= UNHEARD_MS : seen || waited >= STRAGGLER_MS;
}

/** Rotations begin between these parts of a life, each key at its own moment, so that not all of them are due at once. */
const [EARLIEST, LATEST] = [0.7, 0.78];

export function isDue(key: KeyVersionRow, now: Date): boolean {
  const used = lifeUsed(key, now);
  if (used === null) return false;
  const share = createHash('sha256').update(key.kid).digest().readUInt16BE() / 0x1_0000;
  return used >= EARLIEST + (LATEST - EARLIEST) * share;
}

/** Modules whose public keys are in the manifest: there a successor waits until it is known. */
const SEEN_BY_PEERS: ReadonlySet<ModuleName> = new Set(['sx.sign', 'sx.oauth.client', 'sx.oauth.as']);
export const isSeenByPeers = (module: ModuleName): boolean => SEEN_BY_PEERS.has(module);
