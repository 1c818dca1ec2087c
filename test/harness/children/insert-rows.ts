import { sql } from 'kysely';
import { openDatabase } from '../../../src/platform/db/index.ts';

// Opens the database in the folder it is given and inserts one row after the other, saying each number once it is committed.

const [dataDir = ''] = process.argv.slice(2);
const { db } = await openDatabase({ dataDir });
await sql`create table if not exists public.row (n integer primary key, filling text not null)`.execute(db);
const { rows } = await sql<{ last: number }>`select coalesce(max(n), 0) as last from public.row`.execute(db);
for (let n = (rows[0]?.last ?? 0) + 1; ; n += 1) {
  await sql`insert into public.row values (${n}, ${'x'.repeat(500)})`.execute(db);
  process.stdout.write(`${n}\n`);
}
