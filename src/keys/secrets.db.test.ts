import { readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn } from '../../test/harness/keys.ts';
import { type Random, systemRandom } from '../kernel/index.ts';

/** Every 32 bytes it ever gave out: seeds, wrapping keys, HMAC keys, root key. */
function recordingRandom(): Random & { readonly secrets: Buffer[] } {
  const secrets: Buffer[] = [];
  return {
    secrets,
    bytes(length) {
      const bytes = systemRandom.bytes(length);
      if (length === 32) secrets.push(Buffer.from(bytes));
      return bytes;
    },
  };
}

test('KMF-06 no key and no planted secret lies in the database, the log or an error in clear, in any usual spelling', async () => {
  const database = await testDatabase();
  const place = keyFolder();
  const random = recordingRandom();
  const logged: unknown[] = [];
  const note = (...parts: unknown[]) => logged.push(parts);
  const log = { info: note, warn: note, error: note };
  const keys = await keysOn(database.db, place.rootKeyFile, { random, log });
  const planted = Buffer.from('PLANTED-SECRET-0123456789-ABCDEF');
  const sealer = keys.as('service:provider').sealer('sx.invite');
  const sealed = await sealer.seal({ registration: 'reg_1' }, planted);
  const errors: unknown[] = [];
  errors.push(
    await sealer
      .open({ registration: 'reg_2' }, sealed)
      .catch((error: Error) => `${error.stack}${JSON.stringify(error)}`),
  );
  errors.push(
    await keys
      .as('service:mail')
      .sealer('sx.invite')
      .seal({}, planted)
      .catch((error: Error) => error.stack),
  );
  await sql`create table keys.sealed_for_the_test as select ${sealed}::text as sealed`.execute(database.db);
  await keys.lightCheck();

  const { rows: tables } = await sql<{ name: string }>`
    select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`.execute(database.db);
  expect(tables.length).toBeGreaterThan(5);
  const dumps = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await sql
        .raw<{ row: string }>(`select row_to_json(r)::text as row from ${name} r`)
        .execute(database.db);
      return rows.map(({ row }) => row).join('\n');
    }),
  );
  const everything = [...dumps, JSON.stringify(logged), JSON.stringify(errors)].join('\n');
  const rootKey = await readFile(place.rootKeyFile);
  const secrets = [...random.secrets, rootKey, planted];
  expect(secrets.length).toBeGreaterThan(15);
  expect(everything).toContain(sealed);
  for (const secret of secrets)
    for (const spelling of [
      secret.toString('hex'),
      secret.toString('base64').replaceAll('=', ''),
      secret.toString('base64url'),
      secret.toString('latin1'),
    ])
      expect(everything.includes(spelling)).toBe(false);
  await database.drop();
  place.remove();
});

test('the bytes that keys are made from are zeroised once the keys are in memory', async () => {
  const database = await testDatabase();
  const place = keyFolder();
  const given: Buffer[] = [];
  const random: Random = {
    bytes(length) {
      const bytes = systemRandom.bytes(length);
      if (length === 32) given.push(bytes);
      return bytes;
    },
  };
  await keysOn(database.db, place.rootKeyFile, { random });
  // Samples of the self-test are random too, and are not keys; keys are made before them.
  const keyBytes = given.slice(0, 1 + 2 + 1 + 1 + 4 + 10);
  expect(keyBytes.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  await database.drop();
  place.remove();
});
