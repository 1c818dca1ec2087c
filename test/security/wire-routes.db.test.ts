import { afterAll, beforeAll, expect, test } from 'vitest';
import { statements } from '../../src/protocol/index.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import { answerOf, fromSomewhere } from '../harness/hostile-consumer.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { everythingStored, stored } from '../harness/stored.ts';

let at: AttackedProvider;
beforeAll(async () => {
  at = await openAttackedProvider();
});
afterAll(closeTestInstances);

const REG = `reg_${'1'.repeat(32)}`;
const CON = `con_${'1'.repeat(32)}`;
const routes: readonly (readonly [method: 'POST' | 'PUT', path: string, maxBytes: number])[] = [
  ['POST', '/sx/v1/probe', statements.probe.maxBytes],
  ['POST', `/sx/v1/onboard/${REG}/hello`, statements.hello.maxBytes],
  ['POST', `/sx/v1/onboard/${REG}/confirm`, statements.confirm.maxBytes],
  ['POST', `/sx/v1/onboard/${REG}/prepared`, statements.prepared.maxBytes],
  ['POST', `/sx/v1/onboard/${REG}/status`, statements.statusRequest.maxBytes],
  ['POST', `/sx/v1/onboard/${REG}/abort`, statements.abort.maxBytes],
  ['POST', `/sx/v1/onboard/${REG}/commit`, statements.commit.maxBytes],
  ['PUT', `/sx/v1/connections/${CON}/lanes/0/batches/1`, 1024 * 1024],
];

const send = async (method: string, path: string, init: { body?: string; type?: string } = {}) => {
  const headers = { ...fromSomewhere(), ...(init.type !== undefined && { 'content-type': init.type }) };
  const body = init.body === undefined ? {} : { body: init.body };
  return answerOf(await fetch(at.instance.origin + path, { method, headers, ...body }));
};

test.each(routes)(
  '%s %s takes application/jose of its size only, by its method only, and stores nothing of the rest',
  async (method, path, maxBytes) => {
    const before = await stored(at.instance);
    const jose = 'application/jose';
    expect((await send(method, path, { type: jose, body: 'A'.repeat(maxBytes + 1) })).error).toBe('sx_too_large');
    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jose+json',
    ])
      expect([type, (await send(method, path, { type, body: '{}' })).error]).toEqual([type, 'sx_malformed']);
    for (const body of [
      '',
      '{}',
      'a.b.c',
      '\u0000'.repeat(100),
      `${'A'.repeat(40)}.${'A'.repeat(40)}.${'A'.repeat(86)}`,
    ])
      expect((await send(method, path, { type: jose, body })).status).toBe(method === 'PUT' ? 401 : 400);
    for (const other of ['GET', 'HEAD', 'DELETE', 'PATCH', method === 'PUT' ? 'POST' : 'PUT'])
      expect([other, (await send(other, path)).status]).toEqual([other, 404]);
    expect(await stored(at.instance)).toEqual(before);
  },
);

test('a record’s name that is none, or longer than any, is refused as an unknown one', async () => {
  for (const reg of ['reg_', '%00', '..%2f..%2fapi', "reg_'; drop table provider.registration;--", 'x'.repeat(90)]) {
    const { status } = await send('POST', `/sx/v1/onboard/${reg}/status`, { type: 'application/jose', body: 'a.b.c' });
    expect([reg, status]).toEqual([reg, 400]);
  }
});

test('an answer of the wire tells a code and the time, and nothing of what went wrong inside', async () => {
  const { text, headers } = await send('POST', `/sx/v1/onboard/${REG}/status`, {
    type: 'application/jose',
    body: 'a.b.c',
  });
  expect(Object.keys(JSON.parse(text)).sort()).toEqual(['error', 'now', 'retry']);
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('OAuth takes forms of a reasonable size only', async () => {
  for (const path of ['/oauth/request', '/oauth/token']) {
    const form = {
      type: 'application/x-www-form-urlencoded',
      body: `client_id=x&state=${'s'.repeat(2 * 1024 * 1024)}`,
    };
    const large = await send('POST', path, form).catch(() => ({ status: 413 }));
    expect([path, large.status >= 400 && large.status < 500]).toEqual([path, true]);
    const json = await send('POST', path, { type: 'application/json', body: '{"client_id":"x"}' });
    expect([path, json.status >= 400 && json.status < 500]).toEqual([path, true]);
  }
});

test('the consent page takes no large form', async () => {
  const form = { type: 'application/x-www-form-urlencoded', body: `username=${'u'.repeat(64 * 1024)}` };
  expect((await send('POST', '/consent/x/sign-in', form)).status).toBe(413);
  expect(await everythingStored(at.instance)).not.toContain('u'.repeat(1_000));
});
