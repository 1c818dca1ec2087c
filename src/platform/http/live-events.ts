import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidInput, NotFound, SECOND_MS, TooManyRequests, type UserActor } from '../../kernel/index.ts';
import type { Changes } from '../changes.ts';
import type { Config } from '../config/index.ts';
import { requirePermission } from './access-rules.ts';
import type { Authenticate } from './endpoint.ts';
import { securityHeaders } from './security-headers.ts';

export type LiveEventsDeps = {
  readonly config: Pick<Config, 'publicUrl'>;
  readonly authenticate: Authenticate;
  readonly changes: Pick<Changes, 'subscribe'>;
  /** Whether a person may know that this record changes. */
  readonly mayWatch: (actor: UserActor, record: string) => Promise<boolean>;
  /** Under nginx's 60 s read timeout, and often enough to notice clients that are gone behind it. */
  readonly heartbeatMs?: number;
};

const HEARTBEAT_MS = 20 * SECOND_MS;
/** A signed-out or changed person is cut off after that many heartbeats at most. */
const BEATS_BETWEEN_CHECKS = 3;
/** A person has some tabs, not hundreds. */
const STREAMS_PER_USER = 30;
const RECORDS_PER_STREAM = 20;
/** What a browser waits before it connects again. */
const RECONNECT_MS = 2 * SECOND_MS;

/**
 * `GET /api/events?record=REG0001001`: says that a record changed, and nothing else. Whoever listens reads the record
 * again, with its own rights, at each event and after each (re)connect; so nothing needs to be replayed.
 */
export function liveEvents(app: FastifyInstance, deps: LiveEventsDeps): void {
  const open = new Map<string, Set<() => void>>();
  app.addHook('preClose', async () => {
    for (const streams of open.values()) for (const end of streams) end();
  });
  app.get('/api/events', { exposeHeadRoute: false }, async (request, reply) => {
    const records = recordsOf(request);
    const actor = await watcher(deps, request, records);
    const streams = open.get(actor.id) ?? new Set();
    if (streams.size >= STREAMS_PER_USER) {
      throw new TooManyRequests('Too many live views are open. Nothing was opened. Close some tabs and try again.');
    }
    open.set(actor.id, streams);
    const end = stream(deps, request, reply, records, () => {
      streams.delete(end);
      if (streams.size === 0) open.delete(actor.id);
    });
    streams.add(end);
    return reply;
  });
}

function recordsOf(request: FastifyRequest): ReadonlySet<string> {
  const given = [(request.query as { record?: string | string[] }).record ?? []].flat();
  if (given.length === 0 || given.length > RECORDS_PER_STREAM || given.some((name) => name.length > 100)) {
    throw InvalidInput.field('record', `Name 1 to ${RECORDS_PER_STREAM} records to watch.`);
  }
  return new Set(given);
}

async function watcher(
  deps: LiveEventsDeps,
  request: FastifyRequest,
  records: ReadonlySet<string>,
): Promise<UserActor> {
  const authentication = await deps.authenticate(request);
  requirePermission({ kind: 'signed-in' }, authentication);
  const actor = authentication?.actor;
  if (actor === undefined) throw new Error('requirePermission lets nobody through unknown');
  for (const record of records) {
    // The same answer for a record that is not there: its number must not be found out here.
    if (!(await deps.mayWatch(actor, record))) throw new NotFound(`There is no record ${record} that you may read.`);
  }
  return actor;
}

/** Opens the stream and returns what ends it. `onEnd` is called once, whoever ends it. */
function stream(
  deps: LiveEventsDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  records: ReadonlySet<string>,
  onEnd: () => void,
): () => void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...securityHeaders(deps.config.publicUrl),
    'content-type': 'text/event-stream; charset=utf-8',
    // Without it nginx holds events back until its buffer is full.
    'x-accel-buffering': 'no',
    connection: 'close',
  });
  raw.write(`retry: ${RECONNECT_MS}\n\n`);
  const unsubscribe = deps.changes.subscribe((record) => {
    if (records.has(record)) raw.write(`event: change\ndata: ${JSON.stringify({ record })}\n\n`);
  });
  let beats = 0;
  const heartbeat = setInterval(() => {
    raw.write(': still here\n\n');
    beats += 1;
    if (beats % BEATS_BETWEEN_CHECKS === 0) watcher(deps, request, records).catch(() => raw.end());
  }, deps.heartbeatMs ?? HEARTBEAT_MS);
  raw.once('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
    onEnd();
  });
  return () => raw.end();
}
