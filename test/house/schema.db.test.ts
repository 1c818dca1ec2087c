import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeSchema } from '../../scripts/describe-schema.ts';
import { testDatabase } from '../harness/database.ts';

test('docs/schema.sql is what the migrations make, the same on both engines', async () => {
  const database = await testDatabase();
  const described = await describeSchema(database.open);
  await database.drop();
  const reviewed = readFileSync(new URL('../../docs/schema.sql', import.meta.url), 'utf8');
  expect(described, 'run node scripts/gen-schema.ts and review the difference').toBe(reviewed);
});
