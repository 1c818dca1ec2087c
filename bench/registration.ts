import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type DemoInstance, startDemoInstance } from '../src/demo/demo-instance.ts';
import {
  type Administrator,
  assignKeyManagementRoles,
  becomeFirstAdministrator,
  type Contact,
  linkFromWorkNote,
  PROVIDER_ADMIN,
  prepareProvider,
  registerConsumer,
} from '../src/demo/registration-story.ts';
import { migrations } from '../src/migrations.ts';
import { listRegistrations } from '../src/provider/contract.ts';
import { closeHostilePeers, type HostilePeer, openHostilePeer } from '../test/harness/hostile-peer.ts';
import { createTestDatabase, findServer, SERVER_VARIABLE } from '../test/harness/postgres-server.ts';
import { contactAt, onboard, type SignedInBrowser } from './scripted-consumer.ts';

/**
 * `npm run bench:registration`: how fast one provider instance takes consumers through a registration, one at a time and a
 * hundred at once, on both engines in one run. Consumers are scripted (bench/scripted-consumer.ts) and run in the same
 * process on the same cores, so the figures are the provider's and theirs together.
 */
type Row = { engine: string; atOnce: number; phase: string; perSecond: number; p50: number; p99: number };

const SINGLE_ROUNDS = 10;
/** `-- --at-once 20` for a smaller machine. */
const { values } = parseArgs({ options: { 'at-once': { type: 'string', default: '100' } } });
const AT_ONCE = Number(values['at-once']);
const LOOK_EVERY_MS = 10;

async function main(): Promise<void> {
  const rows: Row[] = [];
  rows.push(...(await measure('embedded', {})));
  const server = await findServer();
  if (server === undefined) process.stdout.write('skipped: PostgreSQL (no server)\n');
  else {
    process.env[SERVER_VARIABLE] = server;
    const database = await createTestDatabase(migrations);
    try {
      rows.push(...(await measure('PostgreSQL', { DATABASE_URL: database.url })));
    } finally {
      await database.drop();
    }
  }
  print(rows);
}

async function measure(engine: string, env: Record<string, string>): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'liaise-bench-'));
  // Consumers are told apart by the address that a proxy reports: refusals and floods are counted by address.
  const settings = { LIAISE_TRUST_PROXY: 'loopback', ...env };
  const provider = await startDemoInstance({ folder, name: 'provider', host: '127.0.0.1', port: 4300, env: settings });
  try {
    const ada = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
    await assignKeyManagementRoles(ada);
    const contact = await prepareProvider(ada, provider.origin, () => Promise.reject(new Error('mail is off')));
    const rounds: Timed[] = [];
    // One round to warm the code up; it does not count.
    await round(provider, ada, contact, `${engine} warm`, 1);
    for (let index = 0; index < SINGLE_ROUNDS; index += 1) {
      rounds.push(await round(provider, ada, contact, `${engine} single ${index}`, 1));
    }
    const many = await round(provider, ada, contact, `${engine} many`, AT_ONCE);
    return [...summarise(engine, 1, rounds), ...summarise(engine, AT_ONCE, [many])];
  } finally {
    await provider.instance.close();
    await closeHostilePeers();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of each registration in the two phases, and of the phases as a whole. */
type Timed = { toOpen: number[]; toClosed: number[]; openMs: number; closedMs: number };

async function round(
  at: DemoInstance,
  ada: Administrator,
  contact: Contact,
  name: string,
  count: number,
): Promise<Timed> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const peers = await Promise.all(numbers.map((index) => openHostilePeer(`${name} ${index}`)));
  const browsers: SignedInBrowser[] = [];
  // One after the other: many sign-ins of one person at once look like guessing and are made to wait.
  for (const _ of numbers) browsers.push(await contactAt(at.origin));
  const saved = performance.now();
  const registrations = await Promise.all(peers.map(async (peer) => ({ peer, ...(await save(ada, contact, peer)) })));
  const opened = await reached(ada, registrations, 'open');
  const openMs = performance.now() - saved;
  const invited = await Promise.all(
    registrations.map(async ({ peer, number }) => ({ peer, number, link: await linkFromWorkNote(ada, number) })),
  );
  const imported = performance.now();
  const started = invited.map(({ number }) => ({ number, from: imported }));
  const closing = reached(ada, started, 'closed-complete');
  await Promise.all(invited.map(({ peer, link }, index) => onboard(peer, link, browsers[index] as SignedInBrowser)));
  const toClosed = await closing;
  const closedMs = performance.now() - imported;
  await Promise.all(peers.map((peer) => peer.close()));
  return { toOpen: opened, toClosed, openMs, closedMs };
}

async function save(
  ada: Administrator,
  contact: Contact,
  peer: HostilePeer,
): Promise<{ number: string; from: number }> {
  const from = performance.now();
  const { number } = await registerConsumer(ada, contact, peer.origin);
  return { number, from };
}

/** When each of them was first seen in `state`, as milliseconds since its start: one list is read for all of them. */
async function reached(
  ada: Administrator,
  registrations: readonly { number: string; from: number }[],
  state: 'open' | 'closed-complete',
): Promise<number[]> {
  const waiting = new Map(registrations.map(({ number, from }) => [number, from]));
  const took: number[] = [];
  while (waiting.size > 0) {
    const { items } = await ada.api.call(listRegistrations, { query: { limit: 200, state } });
    const now = performance.now();
    for (const { number } of items) {
      const from = waiting.get(number);
      if (from !== undefined && waiting.delete(number)) took.push(now - from);
    }
    await sleep(LOOK_EVERY_MS);
  }
  return took;
}

function summarise(engine: string, atOnce: number, rounds: readonly Timed[]): Row[] {
  const row = (phase: string, times: number[], totalMs: number): Row => {
    const sorted = times.sort((one, other) => one - other);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { engine, atOnce, phase, perSecond: (sorted.length / totalMs) * 1_000, p50: at(0.5), p99: at(0.99) };
  };
  const total = (of: (timed: Timed) => number): number => rounds.reduce((sum, timed) => sum + of(timed), 0);
  return [
    row(
      'Save to Open',
      rounds.flatMap(({ toOpen }) => toOpen),
      total(({ openMs }) => openMs),
    ),
    row(
      'import to Closed Complete',
      rounds.flatMap(({ toClosed }) => toClosed),
      total(({ closedMs }) => closedMs),
    ),
  ];
}

function print(rows: readonly Row[]): void {
  process.stdout.write(
    '\n| engine | at once | phase | registrations/s | p50 ms | p99 ms | rate to embedded |\n|---|---|---|---|---|---|---|\n',
  );
  for (const row of rows) {
    const base = rows.find(
      ({ engine, atOnce, phase }) => engine === 'embedded' && atOnce === row.atOnce && phase === row.phase,
    );
    const ratio = base === undefined ? '' : (row.perSecond / base.perSecond).toFixed(2);
    process.stdout.write(
      `| ${row.engine} | ${row.atOnce} | ${row.phase} | ${row.perSecond.toFixed(1)} | ${row.p50.toFixed(0)} | ${row.p99.toFixed(0)} | ${ratio} |\n`,
    );
  }
}

await main();
