import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/kernel/index.ts';
import { migrations } from '../src/migrations.ts';
import { migrate, openDatabase } from '../src/platform/db/index.ts';
import { describeSchema } from './describe-schema.ts';

// Writes docs/schema.sql from the migrations; with --check only says whether it is up to date.

const file = join(import.meta.dirname, '..', 'docs', 'schema.sql');
const dataDir = mkdtempSync(join(tmpdir(), 'liaise-schema-'));
try {
  const open = await openDatabase({ dataDir });
  await migrate(open, migrations, systemClock);
  const text = await describeSchema(open);
  await open.close();
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(
      'docs/schema.sql is not what the migrations make. Run node scripts/gen-schema.ts and review the difference.',
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
