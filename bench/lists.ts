import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { becomeFirstAdministrator, PROVIDER_ADMIN } from '../src/demo/registration-story.ts';
import { createApiToken } from '../src/directory/contract.ts';
import { openInstance } from '../src/instance.ts';
import { migrations } from '../src/migrations.ts';
import { loadConfig } from '../src/platform/config/index.ts';
import { createLog } from '../src/platform/log/index.ts';
import { freePort } from '../test/harness/free-port.ts';
import { createTestDatabase } from '../test/harness/postgres-server.ts';

/**
 * `npm run bench:lists`: the list of registrations through the API, with 10,000 of them on PostgreSQL, against a bare SQL
 * query for the same rows in the same run, in turns, so that a busy machine slows both. What the API adds: HTTP, the proof of
 * who asks, the count of all matches, companies and contacts, the check of the answer against its contract.
 */
const REGISTRATIONS = Number(process.argv[2] ?? 10_000);
const COMPANIES = 500;
const ROUNDS = 25;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const id = (prefix: string, column: string) => `'${prefix}_' || md5(${column}::text)`;

async function fill(client: pg.Client): Promise<void> {
  await client.query(`
    insert into directory.company (id, name, name_key, created_at)
    select ${id('com', 'n')}, 'Company ' || n, 'company ' || n, '2026-01-05T09:00:00Z'
    from generate_series(1, ${COMPANIES}) n`);
  await client.query(`
    insert into directory."user" (id, username, username_key, name, name_key, email, email_key, company_id, created_at)
    select ${id('usr', 'n')}, 'contact' || n, 'contact' || n, 'Contact ' || n, 'contact ' || n,
      'contact' || n || '@example.org', 'contact' || n || '@example.org', ${id('com', 'n')}, '2026-01-05T09:00:00Z'
    from generate_series(1, ${COMPANIES}) n`);
  await client.query(`
    insert into provider.registration (id, number, company_id, contact_id, url, state, validation_since, created_by,
      created_at, updated_at)
    select ${id('reg', 'n')}, 'REG' || lpad((1000 + n)::text, 7, '0'), ${id('com', `(1 + n % ${COMPANIES})`)},
      ${id('usr', `(1 + n % ${COMPANIES})`)}, 'https://host-' || md5(n::text) || '.example',
      (array['cancelled', 'closed-incomplete', 'closed-complete', 'validation-failed', 'closed-complete'])[1 + n % 5],
      at, 'bench', at, at + (n * 7919 % 100000) * interval '1 second'
    from generate_series(1, ${REGISTRATIONS}) n,
      lateral (select '2026-01-05T09:00:00Z'::timestamptz + n * interval '1 minute' as at) t`);
  await client.query('analyze');
}

/** One page as the API reads it, and the query that brings the same rows and nothing else. */
type Question = { name: string; query: Record<string, string>; sql: string };

const rows = 'select * from provider.registration';
const questions = (cursor: string, number: string): Question[] => [
  { name: 'list', query: {}, sql: `${rows} order by number desc limit 51` },
  {
    name: 'next page',
    query: { after: cursor },
    sql: `${rows} where number < '${number}' order by number desc limit 51`,
  },
  {
    name: 'filter by state',
    query: { state: 'validation-failed' },
    sql: `${rows} where state = 'validation-failed' order by number desc limit 51`,
  },
  {
    name: 'sort by update',
    query: { sort: '-updatedAt' },
    sql: `${rows} order by updated_at desc, number desc limit 51`,
  },
  { name: 'sort by address', query: { sort: 'url' }, sql: `${rows} order by url, number limit 51` },
  { name: 'sort by state', query: { sort: 'state' }, sql: `${rows} order by state, number limit 51` },
  {
    name: 'search an address',
    query: { search: createHash('md5').update('77').digest('hex').slice(0, 12) },
    sql: `${rows} where number ilike '%${createHash('md5').update('77').digest('hex').slice(0, 12)}%'
      or url ilike '%${createHash('md5').update('77').digest('hex').slice(0, 12)}%' order by number desc limit 51`,
  },
  {
    name: 'search a company',
    query: { search: 'company 42' },
    sql: `${rows} where number ilike '%company 42%' or url ilike '%company 42%' or company_id in
      (select id from directory.company where name_key like '%company 42%' limit 200) order by number desc limit 51`,
  },
];

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** How PostgreSQL finds the rows: the index it walks, or that it reads the whole table. */
async function planOf(client: pg.Client, sql: string): Promise<string> {
  const { rows: lines } = await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`);
  const text = lines.map((line) => line['QUERY PLAN']).join('\n');
  const index = /using (\w+) on registration\b/.exec(text)?.[1];
  return index ?? (/Bitmap Index Scan on (\w+)/.exec(text)?.[1] || 'whole table');
}

const folder = mkdtempSync(join(tmpdir(), 'liaise-bench-'));
const database = await createTestDatabase(migrations);
const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const config = loadConfig({
  LIAISE_INSTANCE_KIND: 'non-production',
  LIAISE_PUBLIC_URL: origin,
  LIAISE_HOST: '127.0.0.1',
  LIAISE_PORT: String(port),
  LIAISE_DATA_DIR: join(folder, 'data'),
  LIAISE_ROOT_KEY_FILE: join(folder, 'root.key'),
  LIAISE_LOG_LEVEL: 'silent',
  DATABASE_URL: database.url,
});
const instance = await openInstance({ config, log: createLog(config) });
const client = new pg.Client({ connectionString: database.url });
try {
  await instance.listen();
  await client.connect();
  const ada = await becomeFirstAdministrator({ origin, instance }, PROVIDER_ADMIN);
  const { token } = await ada.api.call(createApiToken, { input: { name: 'bench', readOnly: true, expiresInDays: 1 } });
  await fill(client);

  const headers = { authorization: `Bearer ${token}` };
  const ask = async (query: Record<string, string>) => {
    const answer = await fetch(`${origin}/api/registrations?${new URLSearchParams(query)}`, { headers });
    if (!answer.ok) throw new Error(`the list answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { items: { number: string }[]; next: string; total: number };
  };
  const first = await ask({});
  console.log(`${first.total} registrations; medians of ${ROUNDS} rounds in milliseconds`);
  console.log(`${''.padEnd(20)}${['API', 'bare SQL', 'ratio'].map((title) => title.padStart(10)).join('')}  found by`);
  for (const { name, query, sql } of questions(first.next, first.items.at(-1)?.number ?? '')) {
    const ours: number[] = [];
    const bare: number[] = [];
    await ask(query);
    await client.query(sql);
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await elapsed(() => ask(query)));
      bare.push(await elapsed(() => client.query(sql)));
    }
    const figures = [median(ours), median(bare), median(ours) / median(bare)];
    console.log(
      `${name.padEnd(20)}${figures.map((figure) => figure.toFixed(1).padStart(10)).join('')}  ${await planOf(client, sql)}`,
    );
  }
  const export_ = await elapsed(async () => {
    const answer = await fetch(`${origin}/api/registrations.csv`, { headers });
    const lines = (await answer.text()).split('\r\n').length - 2;
    if (lines !== first.total) throw new Error(`the spreadsheet holds ${lines} rows`);
  });
  console.log(`all of it as CSV: ${export_.toFixed(0)} ms`);
} finally {
  await client.end();
  await instance.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
}
