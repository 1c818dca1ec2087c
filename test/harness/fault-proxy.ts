import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an instance answered, as it came: nothing in it is rewritten. */
export type Answer = { readonly status: number; readonly rawHeaders: string[]; readonly body: Buffer };

/**
 * What happens to one request. `send` forwards it and gives the answer, each time it is called. Return the answer to pass it
 * on, `lost` to cut the connection instead, or `torn` to cut it in the middle of the answer's body.
 */
export type Fault = (send: () => Promise<Answer>, path: string) => Promise<Answer | 'lost' | { readonly torn: Answer }>;

/** Which requests a fault is for: the `nth` one that fits, counted from when the fault is set, or all of them. */
export type FaultRule = {
  readonly method: string;
  readonly path: RegExp;
  readonly nth: number | 'all';
  readonly fault: Fault;
};

/** One request that came by. `result`: the status passed on, or `lost`. `node`: the port that it was last forwarded to. */
export type Passed = {
  readonly method: string;
  readonly path: string;
  readonly result: number | 'lost';
  readonly node: number | undefined;
};

export type FaultProxy = {
  readonly origin: string;
  /** Ports of the nodes behind it, asked in turn. */
  nodes: number[];
  readonly passed: readonly Passed[];
  /** Sets one fault and gives what takes it away again. */
  set(rule: FaultRule): () => void;
  close(): Promise<void>;
};

/** A proxy in front of one instance, at its public address, that can do to each request what networks and crashes do. */
export async function openFaultProxy(host: '127.0.0.1' | 'localhost'): Promise<FaultProxy> {
  const rules = new Set<FaultRule & { met: number }>();
  const passed: Passed[] = [];
  let turn = 0;

  const server = createServer((incoming, outgoing) => {
    void exchange(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const path = url.split('?')[0] ?? '';
    const body = await bodyOf(incoming);
    let node: number | undefined;
    const send = () => {
      node = proxy.nodes[turn++ % proxy.nodes.length];
      return forward(node ?? 0, incoming, body);
    };
    const fault = faultFor(method, path);
    const answer = await (fault === undefined ? send() : fault(send, path)).catch(() => 'lost' as const);
    passed.push({ method, path, result: answer === 'lost' || 'torn' in answer ? 'lost' : answer.status, node });
    if (answer === 'lost') outgoing.destroy();
    else if ('torn' in answer) tear(outgoing, answer.torn);
    else outgoing.writeHead(answer.status, answer.rawHeaders).end(answer.body);
  }

  function faultFor(method: string, path: string): Fault | undefined {
    const fitting = [...rules].filter((rule) => rule.method === method && rule.path.test(path));
    for (const rule of fitting) rule.met += 1;
    return fitting.find((rule) => rule.nth === 'all' || rule.nth === rule.met)?.fault;
  }

  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: FaultProxy = {
    origin: `http://${host}:${port}`,
    nodes: [],
    passed,
    set(rule) {
      const counted = { ...rule, met: 0 };
      rules.add(counted);
      return () => void rules.delete(counted);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

async function forward(port: number, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { method, url, rawHeaders } = incoming;
  const options = { host: '127.0.0.1', port, method, path: url, headers: rawHeaders, agent: false } as const;
  const sent: ClientRequest = request(options, resolve);
  sent.once('error', reject).end(body);
  const response = await promise;
  return {
    status: response.statusCode ?? 0,
    rawHeaders: response.rawHeaders,
    body: await bodyOf(response),
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The head promises the whole body; half of it comes, then the connection ends. */
function tear(outgoing: ServerResponse, { status, rawHeaders, body }: Answer): void {
  outgoing.writeHead(status, rawHeaders);
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => outgoing.destroy());
}
