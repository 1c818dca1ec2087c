import { generateKeyPairSync, sign } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { HOUR_MS, later, system } from '../kernel/index.ts';
import { openDatabase, transact } from '../platform/db/index.ts';
import { type Ed25519PublicJwk, type Signer, thumbprint } from '../protocol/index.ts';
import { exportAudit, listAudit, verifyAuditLog } from './contract.ts';
import { type Audit, auditMigrations, createAudit, recordAudit, verifyAudit } from './index.ts';

const pair = generateKeyPairSync('ed25519');
const jwk = pair.publicKey.export({ format: 'jwk' }) as Ed25519PublicJwk;
const kid = thumbprint(jwk);
let sealed = false;
const signer: Signer = {
  async lease() {
    if (sealed) throw new Error('sealed');
    return { kid, sign: async (input) => sign(null, input, pair.privateKey) };
  },
};

let database: TestDatabase;
let audit: Audit;
let now: Date;
const clock = { now: () => now };
const lines: object[] = [];
const log = { info: (fields: object) => void lines.push(fields), warn: () => undefined, error: () => undefined };

beforeEach(async () => {
  now = new Date('2026-01-05T09:00:00Z');
  sealed = false;
  lines.length = 0;
  database = await testDatabase({ migrations: auditMigrations });
  audit = createAudit({ db: database.db, clock, log, signer, headKeys: async () => [{ kid, jwk }] });
});
afterEach(() => database.drop());

const record = (subject: string, event: `${string}.${string}` = 'test.something-happened') =>
  transact(database.db, (tx) =>
    recordAudit(tx, { event, actor: system('tester'), subject, detail: { from: 'a', to: ['b', 1] }, clock }),
  );
const verify = (last = 100_000) => verifyAudit({ db: database.db, headKeys: async () => [{ kid, jwk }] }, { last });
const five = async () => {
  for (const subject of ['one', 'two', 'three', 'four', 'five']) await record(subject);
  await audit.keepChain();
};
const answer = async (route: object, query: Record<string, unknown>): Promise<unknown> => {
  const found = audit.endpoints.find((endpoint) => endpoint.route === route);
  return found?.handle({ query, reply: { type: () => undefined } } as never);
};

describe('the chain', () => {
  test('a row is written with its business, chained afterwards and counted until then', async () => {
    await record('one');
    expect(await verify()).toMatchObject({ intact: true, to: 0, unchained: 1, heads: 0 });
    await audit.keepChain();
    expect(await verify()).toMatchObject({ intact: true, from: 1, to: 1, unchained: 0, heads: 1, findings: [] });
  });

  test('a rollback leaves no row', async () => {
    const failing = transact(database.db, async (tx) => {
      await recordAudit(tx, { event: 'test.never', actor: system('tester'), subject: 'x', clock });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await audit.keepChain();
    expect(await verify()).toMatchObject({ to: 0, unchained: 0 });
  });

  test('later rows go on where the chain ended, and each is logged once, by ids only', async () => {
    await five();
    await record('six');
    await audit.keepChain();
    expect(await verify()).toMatchObject({ intact: true, to: 6 });
    expect(lines).toHaveLength(6);
    expect(lines[5]).toEqual({
      event: 'test.something-happened',
      outcome: 'done',
      actor: 'system:tester',
      subject: 'six',
    });
  });

  test('two nodes chaining at once number every row once', async () => {
    for (let index = 0; index < 20; index += 1) await record(String(index));
    const second = database.url === undefined ? undefined : await openDatabase({ url: database.url });
    const other = createAudit({
      db: (second ?? database).db,
      clock,
      log,
      signer,
      headKeys: async () => [{ kid, jwk }],
    });
    await Promise.all([audit.keepChain(), other.keepChain()]);
    await audit.keepChain();
    await second?.close();
    expect(await verify()).toMatchObject({ intact: true, to: 20, unchained: 0 });
  });

  test.runIf(process.env.LIAISE_TEST_ENGINE === 'postgres')(
    'a transaction that lasts holds up nobody: its row is chained when it has committed',
    async () => {
      const begun = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<void>();
      const slow = transact(database.db, async (tx) => {
        await recordAudit(tx, { event: 'test.slow', actor: system('tester'), subject: 'slow', clock });
        begun.resolve();
        await finish.promise;
      });
      await begun.promise;
      await record('quick');
      await audit.keepChain();
      expect(await verify()).toMatchObject({ to: 1, unchained: 0 });
      finish.resolve();
      await slow;
      expect(await verify()).toMatchObject({ to: 1, unchained: 1 });
      await audit.keepChain();
      expect(await verify()).toMatchObject({ intact: true, to: 2, unchained: 0 });
      const { rows } = await sql`select position, subject from audit.entry order by position`.execute(database.db);
      expect(rows).toEqual([
        { position: 1, subject: 'quick' },
        { position: 2, subject: 'slow' },
      ]);
    },
  );
});

describe('protocol.md E.48: tampering is found, and where', () => {
  const tampered = async (statement: string) => {
    await five();
    await database.open.executeSql(statement);
    return verify();
  };

  test.each([
    ["update audit.entry set subject = 'somebody else' where position = 3", 'edited', 3],
    ["update audit.entry set actor_id = 'usr_x' where position = 1", 'edited', 1],
    [`update audit.entry set detail = '{"from": "z"}' where position = 5`, 'edited', 5],
    ["update audit.entry set at = at + interval '1 second' where position = 2", 'edited', 2],
    ['delete from audit.entry where position = 2', 'missing', 2],
    ['delete from audit.entry where position = 5', 'missing', 5],
    ['delete from audit.entry', 'missing', 1],
    ["update audit.head set statement = replace(statement, '.', '.A')", 'signature', 5],
  ])('%s', async (statement, kind, position) => {
    const report = await tampered(statement);
    expect(report.intact).toBe(false);
    expect(report.findings).toContainEqual(expect.objectContaining({ kind, position }));
  });

  test('a row edited and hashed again no longer fits the row behind it', async () => {
    await five();
    await database.open.executeSql(`update audit.entry set hash = previous_hash where position = 3`);
    const { findings } = await verify();
    expect(findings.map(({ kind, position }) => [kind, position])).toEqual([
      ['edited', 3],
      ['unlinked', 4],
    ]);
  });

  test('a chain rebuilt from an edited row on contradicts the signed head', async () => {
    await five();
    await database.open.executeSql(
      "update audit.entry set position = null, previous_hash = null, hash = null, actor_id = 'x' where position > 2",
    );
    await audit.keepChain();
    const { findings } = await verify();
    expect(findings.map(({ kind, position }) => [kind, position])).toEqual([['head', 5]]);
  });

  test('only the last rows can be asked for', async () => {
    await five();
    await database.open.executeSql("update audit.entry set subject = 'x' where position = 2");
    expect(await verify(3)).toMatchObject({ intact: true, from: 3, to: 5 });
    expect(await verify(4)).toMatchObject({ intact: false, from: 2 });
  });
});

describe('the head', () => {
  test('is signed once an hour, when rows have come', async () => {
    await five();
    await record('six');
    await audit.keepChain();
    expect(await verify()).toMatchObject({ heads: 1, lastHead: { position: 5, signedAt: '2026-01-05T09:00:00.000Z' } });
    now = later(now, HOUR_MS);
    await audit.keepChain();
    expect(await verify()).toMatchObject({ heads: 2, lastHead: { position: 6, signedAt: '2026-01-05T10:00:00.000Z' } });
    now = later(now, HOUR_MS);
    await audit.keepChain();
    expect(await verify()).toMatchObject({ heads: 2 });
  });

  test('waits while the instance is sealed; rows are chained all the same', async () => {
    sealed = true;
    await five();
    expect(await verify()).toMatchObject({ intact: true, to: 5, heads: 0 });
    sealed = false;
    now = later(now, HOUR_MS);
    await audit.keepChain();
    expect(await verify()).toMatchObject({ intact: true, heads: 1 });
  });
});

describe('reading', () => {
  test('newest first, filtered by event, actor and subject, in pages', async () => {
    await five();
    await record('two', 'test.another');
    const ask = async (query: object) =>
      listAudit.output.parse(await answer(listAudit, { limit: 50, sort: '-at', ...query }));
    expect((await ask({})).items.map(({ subject }) => subject)).toEqual(['two', 'five', 'four', 'three', 'two', 'one']);
    expect((await ask({ subject: 'two' })).items.map(({ event }) => event)).toEqual([
      'test.another',
      'test.something-happened',
    ]);
    expect((await ask({ event: 'test.another' })).total).toBe(1);
    expect((await ask({ actor: 'tester' })).total).toBe(6);
    expect((await ask({ actor: 'nobody' })).items).toEqual([]);
    const first = await ask({ limit: 4 });
    const second = await ask({ limit: 4, after: first.next });
    expect(second.items.map(({ subject }) => subject)).toEqual(['two', 'one']);
    expect(second.next).toBeNull();
    await expect(ask({ after: 'x' })).rejects.toThrow(/Nothing was saved/);
  });

  test('the report of GET /api/audit/verify fits its contract', async () => {
    await five();
    expect(verifyAuditLog.output.parse(await answer(verifyAuditLog, { last: 10 })).intact).toBe(true);
  });

  test('an export can be checked by anyone: each line holds what its hash was made of', async () => {
    await five();
    const text = exportAudit.output.parse(await answer(exportAudit, { after: 2, limit: 10 }));
    const documents = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(documents).toHaveLength(4);
    expect(documents[0].entry).toMatchObject({
      position: 3,
      subject: 'three',
      actor: { kind: 'system', id: 'tester' },
    });
    expect(documents[1].entry.previousHash).toBe(documents[0].hash);
    expect(documents[3].head).toMatchObject({ position: 5, hash: documents[2].hash });
  });
});
