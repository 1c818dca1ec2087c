import type { Db } from '../platform/db/index.ts';
import { type Endpoint, endpoint } from '../platform/http/index.ts';
import { entryDocument } from './chain.ts';
import { exportAudit, listAudit, verifyAuditLog } from './contract.ts';
import { chainedAfter, type Entry, listEntries } from './entry-repo.ts';
import type { HeadKey } from './head.ts';
import { headsBetween } from './head-repo.ts';
import { verifyAudit } from './verify-audit.ts';

type Deps = { readonly db: Db; readonly headKeys: () => Promise<readonly HeadKey[]> };

export const auditEndpoints = (deps: Deps): Endpoint[] => [
  endpoint(listAudit, async ({ query }) => {
    const page = await listEntries(deps.db, query);
    return { ...page, items: page.items.map(viewOf) };
  }),
  endpoint(verifyAuditLog, ({ query }) => verifyAudit(deps, query)),
  endpoint(exportAudit, async ({ query, reply }) => {
    reply.type('application/x-ndjson');
    return exportLines(deps.db, query.after, query.limit);
  }),
];

const viewOf = (entry: Entry) => ({
  id: entry.id,
  at: entry.at.toISOString(),
  event: entry.event,
  outcome: entry.outcome,
  actor: { kind: entry.actor_kind, id: entry.actor_id, name: entry.actor_name, via: entry.actor_via },
  subject: entry.subject,
  detail: entry.detail,
  position: entry.position,
  hash: entry.hash,
});

/** One JSON document a line: `{entry: …, hash}` in the order of the chain, then `{head: …}` for each head over them. */
async function exportLines(db: Db, after: number, limit: number): Promise<string> {
  const rows = await chainedAfter(db, after, limit);
  const heads = await headsBetween(db, after, rows.at(-1)?.position ?? after);
  const lines = [
    ...rows.map((row) => ({ entry: entryDocument(row, row.position, row.previous_hash), hash: row.hash })),
    ...heads.map(({ position, hash, statement }) => ({ head: { position, hash, statement } })),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
