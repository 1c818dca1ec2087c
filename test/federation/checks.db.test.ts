import { connect, createServer, type Socket } from 'node:net';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { saveProviderConnection } from '../../src/consumer/contract.ts';
import {
  type Administrator,
  becomeFirstAdministrator,
  linkFromWorkNote,
  PROVIDER_ADMIN,
} from '../../src/demo/registration-story.ts';
import { changeUser } from '../../src/directory/contract.ts';
import { SECOND_MS } from '../../src/kernel/index.ts';
import { actOnKey, readModule } from '../../src/keys/contract.ts';
import { DISCOVERY_PATH } from '../../src/protocol/index.ts';
import { cancelRegistration, setUpProvider } from '../../src/provider/contract.ts';
import { listSuites, readRun, runSuite, validateIssue } from '../../src/scan/contract.ts';
import {
  cancelAll,
  type Federation,
  importCode,
  issuesOf,
  newParty,
  newPerson,
  openFederation,
  providerConnectionOf,
  register,
  registrationOf,
  shiftedClock,
  signedIn,
  takeRootKeyAway,
} from '../harness/federation.ts';
import { freePort } from '../harness/free-port.ts';
import { closeHostilePeers, openHostilePeer } from '../harness/hostile-peer.ts';
import { closeTestInstances, openTestInstance, type TestInstance } from '../harness/instances.ts';
import { openMailbox } from '../harness/mailbox.ts';
import { bringTo, drain } from '../harness/onboarding-steps.ts';

const clock = shiftedClock();
let federation: Federation;

beforeAll(async () => {
  federation = await openFederation({ both: { clock, idle: true } });
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});
afterEach(async () => {
  await cancelAll(federation);
  clock.move(10 * SECOND_MS);
  await drain(federation.consumer);
});

const atProvider = () => federation.provider.instance.open.db;
const checkIds = (issues: Awaited<ReturnType<typeof issuesOf>>) => [...new Set(issues.map(({ check }) => check.id))];

describe('the suite', () => {
  test('SUI-01 SCN-04 a provider runs 11 of the documented entries, a consumer 10, and each its network checks', async () => {
    const { number, record } = await bringTo(federation, 'validated');
    const ran = async (of: Promise<{ validation: { checks: { id: string; outcome: string }[] } | null }>) =>
      (await of).validation?.checks ?? [];
    const there = await ran(registrationOf(federation, number));
    const here = await ran(providerConnectionOf(federation, record));
    const documented = (checks: typeof there) => checks.map(({ id }) => id).filter((id) => id.startsWith('CHK-'));
    const numbers = (from: number) =>
      Array.from({ length: 12 - from }, (_, at) => `CHK-${String(from + at).padStart(2, '0')}`);
    expect(documented(there).toSorted()).toEqual(numbers(1));
    expect(documented(here).toSorted()).toEqual(numbers(2));
    expect(
      there
        .map(({ id }) => id)
        .filter((id) => !id.startsWith('CHK-'))
        .toSorted(),
    ).toEqual(['NET-01', 'NET-02', 'NET-03', 'NET-04', 'NET-05', 'OWN-01', 'OWN-02']);
    expect(
      here
        .map(({ id }) => id)
        .filter((id) => !id.startsWith('CHK-'))
        .toSorted(),
    ).toEqual(['NET-11', 'NET-12', 'NET-13', 'NET-14', 'NET-15', 'NET-16']);
    for (const check of [...there, ...here]) expect([check.id, check.outcome]).toEqual([check.id, 'passed']);
  });

  test('SCN-01 SCN-02 it can be run by hand over the whole instance, without the checks that judge one registration', async () => {
    const { ada, provider } = federation;
    const suites = (await ada.api.call(listSuites, {})).items;
    expect(suites.find(({ name }) => name === 'pre-onboarding')?.checks.length).toBeGreaterThanOrEqual(24);
    const { id } = await ada.api.call(runSuite, { params: { name: 'pre-onboarding' }, input: { side: 'provider' } });
    await drain(provider);
    const run = await ada.api.call(readRun, { params: { id } });
    expect(run).toMatchObject({ status: 'complete', outcome: 'passed' });
    expect(run.checks.map((check) => check.id)).not.toContain('NET-01');
    expect(run.checks.filter((check) => check.id.startsWith('CHK-'))).toHaveLength(11);
  });
});

type Broken = { readonly repair: () => unknown; readonly also?: readonly string[] };
type Case = readonly [id: string, what: string, breakIt: () => Promise<Broken> | Broken];

const suspendOAuthKey = async (): Promise<Broken> => {
  const { ada } = federation;
  const name = 'sx.oauth.client';
  const { activeVersion: version } = await ada.api.call(readModule, { params: { name } });
  const act = (action: 'suspend' | 'resume') =>
    ada.api.call(actOnKey, { params: { name, version: version ?? 0, action }, input: { reason: 'test of the gate' } });
  await act('suspend');
  return { repair: () => act('resume'), also: ['CHK-03'] };
};

const cases: readonly Case[] = [
  [
    'CHK-01',
    'no provider record',
    async () => {
      await sql`delete from provider.provider`.execute(atProvider());
      return { repair: () => federation.ada.api.call(setUpProvider, { input: { name: 'Northwind-Services' } }) };
    },
  ],
  ['CHK-03', 'the root key is away', () => ({ repair: takeRootKeyAway(federation.provider) })],
  ['CHK-04', 'the key with which the OAuth client proves itself is suspended', suspendOAuthKey],
  [
    'CHK-03',
    'REG-78 no access policy lets the authorization server use its key',
    async () => {
      const db = atProvider();
      await sql`create table keys.kept as select * from keys.access_policy
        where id = 'first:service:access:sx.oauth.as'`.execute(db);
      await sql`delete from keys.access_policy where id in (select id from keys.kept)`.execute(db);
      return {
        repair: async () => {
          await sql`insert into keys.access_policy select * from keys.kept`.execute(db);
          await sql`drop table keys.kept`.execute(db);
        },
      };
    },
  ],
  [
    'CHK-08',
    'a migration is not on record',
    async () => {
      const db = atProvider();
      await sql`create table platform.kept as select * from platform.migration where room = 'audit'`.execute(db);
      await sql`delete from platform.migration where room = 'audit'`.execute(db);
      return {
        repair: async () => {
          await sql`insert into platform.migration select * from platform.kept`.execute(db);
          await sql`drop table platform.kept`.execute(db);
        },
      };
    },
  ],
  [
    'CHK-10',
    'a node of another version is alive',
    async () => {
      await sql`insert into scan.worker (node, version, seen_at, worked_at)
        values ('other', '0.0.1', ${clock.now()}, ${clock.now()})`.execute(atProvider());
      return { repair: () => sql`delete from scan.worker where node = 'other'`.execute(atProvider()) };
    },
  ],
  [
    'OWN-01',
    'the contact has left since the save',
    async () => {
      const { ada, contoso } = federation;
      const change = (active: boolean) =>
        ada.api.call(changeUser, { params: { id: contoso.contact.id }, input: { active } });
      await change(false);
      return { repair: () => change(true) };
    },
  ],
];

describe('each check, broken for real and repaired', () => {
  test.each(cases)(
    '%s %s: Validation Failed with that issue; repaired and validated, Open',
    async (id, _what, breakIt) => {
      const { ada, provider } = federation;
      const { number } = await register(federation, federation.contoso, federation.consumer.origin);
      const { repair, also = [] } = await breakIt();
      try {
        await drain(provider);
        expect((await registrationOf(federation, number)).state).toBe('validation-failed');
        const issues = await issuesOf(ada, number);
        expect(checkIds(issues).toSorted()).toEqual([id, ...also].toSorted());
        for (const { remedy, who } of issues) expect(`${remedy} ${who}`).toMatch(/\w+\..*\w/);
        const { validation } = await registrationOf(federation, number);
        expect(validation?.checks.find((check) => check.id === id)).toMatchObject({ outcome: 'failed' });
        for (const issue of issues)
          expect((await ada.api.call(validateIssue, { params: { id: issue.id } })).outcome).toBe('still-there');
      } finally {
        await repair();
      }
      for (const issue of await issuesOf(ada, number))
        expect((await ada.api.call(validateIssue, { params: { id: issue.id } })).outcome).toBe('resolved');
      await drain(provider);
      expect((await registrationOf(federation, number)).state).toBe('open');
    },
  );

  test('CHK-05 CHK-06 CHK-07 REG-80 what an earlier attempt left behind is named on both sides, and holds the next one up until it is gone', async () => {
    const { provider, consumer, ada, carol, northwind } = federation;
    const tables = ['link.connection', 'access.service_account', 'access.client'];
    const { number } = await bringTo(federation, 'keyed');
    const left = await Promise.all([provider, consumer].map((at) => keepRows(at, tables)));
    await ada.api.call(cancelRegistration, { params: { number } });
    clock.move(10 * SECOND_MS);
    await drain(consumer);
    // As if an old backup had been restored over what was cleaned up.
    await Promise.all(left.map(({ putBack }) => putBack()));

    const next = await register(federation, federation.contoso, consumer.origin);
    await drain(provider);
    expect((await registrationOf(federation, next.number)).state).toBe('validation-failed');
    const there = await issuesOf(ada, next.number);
    expect(checkIds(there).toSorted()).toEqual(['CHK-05', 'CHK-06', 'CHK-07', 'NET-05']);
    const names = await namesAt(provider);
    for (const { check, source } of there)
      if (check.id !== 'NET-05') expect([check.id, source.label]).toEqual([check.id, names[check.id]]);
    await left[0]?.remove();
    for (const { id } of there) await ada.api.call(validateIssue, { params: { id } });
    await drain(provider);
    expect((await registrationOf(federation, next.number)).state).toBe('open');

    const { number: record } = await importCode(federation, await linkFromWorkNote(ada, next.number));
    await carol.api.call(saveProviderConnection, { params: { number: record }, input: { companyId: northwind } });
    await drain(consumer);
    expect((await providerConnectionOf(federation, record)).state).toBe('validation-failed');
    const here = await issuesOf(carol, record);
    expect(checkIds(here).toSorted()).toEqual(['CHK-05', 'CHK-06', 'CHK-07', 'NET-16']);
    await left[1]?.remove();
    for (const { id } of here) await carol.api.call(validateIssue, { params: { id } });
    await drain(consumer);
    expect((await providerConnectionOf(federation, record)).state).toBe('validated');
  });

  test('OWN-02 a mail server that does not answer, where mail is on', async () => {
    const port = await freePort();
    const own = await ownProvider({ mailUrl: `smtp://127.0.0.1:${port}` });
    const [issue] = await own.failsWith('OWN-02');
    const mailbox = await openMailbox({ port });
    await own.repaired(issue?.id ?? '');
    await mailbox.stop();
  });
});

test.each([
  ['ahead of', 121],
  ['behind', -121],
])(
  'T19 NET-04 REG-30 a consumer whose clock is two minutes %s ours fails validation, until it is put right',
  async (where, seconds) => {
    const { provider, ada, contoso } = federation;
    const peer = await openHostilePeer(`clock-${seconds}`);
    const shows = (skew: number) =>
      peer.on(`GET ${DISCOVERY_PATH}`, () => {
        const now = new Date(clock.now().getTime() + skew * SECOND_MS).toISOString();
        return { body: JSON.stringify({ ...peer.party.discovery, now }) };
      });
    shows(seconds);
    const { number } = await register({ ada }, contoso, peer.origin);
    expect((await registrationOf({ ada }, number)).instanceId).toBeNull();
    await drain(provider);
    const failed = await registrationOf({ ada }, number);
    expect([failed.state, failed.instanceId]).toEqual(['validation-failed', peer.party.id]);
    const issues = await issuesOf(ada, number);
    expect(checkIds(issues)).toEqual(['NET-04']);
    expect(issues[0]?.message).toMatch(new RegExp(`1(20|21|22) s ${where}`));
    shows(seconds > 0 ? 110 : -110);
    // Somebody else than ada, who has used up her calls of this minute by now.
    const username = `clock${seconds}`;
    const { api } = await signedIn(provider, await newPerson(provider, ada, { username, roles: ['admin'] }));
    for (const { id } of issues) expect((await api.call(validateIssue, { params: { id } })).outcome).toBe('resolved');
    await drain(provider);
    expect((await registrationOf({ ada }, number)).state).toBe('open');
  },
);

describe('CHK-02 the public address', () => {
  test('CHK-02 PRV-05 it leads nowhere until the proxy is put right', async () => {
    const port = await freePort();
    const own = await ownProvider({ env: { LIAISE_PUBLIC_URL: `http://127.0.0.1:${port}` } });
    const [issue] = await own.failsWith('CHK-02');
    expect(issue?.message).toContain(`http://127.0.0.1:${port}`);
    const inner = new URL(own.provider.origin).port;
    const proxy = await forward(port, Number(inner));
    await own.repaired(issue?.id ?? '');
    await proxy.close();
  });

  test('CHK-02 PRV-05 another instance answers there, as after a copy that kept the original’s address', async () => {
    const own = await ownProvider({ env: { LIAISE_PUBLIC_URL: federation.provider.origin } });
    const [issue] = await own.failsWith('CHK-02');
    expect(issue?.message).toContain('Another instance answers there');
  });

  test('CHK-02 PRV-05 it is not set at all', async () => {
    const own = await ownProvider({ env: { LIAISE_PUBLIC_URL: '' } });
    const [issue] = await own.failsWith('CHK-02');
    expect(issue?.remedy).toContain('LIAISE_PUBLIC_URL');
  });
});

/** A provider of its own with one fault, and a registration of the consumer at it. */
async function ownProvider(options: Parameters<typeof openTestInstance>[0]) {
  const provider = await openTestInstance({ ...options, clock, idle: true });
  const ada: Administrator = await becomeFirstAdministrator(provider, PROVIDER_ADMIN);
  await ada.api.call(setUpProvider, { input: { name: 'Eastwind' } });
  const { number } = await register({ ada }, await newParty(provider, ada, 'carol.east'), federation.consumer.origin);
  return {
    provider,
    async failsWith(check: string) {
      await drain(provider);
      expect((await registrationOf({ ada }, number)).state).toBe('validation-failed');
      const issues = await issuesOf(ada, number);
      expect(checkIds(issues)).toEqual([check]);
      return issues;
    },
    async repaired(id: string) {
      expect((await ada.api.call(validateIssue, { params: { id: id as never } })).outcome).toBe('resolved');
      await drain(provider);
      expect((await registrationOf({ ada }, number)).state).toBe('open');
    },
  };
}

/** Remembers rows, to put them back a day older than they are. */
async function keepRows({ instance }: TestInstance, tables: readonly string[]) {
  const { db } = instance.open;
  const kept = (table: string) => sql.raw(`public.kept_${table.replace('.', '_')}`);
  for (const table of tables) await sql`create table ${kept(table)} as select * from ${sql.raw(table)}`.execute(db);
  return {
    async putBack() {
      for (const table of tables) {
        await sql`update ${kept(table)} set created_at = created_at - interval '25 hours'`.execute(db);
        await sql`insert into ${sql.raw(table)} select * from ${kept(table)}`.execute(db);
        await sql`drop table ${kept(table)}`.execute(db);
      }
    },
    async remove() {
      for (const table of tables) await sql`delete from ${sql.raw(table)}`.execute(db);
    },
  };
}

async function namesAt({ instance }: TestInstance): Promise<Record<string, string>> {
  const { rows } = await sql<Record<string, string>>`select
    (select id from link.connection) as "CHK-05",
    (select client_id from access.client) as "CHK-06",
    (select name from access.service_account) as "CHK-07"`.execute(instance.open.db);
  return rows[0] ?? {};
}

/** What a proxy in front of an instance does. */
async function forward(from: number, to: number): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const inner = connect(to, '127.0.0.1');
    socket.pipe(inner).pipe(socket);
    for (const end of [socket, inner]) {
      sockets.add(end);
      end.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(from, '127.0.0.1', resolve));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Connections that are kept alive would hold it open.
        for (const socket of sockets) socket.destroy();
      }),
  };
}
