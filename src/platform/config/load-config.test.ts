import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ConfigError } from './config.ts';
import { loadConfig } from './load-config.ts';

const nonProduction = { LIAISE_INSTANCE_KIND: 'non-production' };
const production = { LIAISE_INSTANCE_KIND: 'production', LIAISE_MAIL: 'off' };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('what an operator must say', () => {
  test('the kind of instance has no default', () => {
    expect(problemsOf({})).toEqual([
      'LIAISE_INSTANCE_KIND must be production or non-production. It has no default: say which one this instance is.',
    ]);
  });

  test('the kind alone is enough outside production', () => {
    const config = loadConfig(nonProduction);
    expect(config).toMatchObject({ publicUrl: null, kind: 'non-production', mail: { on: false }, logLevel: 'info' });
    expect(config.providerAdminMayConsent).toBe(false);
  });

  test('an unknown name stops the start and the nearest known one is offered', () => {
    expect(problemsOf({ ...nonProduction, LIAISE_PUBLC_URL: 'x' })).toEqual([
      'LIAISE_PUBLC_URL is not a setting. Did you mean LIAISE_PUBLIC_URL?',
    ]);
  });

  test('names of the tests and of other programs are left alone', () => {
    expect(problemsOf({ ...nonProduction, LIAISE_TEST_DATABASE_URL: 'x', PATH: '/bin' })).toEqual([]);
  });

  test('all problems are told at once', () => {
    const problems = problemsOf({ LIAISE_PRT: '1', LIAISE_PORT: 'x', LIAISE_LOG_LEVEL: 'loud' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'LIAISE_PRT',
      'LIAISE_INSTANCE_KIND',
      'LIAISE_PORT',
      'LIAISE_LOG_LEVEL',
    ]);
  });

  test('a variable set to nothing counts as not set', () => {
    expect(loadConfig({ ...nonProduction, LIAISE_PUBLIC_URL: '', DATABASE_URL: '' })).toMatchObject({
      publicUrl: null,
    });
  });
});

describe('the public URL', () => {
  test.each([
    'http://exchange.example.com',
    'https://user:pass@exchange.example.com',
    'https://exchange.example.com/path',
    'https://exchange.example.com/?a=b',
    'https://exchange.example.com/#',
    'exchange.example.com',
  ])('%s is refused', (url) => {
    expect(problemsOf({ ...nonProduction, LIAISE_PUBLIC_URL: url })).toHaveLength(1);
  });

  test('http is for loopback, and not in production', () => {
    const url = { LIAISE_PUBLIC_URL: 'http://localhost:4200' };
    expect(loadConfig({ ...nonProduction, ...url })).toMatchObject({ host: 'localhost', port: 4200 });
    expect(problemsOf({ ...production, ...url })).toEqual([
      'LIAISE_PUBLIC_URL must begin with https:// in production.',
    ]);
  });

  test('without one the program listens on loopback whatever LIAISE_HOST says, and notes it', () => {
    const config = loadConfig({ ...nonProduction, LIAISE_HOST: '0.0.0.0' });
    expect(config.host).toBe('127.0.0.1');
    expect(config.notes).toHaveLength(1);
  });

  test('with one the program listens where LIAISE_HOST says', () => {
    const env = { ...production, LIAISE_PUBLIC_URL: 'https://exchange.example.com' };
    expect(loadConfig(env).host).toBe('127.0.0.1');
    expect(loadConfig({ ...env, LIAISE_HOST: '0.0.0.0' }).host).toBe('0.0.0.0');
  });
});

describe('mail', () => {
  test('on without a server is refused', () => {
    expect(problemsOf({ ...nonProduction, LIAISE_MAIL: 'on' })).toHaveLength(2);
  });

  test('is on by default in production', () => {
    expect(problemsOf({ LIAISE_INSTANCE_KIND: 'production' })).toHaveLength(2);
    const url = { LIAISE_MAIL_URL: 'smtps://u:p@mail.example.com', LIAISE_MAIL_FROM: 'Liaise <liaise@example.com>' };
    expect(loadConfig({ LIAISE_INSTANCE_KIND: 'production', ...url }).mail.on).toBe(true);
  });
});

describe('what production refuses', () => {
  test.each(['127.0.0.0/8', '::1/128', '0.0.0.0/0', '::/0', '169.254.0.0/16'])('peers in %s', (cidr) => {
    expect(problemsOf({ ...production, LIAISE_ALLOW_PEER_CIDRS: cidr })).toHaveLength(1);
    expect(problemsOf({ ...nonProduction, LIAISE_ALLOW_PEER_CIDRS: cidr })).toEqual([]);
  });

  test('a private network of one’s own is allowed', () => {
    expect(loadConfig({ ...production, LIAISE_ALLOW_PEER_CIDRS: '10.1.0.0/16, fd00::/8' }).allowPeerCidrs).toEqual([
      '10.1.0.0/16',
      'fd00::/8',
    ]);
  });
});

test('a proxy is trusted by its address, never everybody', () => {
  expect(loadConfig({ ...production, LIAISE_TRUST_PROXY: 'loopback,10.0.0.1' }).trustProxy).toHaveLength(2);
  expect(problemsOf({ ...production, LIAISE_TRUST_PROXY: 'true' })).toHaveLength(1);
});

test('the root key may not lie in the data directory', () => {
  const env = { ...nonProduction, LIAISE_DATA_DIR: '/srv/liaise' };
  expect(problemsOf({ ...env, LIAISE_ROOT_KEY_FILE: '/srv/liaise/keys/root' })).toHaveLength(1);
  expect(loadConfig(env).rootKeyFile).toBe('/srv/liaise.root-key');
});

test('a secret is in no message and prints as [secret]', () => {
  const secret = 'hunter2hunter2hunter2';
  const env = { DATABASE_URL: `mysql://u:${secret}@db`, LIAISE_MAIL_URL: `http://u:${secret}@m` };
  expect(JSON.stringify(problemsOf({ ...nonProduction, ...env }))).not.toContain(secret);
  const config = loadConfig({
    ...nonProduction,
    DATABASE_URL: `postgres://u:${secret}@db/x`,
    LIAISE_METRICS_TOKEN: secret,
  });
  expect(JSON.stringify(config) + inspect(config)).not.toContain(secret);
  expect(config.databaseUrl?.reveal()).toContain(secret);
});
