import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { anyone, route } from '../../kernel/index.ts';
import { createLog } from '../log/index.ts';
import { endpoint } from './endpoint.ts';
import { asToken, saveThing, testServer } from './server-fixture.ts';

const slow = route({ method: 'GET', path: '/api/slow', permission: anyone, summary: 'Waits.', output: z.string() });

test('an answer under way is finished when the server is asked to close', async () => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const app = await testServer([
    endpoint(slow, async () => {
      begun.resolve();
      await go.promise;
      return 'done';
    }),
  ]);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/api/slow' }, resolve).on('error', reject);
  });
  await begun.promise;
  const closed = app.close();
  go.resolve();
  expect((await answered).resume().statusCode).toBe(200);
  await closed;
});

test('the log names the route, and never what was sent', async () => {
  const lines: string[] = [];
  const log = createLog({ logLevel: 'trace' }, { write: (line) => lines.push(line) });
  const failing = endpoint(saveThing, async () => {
    throw new Error('broken');
  });
  const app = await testServer([failing], { log });
  const url = '/api/things/THI1?limit=3&code=hunter2';
  const headers = { ...asToken('admin'), cookie: 'sid=hunter2', authorization: 'Bearer hunter2' };
  const { headers: answered } = await app.inject({ method: 'POST', url, headers, payload: { name: 'hunter2' } });
  await app.close();
  const logged = lines.join('');
  expect(logged).toContain('/api/things/:number');
  expect(logged).toContain('broken');
  expect(logged).toContain(String(answered['x-request-id']));
  expect(logged).not.toContain('hunter2');
});

test('an address is believed from a trusted proxy only', async () => {
  const seen: string[] = [];
  const headers = { 'x-forwarded-for': '203.0.113.9' };
  for (const trustProxy of [[], ['loopback']]) {
    const app = await testServer([], {
      config: { publicUrl: null, trustProxy },
      plugins: [(scope) => void scope.get('/ip', async (request) => void seen.push(request.ip))],
    });
    await app.inject({ url: '/ip', headers, remoteAddress: '127.0.0.1' });
    await app.close();
  }
  expect(seen).toEqual(['127.0.0.1', '203.0.113.9']);
});

test('a plugin sets headers of its own over the safe ones', async () => {
  const app = await testServer([], {
    plugins: [
      (scope) =>
        void scope.get('/page', async (_request, reply) =>
          reply.header('content-security-policy', "default-src 'self'").type('text/html').send('<p>'),
        ),
    ],
  });
  const { headers } = await app.inject('/page');
  await app.close();
  expect(headers).toMatchObject({ 'content-security-policy': "default-src 'self'", 'x-frame-options': 'DENY' });
  expect(headers['strict-transport-security']).toBe('max-age=63072000');
});
