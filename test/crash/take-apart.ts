import type { CrashSide } from '../harness/crash-side.ts';
import { onServer } from '../harness/postgres-server.ts';
import type { CrashPair } from './crash-pair.ts';

/** What a connection uses up of a validated registration: the link's secret, as each side keeps it. */
export type LinkSecrets = { readonly provider: string; readonly consumer: string };

const run = (side: CrashSide, statements: readonly [sql: string, ...values: unknown[]][]) =>
  onServer(side.databaseUrl ?? '', async (client) => {
    await client.query('begin');
    const results = [];
    for (const [sql, ...values] of statements) results.push(await client.query(sql, values));
    await client.query('commit');
    return results;
  });

const secretOf = async (side: CrashSide, sql: string): Promise<string> =>
  String((await run(side, [[sql]]))[0]?.rows[0]?.sealed_secret);

export const linkSecrets = async ({ provider, consumer }: CrashPair): Promise<LinkSecrets> => ({
  provider: await secretOf(
    provider,
    `select sealed_secret from provider.invitation where state = 'live' order by created_at desc limit 1`,
  ),
  consumer: await secretOf(
    consumer,
    'select sealed_secret from consumer.provider_connection order by number desc limit 1',
  ),
});

const CONNECTION: [string][] = [
  ['delete from link.connection'],
  ['delete from access.client'],
  ['delete from access.service_account'],
  ['delete from access.oauth_record'],
  [`delete from link.activity where body like 'Closed Complete%' or body like 'Onboarded%'`],
];

/**
 * Takes a connection apart on both sides, while the instances run, so that the next test can make it again: starting two
 * processes and validating takes many times longer. What is left is what an attempt that was aborted leaves behind.
 */
export async function takeApart(pair: CrashPair): Promise<void> {
  await run(pair.provider, [
    ['delete from provider.consumer_connection'],
    ...CONNECTION,
    [`update provider.attempt set step = 'aborted', connection_id = null where step <> 'aborted'`],
    [`update provider.registration set state = 'open', connection_id = null where state = 'closed-complete'`],
  ]);
  await run(pair.consumer, [
    ...CONNECTION,
    [`update consumer.attempt set step = 'aborted', connection_id = null where step <> 'aborted'`],
    [`update consumer.provider_connection set state = 'validated', connection_id = null where state = 'onboarded'`],
  ]);
}

/** Makes the link of the newest registration good for one more connection. */
export async function restoreLink(pair: CrashPair, secrets: LinkSecrets): Promise<void> {
  await run(pair.provider, [
    [
      `update provider.invitation set state = 'live', sealed_secret = $1
       where jti = (select jti from provider.invitation order by created_at desc limit 1)`,
      secrets.provider,
    ],
  ]);
  await run(pair.consumer, [
    [
      `update consumer.provider_connection set sealed_secret = $1
       where number = (select max(number) from consumer.provider_connection)`,
      secrets.consumer,
    ],
  ]);
}

/** Ends the registration as well, so that the same two instances can be registered anew (OQ-29). */
export async function endRegistration(pair: CrashPair): Promise<void> {
  await run(pair.provider, [
    [`update provider.registration set state = 'cancelled' where state = 'open'`],
    [`update provider.invitation set state = 'superseded', sealed_secret = null where state = 'live'`],
  ]);
}
