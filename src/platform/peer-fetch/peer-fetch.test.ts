import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, test } from 'vitest';
import { selfSigned } from '../../../test/harness/certificate.ts';
import { systemClock } from '../../kernel/index.ts';
import { createPeerFetch, type Resolve } from './index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A loopback server that counts the sockets anybody opens to it. */
async function listen(server: Server) {
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () => server.closeAllConnections(),
    () => void server.close(),
  );
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}
const answering = (listener: RequestListener) => listen(createServer(listener));
const json: RequestListener = (_request, response) =>
  response.setHeader('content-type', 'application/json').end('{"sx":"1"}');

const loopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
const silent = { debug: () => {}, info: () => {} };

function peerFetch(options: Partial<Parameters<typeof createPeerFetch>[0]> = {}) {
  const made = createPeerFetch({
    kind: 'non-production',
    allowCidrs: ['127.0.0.0/8'],
    clock: systemClock,
    log: silent,
    resolve: loopback,
    ...options,
  });
  cleanups.push(() => made.close());
  return made;
}

const get = { method: 'GET' } as const;
const failure = async (promise: ReturnType<ReturnType<typeof peerFetch>['request']>) => {
  const result = await promise;
  return result.ok ? `answered ${result.value.status}` : result.error.code;
};

describe('addresses', () => {
  test('the control: with the range allowed, the listener is reached and its JSON read', async () => {
    const peer = await answering(json);
    const result = await peerFetch().request(new URL(`http://peer.example:${peer.port}/any`), get);
    expect(result).toMatchObject({ ok: true, value: { status: 200 } });
    expect(result.ok && JSON.parse(result.value.body.toString())).toEqual({ sx: '1' });
    expect(peer.connections()).toBe(1);
  });

  test.each([
    ['https', '127.0.0.1', 'forbidden-address'],
    ['https', '[::ffff:7f00:1]', 'forbidden-address'],
    ['https', '0.0.0.0', 'forbidden-address'],
    ['https', 'localhost', 'forbidden-address'],
    ['https', 'rebound.example', 'forbidden-address'],
    ['http', 'rebound.example', 'url'],
    ['http', '127.0.0.1', 'url'],
  ])('E.4-2 E.4-3 %s://%s is not called where no range is allowed: not one packet', async (scheme, host, code) => {
    const peer = await answering(json);
    const { request, fetch, inspectTls } = peerFetch({ allowCidrs: [] });
    const url = new URL(`${scheme}://${host}:${peer.port}/`);
    expect(await failure(request(url, get))).toBe(code);
    await expect(fetch(url)).rejects.toThrow(TypeError);
    expect((await inspectTls(url)).ok).toBe(false);
    expect(peer.connections()).toBe(0);
  });

  test('a name outside the allowed range is not called over http', async () => {
    const peer = await answering(json);
    const url = new URL(`http://peer.example:${peer.port}/`);
    expect(await failure(peerFetch({ allowCidrs: ['10.0.0.0/8'] }).request(url, get))).toBe('forbidden-address');
    expect(peer.connections()).toBe(0);
  });

  test('E.4-4 one private address among public ones refuses the name', async () => {
    const peer = await answering(json);
    for (const addresses of [
      ['8.8.8.8', '127.0.0.1'],
      ['127.0.0.1', '8.8.8.8'],
      ['2606:4700::1111', '::ffff:127.0.0.1'],
    ]) {
      const resolve: Resolve = async () =>
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      const url = new URL(`https://mixed.example:${peer.port}/`);
      expect(await failure(peerFetch({ allowCidrs: [], resolve }).request(url, get))).toBe('forbidden-address');
    }
    expect(peer.connections()).toBe(0);
  });

  test('the lookup that is checked is the one that is used, on every connection', async () => {
    const peer = await answering((request, response) =>
      json(request, response.setHeader('connection', 'close') as never),
    );
    const answers = ['127.0.0.1', '10.9.9.9'];
    const resolve: Resolve = async () => [{ address: answers.shift() ?? '', family: 4 }];
    const { request } = peerFetch({ resolve });
    const url = new URL(`http://rebinding.example:${peer.port}/`);
    expect(await failure(request(url, get))).toBe('answered 200');
    expect(await failure(request(url, get))).toBe('forbidden-address');
    expect(peer.connections()).toBe(1);
  });

  test('a proxy named in the environment is not used', async () => {
    const proxy = await answering(json);
    const peer = await answering(json);
    const before = { ...process.env };
    Object.assign(process.env, { http_proxy: `http://127.0.0.1:${proxy.port}`, NODE_USE_ENV_PROXY: '1' });
    try {
      expect(await failure(peerFetch().request(new URL(`http://peer.example:${peer.port}/`), get))).toBe(
        'answered 200',
      );
    } finally {
      process.env = before;
    }
    expect([proxy.connections(), peer.connections()]).toEqual([0, 1]);
  });

  test('an address with a user name is not called', async () => {
    const peer = await answering(json);
    expect(await failure(peerFetch().request(new URL(`http://a:b@peer.example:${peer.port}/`), get))).toBe('url');
    expect(peer.connections()).toBe(0);
  });

  test('a name that does not resolve, a port that nobody listens on', async () => {
    const missing = Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    const url = new URL('http://peer.example:9/');
    expect(await failure(peerFetch({ resolve: () => Promise.reject(missing) }).request(url, get))).toBe('dns');
    expect(await failure(peerFetch({ resolve: async () => [] }).request(url, get))).toBe('dns');
    const gone = await answering(json);
    for (const cleanup of cleanups.splice(0)) await cleanup();
    expect(await failure(peerFetch().request(new URL(`http://peer.example:${gone.port}/`), get))).toBe('unreachable');
  });
});

describe('answers', () => {
  const ask = async (listener: RequestListener, init: object = {}) => {
    const peer = await answering(listener);
    return peerFetch().request(new URL(`http://peer.example:${peer.port}/`), { ...get, ...init });
  };

  test('a redirect is an error and is not followed', async () => {
    const target = await answering(json);
    const result = ask((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` }).end(),
    );
    expect(await failure(result)).toBe('redirect');
    expect(target.connections()).toBe(0);
  });

  test('only JSON and JOSE are read', async () => {
    const typed = (type: string, status = 200) =>
      ask((_request, response) => response.writeHead(status, { 'content-type': type }).end('{"a":1}'));
    for (const type of ['application/json', 'application/jose', 'application/jwk-set+json; charset=utf-8']) {
      expect(await failure(typed(type))).toBe('answered 200');
    }
    for (const type of ['text/html', 'text/json', 'application/octet-stream', 'application/xjson']) {
      expect(await failure(typed(type))).toBe('content-type');
    }
    const page = await typed('text/html', 502);
    expect(page.ok && [page.value.status, page.value.body.length]).toEqual([502, 0]);
  });

  test('an answer without a type may have no body', async () => {
    expect(await failure(ask((_request, response) => response.writeHead(204).end()))).toBe('answered 204');
    expect(await failure(ask((_request, response) => response.writeHead(200).end('{}')))).toBe('content-type');
  });

  test('E.4-5 reading stops at the limit, also for an endless body', async () => {
    let sent = 0;
    const endless: RequestListener = (_request, response) => {
      response.setHeader('content-type', 'application/json');
      const chunk = Buffer.alloc(64 * 1024, 32);
      const push = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', push);
      push();
    };
    expect(await failure(ask(endless))).toBe('too-large');
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    const exactly =
      (size: number): RequestListener =>
      (_request, response) =>
        response.setHeader('content-type', 'application/json').end(Buffer.alloc(size, 32));
    expect(await failure(ask(exactly(256 * 1024)))).toBe('answered 200');
    expect(await failure(ask(exactly(256 * 1024 + 1)))).toBe('too-large');
    expect(await failure(ask(exactly(11), { maxBytes: 10 }))).toBe('too-large');
  });

  test('E.4-5 a compressed answer counts as what it becomes', async () => {
    const zipped =
      (size: number): RequestListener =>
      (_request, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end(gzipSync(Buffer.alloc(size, 32)));
    expect(await failure(ask(zipped(1000)))).toBe('answered 200');
    expect(await failure(ask(zipped(50 * 1024 * 1024)))).toBe('too-large');
    const odd: RequestListener = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'zstd' }).end('x');
    expect(await failure(ask(odd))).toBe('content-type');
  });

  test('E.4-5 a drip that never ends, and a host that never answers, end at the time limit', async () => {
    const drip: RequestListener = (_request, response) => {
      response.setHeader('content-type', 'application/json').write('{');
    };
    expect(await failure(ask(drip, { timeoutMs: 50 }))).toBe('timeout');
    expect(await failure(ask(() => {}, { timeoutMs: 50 }))).toBe('timeout');
  });

  test('asks for no compression and sends the body and headers it was given', async () => {
    const echo: RequestListener = async (request, response) => {
      const chunks = await request.toArray();
      const { 'content-type': type, 'accept-encoding': encoding } = request.headers;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ method: request.method, type, encoding, body: Buffer.concat(chunks).toString() }));
    };
    const result = await ask(echo, {
      method: 'POST',
      body: 'a.b.c',
      headers: { 'content-type': 'application/jose', 'accept-encoding': 'br' },
    });
    expect(result.ok && JSON.parse(result.value.body.toString())).toEqual({
      method: 'POST',
      type: 'application/jose',
      encoding: 'identity',
      body: 'a.b.c',
    });
  });

  test('the fetch for libraries carries form bodies and JSON errors, and rejects redirects', async () => {
    const peer = await answering(async (request, response) => {
      if (request.url === '/redirect') return void response.writeHead(303, { location: '/' }).end();
      const body = Buffer.concat(await request.toArray()).toString();
      response.writeHead(400, { 'content-type': 'application/json', 'dpop-nonce': 'n1' });
      return void response.end(JSON.stringify({ error: 'use_dpop_nonce', body }));
    });
    const { fetch } = peerFetch();
    const base = `http://peer.example:${peer.port}`;
    const answer = await fetch(`${base}/token`, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) });
    expect([answer.status, answer.headers.get('dpop-nonce')]).toEqual([400, 'n1']);
    expect(await answer.json()).toEqual({ error: 'use_dpop_nonce', body: 'a=b+c' });
    await expect(fetch(`${base}/redirect`)).rejects.toThrow('redirect');
  });

  test('one line for each call: host, result and duration, never path or body', async () => {
    const lines: unknown[] = [];
    const metrics = new Registry();
    const peer = await answering(json);
    const log = { debug: (...line: unknown[]) => lines.push(line), info: (...line: unknown[]) => lines.push(line) };
    const { request } = peerFetch({ log, metrics });
    await request(new URL(`http://peer.example:${peer.port}/sx/v1/secret-path`), get);
    await request(new URL('https://10.0.0.1/secret-path'), get);
    const counted = (await metrics.getMetricsAsJSON()).flatMap((metric) => metric.values);
    expect(counted).toEqual([
      { labels: { result: 'answered' }, value: 1 },
      { labels: { result: 'forbidden-address' }, value: 1 },
    ]);
    expect(lines).toMatchObject([
      [{ host: `peer.example:${peer.port}`, result: 'answered' }, expect.any(String)],
      [{ host: '10.0.0.1', result: 'forbidden-address' }, expect.any(String)],
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret-path');
  });
});

describe('TLS', () => {
  const day = (offset: number) => new Date(systemClock.now().getTime() + offset * 86_400_000);
  const secure = async (validDays: number, dnsName = 'peer.example') => {
    const certificate = selfSigned({ dnsName, notBefore: day(-30), notAfter: day(validDays) });
    const server = createTlsServer(
      { cert: certificate.cert, key: certificate.key.export({ type: 'pkcs8', format: 'pem' }) },
      json,
    );
    const { port } = await listen(server);
    return { url: new URL(`https://peer.example:${port}/`), cert: certificate.cert };
  };

  test('a trusted certificate lets the call through and shows its dates', async () => {
    const { url, cert } = await secure(10);
    const { request, inspectTls } = peerFetch({ ca: cert, kind: 'production' });
    expect(await failure(request(url, get))).toBe('answered 200');
    const seen = await inspectTls(url);
    expect(seen).toMatchObject({ ok: true, value: { trusted: true, problem: null, subject: 'peer.example' } });
    expect(seen.ok && Math.abs(seen.value.validTo.getTime() - day(10).getTime()) < 60_000).toBe(true);
  });

  test('an unknown authority, an expired certificate and another name are refused, and shown for what they are', async () => {
    const unknown = await secure(10);
    const expired = await secure(-1);
    const other = await secure(10, 'other.example');
    for (const [target, ca, problem] of [
      [unknown, undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      [expired, expired.cert, 'CERT_HAS_EXPIRED'],
      [other, other.cert, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const) {
      const { request, inspectTls } = peerFetch(ca === undefined ? {} : { ca });
      expect(await failure(request(target.url, get))).toBe('tls');
      expect(await inspectTls(target.url)).toMatchObject({ ok: true, value: { trusted: false, problem } });
    }
  });
});
