import type { z } from 'zod';
import type { Db } from '../platform/db/index.ts';
import { CHAIN_START, checkChain } from './chain.ts';
import type { auditFinding, verifyAuditLog } from './contract.ts';
import { chainedAfter, countUnchained, lastChained } from './entry-repo.ts';
import { type HeadKey, isSignedHead } from './head.ts';
import { type Head, headsBetween, lastHead } from './head-repo.ts';

export type AuditReport = z.output<typeof verifyAuditLog.output>;
type Finding = z.output<typeof auditFinding>;

const PAGE = 1_000;
const MOST_FINDINGS = 20;

/** Recomputes the last `last` rows of the chain and checks every signed head over them. Changes nothing. */
export async function verifyAudit(
  { db, headKeys }: { db: Db; headKeys: () => Promise<readonly HeadKey[]> },
  { last }: { last: number },
): Promise<AuditReport> {
  const end = (await lastChained(db))?.position ?? 0;
  const newest = await lastHead(db);
  const from = Math.max(0, end - last);
  const keys = await headKeys();
  const findings: Finding[] = [];
  let heads = 0;
  let at = await chainEndAt(db, from);
  while (at.position < end && findings.length < MOST_FINDINGS) {
    const rows = await chainedAfter(db, at.position, PAGE);
    const checked = checkChain(at, rows);
    findings.push(...checked.findings);
    const covering = await headsBetween(db, at.position, checked.end.position);
    const hashes = new Map(rows.map(({ position, hash }) => [position, hash]));
    for (const head of covering) findings.push(...checkHead(head, hashes.get(head.position), keys));
    heads += covering.length;
    at = checked.end;
  }
  if (newest !== undefined && newest.position > end)
    findings.push({
      kind: 'missing',
      position: end + 1,
      message: `Rows ${end + 1} to ${newest.position} are gone: a head over row ${newest.position} was signed.`,
    });
  return {
    intact: findings.length === 0,
    from: Math.min(from + 1, end),
    to: end,
    unchained: await countUnchained(db),
    heads,
    lastHead: newest === undefined ? null : { position: newest.position, signedAt: newest.signed_at.toISOString() },
    findings: findings.slice(0, MOST_FINDINGS),
  };
}

async function chainEndAt(db: Db, position: number): Promise<{ position: number; hash: string }> {
  if (position === 0) return { position: 0, hash: CHAIN_START };
  const row = await lastChained(db, position);
  return row ?? { position: 0, hash: CHAIN_START };
}

function checkHead(head: Head, hash: string | undefined, keys: readonly HeadKey[]): Finding[] {
  const { position, statement } = head;
  const claim = { position, hash: head.hash, signedAt: head.signed_at.toISOString() };
  if (!isSignedHead(statement, claim, keys))
    return [
      {
        kind: 'signature',
        position,
        message: `The head over row ${position} is not signed by a key of this instance.`,
      },
    ];
  if (hash !== head.hash)
    return [{ kind: 'head', position, message: `Row ${position} is another one than when its head was signed.` }];
  return [];
}
