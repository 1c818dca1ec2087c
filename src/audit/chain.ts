import { base64url, canonicalJson, sha256 } from '../protocol/index.ts';
import type { ChainedEntry, Entry } from './entry-repo.ts';

/** What the first row's predecessor hashes to: 32 zero bytes. */
export const CHAIN_START = base64url(new Uint8Array(32));

/** A row as it is hashed and exported. Source: docs/audit.md. */
export const entryDocument = (entry: Entry, position: number, previousHash: string) => ({
  position,
  previousHash,
  at: entry.at.toISOString(),
  event: entry.event,
  outcome: entry.outcome,
  actor: { kind: entry.actor_kind, id: entry.actor_id, name: entry.actor_name, via: entry.actor_via },
  subject: entry.subject,
  detail: entry.detail,
});

/** SHA-256, base64url, over the canonical JSON (RFC 8785) of the row, its position and its predecessor's hash. */
export const hashEntry = (entry: Entry, position: number, previousHash: string): string =>
  base64url(sha256(canonicalJson(entryDocument(entry, position, previousHash))));

export type ChainFinding = {
  readonly kind: 'edited' | 'missing' | 'unlinked';
  readonly position: number;
  readonly message: string;
};

/** Where a chain stands: the next row must follow it. */
export type ChainEnd = { readonly position: number; readonly hash: string };

/** Checks rows in the order of their positions against each other and against `before`; one finding per row at most. */
export function checkChain(
  before: ChainEnd,
  rows: readonly ChainedEntry[],
): { findings: ChainFinding[]; end: ChainEnd } {
  const findings: ChainFinding[] = [];
  let end = before;
  for (const row of rows) {
    const finding = checkLink(end, row);
    if (finding !== null) findings.push(finding);
    end = row;
  }
  return { findings, end };
}

function checkLink(previous: ChainEnd, row: ChainedEntry): ChainFinding | null {
  const { position } = row;
  const first = previous.position + 1;
  if (position !== first) {
    const gone = first === position - 1 ? `Row ${first} is` : `Rows ${first} to ${position - 1} are`;
    return { kind: 'missing', position: first, message: `${gone} gone.` };
  }
  if (row.previous_hash !== previous.hash)
    return {
      kind: 'unlinked',
      position,
      message: `Row ${position} was chained to another row than row ${position - 1}.`,
    };
  if (hashEntry(row, position, row.previous_hash) !== row.hash)
    return { kind: 'edited', position, message: `Row ${position} is not what it was when it was chained.` };
  return null;
}
