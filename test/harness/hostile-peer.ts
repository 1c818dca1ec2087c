import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemRandom } from '../../src/kernel/index.ts';
import {
  base64url,
  canonicalJson,
  claimsFor,
  DISCOVERY_PATH,
  type InstanceId,
  MANIFEST_TYP,
  peekStatement,
  type StatementKind,
  sha256,
  signStatement,
  statements,
} from '../../src/protocol/index.ts';
import { signJws } from '../../src/protocol/jws.ts';
import { type Party, type TestKey, testParty } from './sx-party.ts';

export type Asked = { readonly url: URL; readonly headers: IncomingMessage['headers']; readonly body: string };
export type Reply = {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
};
export type Responder = (asked: Asked, response: ServerResponse) => Reply | undefined | Promise<Reply | undefined>;

/**
 * An instance without scruples on loopback: its identity and its keys are good, so that whatever a test makes it say is
 * judged for what it says. Discovery and probe answer as they should until a test replaces the answer.
 */
export type HostilePeer = {
  readonly origin: string;
  readonly party: Party;
  /** What it was asked, `METHOD /path`, oldest first. */
  readonly asked: readonly string[];
  /** Answers `METHOD /path` (a path ending in `*` covers what begins so) from now on; undefined as reply: the responder has written it. */
  on(request: string, responder: Responder): void;
  /** Signs whatever body it is given with a good key, by the product's rules or against them. */
  sign(kind: StatementKind, body: Record<string, unknown>, by?: TestKey): Promise<string>;
  /** The five claims of a statement to `audience`. */
  claims(kind: StatementKind, audience: InstanceId): ReturnType<typeof claimsFor>;
  /** The manifest with these members changed, signed by the root (or by `by`). */
  manifest(changes: Record<string, unknown>, by?: TestKey): Promise<string>;
  close(): Promise<void>;
};

const open = new Set<HostilePeer>();

export async function openHostilePeer(
  name: string,
  host: '127.0.0.1' | 'localhost' = 'localhost',
): Promise<HostilePeer> {
  const asked: string[] = [];
  const responders = new Map<string, Responder>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => void answer(request, response, Buffer.concat(chunks).toString('latin1')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  const now = new Date();
  const party = await partyAt(name, origin, now);

  async function answer(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    const line = `${request.method} ${url.pathname}`;
    asked.push(line);
    const key = [...responders.keys()].reverse().find((known) => covers(known, line));
    const responder = key === undefined ? undefined : responders.get(key);
    const reply =
      responder === undefined
        ? { status: 404, body: '' }
        : await responder({ url, headers: request.headers, body }, response);
    if (reply === undefined) return;
    response.writeHead(reply.status ?? 200, { 'content-type': reply.type ?? 'application/json', ...reply.headers });
    response.end(reply.body);
  }

  const peer: HostilePeer = {
    origin,
    party,
    asked,
    on: (request, responder) => {
      responders.delete(request);
      responders.set(request, responder);
    },
    sign: (kind, content, by = party.sign) =>
      signJws(by.signer, statements[kind].typ, Buffer.from(canonicalJson(content))),
    claims: (kind, audience) => claimsFor(kind, { issuer: party.id, audience, now: new Date(), random: systemRandom }),
    manifest: (changes, by = party.root) =>
      signJws(by.signer, MANIFEST_TYP, Buffer.from(canonicalJson({ ...party.manifest, ...changes }))),
    close: async () => {
      open.delete(peer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  peer.on(`GET ${DISCOVERY_PATH}`, () => ({
    body: JSON.stringify({ ...party.discovery, now: new Date().toISOString() }),
  }));
  peer.on('POST /sx/v1/probe', async ({ body }) => {
    const probe = peekStatement('probe', body);
    if (!probe.ok) return { status: 400, body: '{}' };
    const { vers, suites, limits } = party.manifest;
    const ack = await signStatement(party.sign.signer, 'probeAck', {
      ...peer.claims('probeAck', probe.value.iss),
      ...{ nonce: probe.value.nonce, id: party.id, origin, now: new Date().toISOString(), vers, suites, limits },
    });
    return { type: 'application/jose', body: ack };
  });
  open.add(peer);
  return peer;
}

/** Call it in afterEach or afterAll. */
export async function closeHostilePeers(): Promise<void> {
  await Promise.all([...open].map((peer) => peer.close()));
}

/**
 * 32 bytes nobody chose, base64url: a hash, a nonce or a MAC that fits nothing. Not from a seed: that it fits nothing holds for
 * every value, and two calls must differ.
 */
export const arbitrary = (of = ''): string => base64url(sha256(`arbitrary ${of} ${Math.random()}`));

const covers = (known: string, line: string): boolean =>
  known.endsWith('*') ? line.startsWith(known.slice(0, -1)) : known === line;

/** Names are the seed of keys and id: each test takes one of its own. */
async function partyAt(name: string, origin: string, now: Date): Promise<Party> {
  const party = await testParty(name, now, {
    origin,
    oauth: { issuer: origin, resource: `${origin}/sx/v1`, redirect_base: `${origin}/sx/oauth/cb/` },
    endpoints: {
      onboard: `${origin}/sx/v1/onboard`,
      conn: `${origin}/sx/v1/connections`,
      blob: `${origin}/sx/v1/blobs`,
    },
  });
  return { ...party, origin };
}
