import { expect, test } from 'vitest';
import type { Role, UserActor } from '../../kernel/index.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { readSettings } from './contract.ts';
import { loadConfig } from './load-config.ts';
import { settingsEndpoint } from './settings-endpoint.ts';

const config = loadConfig({
  LIAISE_INSTANCE_KIND: 'production',
  LIAISE_PUBLIC_URL: 'https://provider.example',
  LIAISE_MAIL: 'on',
  LIAISE_MAIL_URL: 'smtps://someone:very-secret-word@mail.example',
  LIAISE_MAIL_FROM: 'Service <service@provider.example>',
  DATABASE_URL: 'postgres://someone:very-secret-word@db.example/liaise',
  LIAISE_METRICS_TOKEN: 'very-secret-word-of-at-least-32-characters',
});

async function askedBy(...roles: Role[]) {
  const facts = {
    config,
    version: '1.2.3',
    instanceId: () => 'sxi1a',
    sealedReason: () => 'The root key file is away.',
    name: async () => 'Northwind',
  };
  const { handle } = settingsEndpoint(facts) as unknown as Endpoint<typeof readSettings>;
  const actor = { kind: 'user', roles: new Set(roles) } as unknown as UserActor;
  return handle({ actor } as Call<typeof readSettings>);
}

test('an admin reads every setting with the variable that changes it, and no secret', async () => {
  const answer = await askedBy('admin');
  expect(readSettings.output.parse(answer)).toEqual(answer);
  expect(answer.settings?.map(({ variable }) => variable)).toEqual(
    expect.arrayContaining(['LIAISE_PUBLIC_URL', 'LIAISE_MAIL_URL', 'DATABASE_URL', 'LIAISE_METRICS_TOKEN']),
  );
  expect(JSON.stringify(answer)).not.toContain('very-secret-word');
  expect(answer).toMatchObject({ sealed: true, sealedReason: 'The root key file is away.' });
});

test('anybody else learns what the instance is, not how it is configured', async () => {
  expect(await askedBy('sn_sb_pro.consumer')).toMatchObject({
    name: 'Northwind',
    kind: 'production',
    settings: null,
    sealed: true,
    sealedReason: null,
  });
});
