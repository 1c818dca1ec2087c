import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testServer } from './server-fixture.ts';

let consoleDir = '';
beforeAll(async () => {
  consoleDir = await mkdtemp(join(tmpdir(), 'liaise-console-'));
  await mkdir(join(consoleDir, 'assets'));
  await writeFile(join(consoleDir, 'index.html'), '<title>Liaise</title>');
  await writeFile(join(consoleDir, 'assets', 'index-a1b2.js'), 'run()');
});
afterAll(() => rm(consoleDir, { recursive: true }));

async function get(url: string, accept = 'text/html', dir = consoleDir) {
  const app = await testServer([], { consoleDir: dir });
  const response = await app.inject({ url, headers: { accept } });
  await app.close();
  return response;
}

test.each(['/', '/registrations/REG0001001', '/sx/join'])('%s is the console, never stored', async (url) => {
  const response = await get(url);
  expect(response.body).toBe('<title>Liaise</title>');
  expect(response.headers['cache-control']).toBe('no-store');
  expect(response.headers['content-security-policy']).toContain("script-src 'self';");
  expect(response.headers['content-security-policy']).toContain("frame-ancestors 'none'");
});

test('a built file is stored for ever', async () => {
  const response = await get('/assets/index-a1b2.js', '*/*');
  expect(response.body).toBe('run()');
  expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
});

test('what no page asked for is 404, as is everything below /api', async () => {
  expect((await get('/assets/old.js', '*/*')).statusCode).toBe(404);
  expect((await get('/api/nothing')).statusCode).toBe(404);
});

test.each(['/../package.json', '/%2e%2e/package.json', '/assets/..%2f..%2fpackage.json'])(
  'a path out of the folder, %s, reads nothing',
  async (url) => {
    expect((await get(url, '*/*')).body).not.toContain('"name"');
  },
);

test('an instance whose console was not built still answers its API', async () => {
  const response = await get('/', 'text/html', '/nonexistent');
  expect(response.statusCode).toBe(404);
  expect(response.headers['content-type']).toContain('application/problem+json');
});
