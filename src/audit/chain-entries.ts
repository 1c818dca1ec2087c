import { afterCommit, type DatabaseLog, type Db, transact } from '../platform/db/index.ts';
import { CHAIN_START, hashEntry } from './chain.ts';
import {
  anyUnchained,
  type Entry,
  type Link,
  lastChained,
  nextUnchained,
  takeChainLock,
  writeLinks,
} from './entry-repo.ts';

/** Rows chained in one transaction. 1000: a burst is caught up within seconds, and the lock is never held for long. */
const BATCH = 1_000;

/** Numbers and chains the committed rows that are not yet; returns how many. Another node at it: none. */
export async function chainEntries(deps: { db: Db; log: DatabaseLog }): Promise<number> {
  if (!(await anyUnchained(deps.db))) return 0;
  let total = 0;
  for (let chained = BATCH; chained === BATCH; total += chained) chained = await chainBatch(deps);
  return total;
}

async function chainBatch({ db, log }: { db: Db; log: DatabaseLog }): Promise<number> {
  return transact(db, async (tx) => {
    if (!(await takeChainLock(tx))) return 0;
    const entries = await nextUnchained(tx, BATCH);
    if (entries.length === 0) return 0;
    let end = (await lastChained(tx)) ?? { position: 0, hash: CHAIN_START };
    const links = entries.map((entry): Link => {
      const link = linkTo(end, entry);
      end = link;
      return link;
    });
    await writeLinks(tx, links);
    afterCommit(tx, () => {
      for (const entry of entries) logEntry(log, entry);
    });
    return entries.length;
  });
}

function linkTo(end: { position: number; hash: string }, entry: Entry): Link {
  const position = end.position + 1;
  return { id: entry.id, position, previous_hash: end.hash, hash: hashEntry(entry, position, end.hash) };
}

/** Written here, once for all nodes and after the commit, so that no business fact is logged by hand. Ids only. */
const logEntry = (log: DatabaseLog, { event, outcome, actor_kind, actor_id, subject }: Entry): void =>
  log.info({ event, outcome, actor: `${actor_kind}:${actor_id}`, subject }, 'audit');
