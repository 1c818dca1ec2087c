import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import type { ServerDeps } from './build-server.ts';
import { asSession, testServer } from './server-fixture.ts';

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

const listeners = new Set<(record: string) => void>();
const changes: ServerDeps['changes'] = {
  subscribe: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
const publish = (record: string): void => {
  for (const listener of listeners) listener(record);
};

/** Opens a stream over a real socket; `until` resolves once all of what arrived so far matches. */
async function open(path: string, deps: Partial<ServerDeps> = {}, headers: Record<string, string> = asSession()) {
  app ??= await testServer([], { changes, ...deps });
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, headers }, resolve).on('error', reject).end();
  });
  let text = '';
  const waiting = new Set<() => void>();
  response.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    for (const check of waiting) check();
  });
  const ended = new Promise<string>((resolve) => response.on('close', () => resolve(text)));
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      const check = () => {
        if (!pattern.test(text)) return;
        waiting.delete(check);
        resolve(text);
      };
      waiting.add(check);
      check();
    });
  return { response, until, ended };
}

afterEach(() => {
  app = undefined;
  listeners.clear();
});

test('a change of a watched record is told by its name, others are not', async () => {
  const { response, until } = await open('/api/events?record=REG0001001&record=health');
  expect(response.statusCode).toBe(200);
  expect(response.headers).toMatchObject({ 'x-accel-buffering': 'no', 'cache-control': 'no-store' });
  await until(/retry: 2000/);
  publish('REG0001002');
  publish('REG0001001');
  publish('health');
  expect(await until(/health/)).toBe(
    'retry: 2000\n\nevent: change\ndata: {"record":"REG0001001"}\n\nevent: change\ndata: {"record":"health"}\n\n',
  );
});

test('a quiet stream is kept open by a heartbeat', async () => {
  const { until } = await open('/api/events?record=REG0001001', { heartbeatMs: 5 });
  await until(/: still here/);
});

test('a session that ends is cut off', async () => {
  let signedIn = true;
  const { until, ended } = await open('/api/events?record=REG0001001', {
    heartbeatMs: 5,
    mayWatch: async () => signedIn,
  });
  await until(/still here/);
  signedIn = false;
  expect(await ended).toContain('still here');
  expect(listeners.size).toBe(0);
});

test('nobody signed in is refused', async () => {
  expect((await open('/api/events?record=REG0001001', {}, {})).response.statusCode).toBe(401);
});

test('a record that one may not read and one that is not there answer alike', async () => {
  const refused = await open('/api/events?record=REG0001001', { mayWatch: async () => false });
  expect(refused.response.statusCode).toBe(404);
});

test('naming no record, or too many, is refused', async () => {
  const many = Array.from({ length: 21 }, (_, index) => `record=REG${index}`).join('&');
  expect((await open('/api/events')).response.statusCode).toBe(422);
  expect((await open(`/api/events?${many}`)).response.statusCode).toBe(422);
});

test('one person cannot hold open any number of streams', async () => {
  for (let count = 0; count < 30; count += 1) {
    expect((await open('/api/events?record=a')).response.statusCode).toBe(200);
  }
  expect((await open('/api/events?record=a')).response.statusCode).toBe(429);
});

test('closing the server ends open streams', async () => {
  const { until, ended } = await open('/api/events?record=REG0001001');
  await until(/retry/);
  await app?.close();
  await ended;
  expect(listeners.size).toBe(0);
});
