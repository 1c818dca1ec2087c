import { expect, test } from 'vitest';
import { secret } from '../../kernel/index.ts';
import { ORIGIN, testServer } from './server-fixture.ts';

async function get(url: string, deps: Parameters<typeof testServer>[1] = {}, headers: Record<string, string> = {}) {
  const app = await testServer([], deps);
  const response = await app.inject({ url, headers });
  await app.close();
  return response;
}

test('the process answers for itself, whatever else is wrong', async () => {
  const readiness = async () => [{ name: 'database', ready: false }];
  expect((await get('/healthz', { readiness, sealed: () => true })).json()).toEqual({ status: 'ok' });
});

test('not ready is 503 and names the part', async () => {
  const parts = [
    { name: 'database', ready: true },
    { name: 'worker', ready: false, why: 'no worker has reported for 30 s' },
  ];
  const response = await get('/readyz', { readiness: async () => parts });
  expect([response.statusCode, response.json()]).toEqual([503, { ready: false, parts }]);
  expect((await get('/readyz', { readiness: async () => parts.slice(0, 1) })).statusCode).toBe(200);
});

test('metrics are for this machine alone while no token is configured', async () => {
  const local = await get('/metrics');
  expect(local.statusCode).toBe(200);
  expect(local.body).toContain('liaise_http_request_seconds');
  expect((await get('/metrics', {}, { 'x-forwarded-for': '203.0.113.9' })).statusCode).toBe(404);
});

test('with a token configured, only its holder reads metrics', async () => {
  const config = { publicUrl: new URL(ORIGIN), trustProxy: [], metricsToken: secret('a-long-enough-token') };
  const status = async (authorization: string) => (await get('/metrics', { config }, { authorization })).statusCode;
  expect(await status('Bearer a-long-enough-token')).toBe(200);
  expect(await status('Bearer a-long-enough-tokem')).toBe(404);
  expect(await status('')).toBe(404);
});
