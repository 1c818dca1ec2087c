import type { OpenDatabase, Tx } from './db/index.ts';

/**
 * Live updates. `publish` announces, once the transaction commits, that a record (named by its number or id) changed; every
 * node's subscribers hear it. Carries the name only: who listens reads the record again with its own rights.
 */
export type Changes = {
  publish(tx: Tx, record: string): Promise<void>;
  subscribe(listener: (record: string) => void): () => void;
};

const CHANNEL = 'liaise_changes';

/** Hears every node's announcements over PostgreSQL, this process's own on the embedded database. */
export async function openChanges(open: Pick<OpenDatabase, 'notify' | 'listen'>): Promise<Changes> {
  const listeners = new Set<(record: string) => void>();
  await open.listen(CHANNEL, (record) => {
    for (const listener of listeners) listener(record);
  });
  return {
    publish: (tx, record) => open.notify(tx, CHANNEL, record),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
