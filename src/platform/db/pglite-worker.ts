import { fdatasyncSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type Results } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import type { PgliteError, PgliteReply, PgliteRequest, PgliteResult } from './pglite-messages.ts';

// The thread that runs PGlite: a long statement blocks this thread and not the one that serves requests.

let syncs = 0;
/** What the engine wrote before it gave up. */
let lastWord = 'it gave no reason';

/** PGlite's own file system answers fsync without doing anything; this one forces the data to disk. */
class SyncingFS extends NodeFS {
  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const made = await super.init(...args);
    made.emscriptenOpts.preRun?.push((module: unknown) => {
      (module as FileSystemModule).NODEFS.stream_ops.fsync = (stream) => {
        fdatasyncSync(stream.nfd);
        syncs += 1;
        return 0;
      };
    });
    Object.assign(made.emscriptenOpts, {
      // Only these two levels: other lines repeat statements, and with them the data in them.
      printErr: (line: string) => {
        lastWord = /(?:PANIC|FATAL): .*/.exec(line)?.[0] ?? lastWord;
      },
      // NOTE after a panic PGlite goes round in a loop and never answers again, so this must be said from in here.
      onAbort: () => parentPort?.postMessage({ reason: lastWord } satisfies PgliteReply),
    });
    return made;
  }
}
type FileSystemModule = { NODEFS: { stream_ops: { fsync: (stream: { nfd: number }) => number } } };

// -F would turn syncing off again inside PostgreSQL.
const startParams = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['-c', 'fsync=on', '-c', 'wal_sync_method=fsync', '-c', 'synchronous_commit=on'],
];

const database = await PGlite.create({
  fs: new SyncingFS((workerData as { directory: string }).directory),
  startParams,
});

// Text in, text out: the main thread parses with the same parsers it uses for PostgreSQL.
const asText = (text: string): string => text;
for (const oid of Object.keys(database.parsers)) database.parsers[oid] = asText;
for (const oid of Object.keys(database.serializers)) database.serializers[oid] = asText;

async function query(text: string, values: readonly (string | null)[]): Promise<PgliteResult[]> {
  const options = { rowMode: 'array' } as const;
  // Without values it may be several statements, which only the simple protocol takes.
  const results: Results[] =
    values.length > 0 ? [await database.query(text, [...values], options)] : await database.exec(text, options);
  return results.map(({ command = '', affectedRows = 0, fields, rows }) => ({
    command,
    affectedRows,
    fields: fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID })),
    rows: rows as unknown as PgliteResult['rows'],
  }));
}

async function answer(request: PgliteRequest): Promise<PgliteReply> {
  const { id } = request;
  try {
    if (request.kind === 'query') return { id, results: await query(request.text, request.values) };
    if (request.kind === 'close') await database.close();
    return { id, syncs };
  } catch (error) {
    return { id, error: copyError(error) };
  }
}

function copyError(error: unknown): PgliteError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, code, constraint, detail, table, column } = error as PgliteError & Error;
  return {
    message,
    ...(code && { code }),
    ...(constraint && { constraint }),
    ...(detail && { detail }),
    ...(table && { table }),
    ...(column && { column }),
  };
}

parentPort?.on('message', async (request: PgliteRequest) => parentPort?.postMessage(await answer(request)));
parentPort?.postMessage({ id: 0, syncs } satisfies PgliteReply);
