import { AsyncLocalStorage } from 'node:async_hooks';
import type { Db, Tx } from './database.ts';

const hooks = new WeakMap<Tx, (() => void)[]>();

/** The transaction that the running code is inside of; `open` turns false when it ends, for work it left behind. */
const current = new AsyncLocalStorage<{ open: boolean }>();

/**
 * Runs one use-case in one transaction. No network inside `work`: it would hold row locks, and on the embedded engine the
 * only connection, for as long as a peer likes. Inside, use `tx` for reads too.
 */
export async function transact<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  const afterwards: (() => void)[] = [];
  const scope = { open: true };
  const run = () =>
    db.transaction().execute((tx) => {
      hooks.set(tx, afterwards);
      return current.run(scope, () => work(tx));
    });
  let value: T;
  try {
    value = await run();
  } finally {
    scope.open = false;
  }
  for (const hook of afterwards) hook();
  return value;
}

/** Calls `hook` once the transaction has committed, never when it rolls back. For wake-ups only: a crash skips it. */
export function afterCommit(tx: Tx, hook: () => void): void {
  const registered = hooks.get(tx);
  if (registered === undefined) throw new Error('afterCommit needs a transaction opened by transact()');
  registered.push(hook);
}

/** True where taking a second connection would wait for the transaction that is waiting for it. */
export const insideTransaction = (): boolean => current.getStore()?.open === true;
