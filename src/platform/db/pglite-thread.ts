import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { PgliteError, PgliteReply, PgliteRequest, PgliteResult } from './pglite-messages.ts';

type Outcome = { results: readonly PgliteResult[]; syncs: number };
type Waiting = { resolve: (outcome: Outcome) => void; reject: (error: Error) => void };
type Question<Request = PgliteRequest> = Request extends unknown ? Omit<Request, 'id'> : never;

export type PgliteThread = {
  query(text: string, values: readonly (string | null)[]): Promise<readonly PgliteResult[]>;
  syncs(): Promise<number>;
  /** Settles, with the reason, when the engine has stopped by itself; every question fails from then on. */
  readonly failed: Promise<Error>;
  /** Closes the database cleanly and ends the thread. */
  close(): Promise<void>;
};

/** An error as node-postgres would have thrown it: SQLSTATE in `code`, the broken constraint in `constraint`. */
class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
  constructor({ message, ...members }: PgliteError) {
    super(message);
    Object.assign(this, members);
  }
}

/** Starts the thread that runs PGlite over `directory`; settles when the database answers or cannot be opened. */
export async function startPglite(directory: string): Promise<PgliteThread> {
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: { directory } });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let failure: Error | undefined;
  let closing = false;
  const failed = Promise.withResolvers<Error>();

  const fail = (error: Error) => {
    failure ??= error;
    if (!closing) failed.resolve(failure);
    for (const each of waiting.values()) each.reject(failure);
    waiting.clear();
  };
  // NOTE the engine throws plain objects, too (an exit status, a file error): inspect says what is in them.
  worker.on('error', (error) =>
    fail(error instanceof Error ? error : new Error(`The embedded database failed: ${inspect(error)}`)),
  );
  worker.on('exit', () => fail(new Error('The embedded database has stopped. Nothing more can be read or written.')));
  worker.on('message', (reply: PgliteReply) => {
    if ('reason' in reply) {
      fail(new Error(`The embedded database has stopped: ${reply.reason}. What it had not confirmed is not stored.`));
      void worker.terminate();
      return;
    }
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) asked?.reject(new EmbeddedDatabaseError(reply.error));
    else asked?.resolve({ results: [], syncs: 0, ...reply });
  });

  const outcomeOf = (id: number, post: () => void) =>
    new Promise<Outcome>((resolve, reject) => {
      if (failure !== undefined) return reject(failure);
      waiting.set(id, { resolve, reject });
      post();
    });
  const ask = (question: Question) => {
    lastId += 1;
    const id = lastId;
    return outcomeOf(id, () => worker.postMessage({ id, ...question }));
  };

  await outcomeOf(0, () => undefined); // The thread announces by itself, as number 0, that the database is open.
  return {
    query: async (text, values) => (await ask({ kind: 'query', text, values })).results,
    syncs: async () => (await ask({ kind: 'syncs' })).syncs,
    failed: failed.promise,
    async close() {
      closing = true;
      if (failure === undefined) await ask({ kind: 'close' });
      await worker.terminate();
    },
  };
}
