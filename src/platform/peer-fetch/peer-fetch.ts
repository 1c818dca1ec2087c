import { Counter, type Registry } from 'prom-client';
import { Agent, request } from 'undici';
import { type Clock, err, ok, type Result } from '../../kernel/index.ts';
import { parseCidrs } from './address.ts';
import { type GuardOptions, guardedConnector, type Resolve, systemResolve } from './guarded-connect.ts';
import { readCertificate, type TlsDetails } from './inspect-tls.ts';
import { classify, type PeerFetchError, peerError } from './peer-error.ts';
import { checkTarget, type PeerRules } from './peer-url.ts';
import { readBody } from './read-body.ts';

export type PeerRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly accept?: string;
  /** Largest answer after decompression, bytes; 256 KiB unless told. */
  readonly maxBytes?: number;
  /** For the whole exchange, body included; 10,000 unless told. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

export type PeerResponse = {
  readonly status: number;
  /** Names in lower case; repeated fields joined with a comma and a space. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON or JOSE text as bytes. Empty where an answer that is no success had another content type. */
  readonly body: Buffer;
};

export type PeerFetch = {
  request(url: URL, init: PeerRequest): Promise<Result<PeerResponse, PeerFetchError>>;
  /** The same guard and limits in the shape of the web's fetch, for libraries that take one. Rejects with a TypeError. */
  readonly fetch: typeof globalThis.fetch;
  /** The certificate that an https address shows, valid or not. Sends no request. */
  inspectTls(url: URL): Promise<Result<TlsDetails, PeerFetchError>>;
  close(): Promise<void>;
};

type CallRecord = { readonly host: string; readonly method: string; readonly result: string; readonly ms: number };

type Deps = PeerRules & {
  readonly clock: Clock;
  readonly log: { debug(fields: CallRecord, message: string): void; info(fields: CallRecord, message: string): void };
  /** Where `liaise_peer_calls_total` is counted, by result only: hosts would be a label without end. */
  readonly metrics?: Registry;
  /** How names become addresses; the system's resolver unless told. */
  readonly resolve?: Resolve;
  /** Certificate authorities to trust instead of the system's, PEM. */
  readonly ca?: string;
};

const MAX_BYTES = 256 * 1024;
const TOTAL_TIMEOUT_MS = 10_000;
/** Everything an instance or an authorization server answers with: JSON, and compact JOSE texts. */
const READABLE = /^application\/(json|jose|jwt|[a-z0-9.-]+\+(json|jwt))$/;

/**
 * The one way out of this instance to another one. Only permitted addresses, no redirects, no proxy from the environment,
 * bounded time and size, readable content types only. Source: protocol T6, T7, T8.
 */
export function createPeerFetch(deps: Deps): PeerFetch {
  const guard: GuardOptions = {
    allowed: parseCidrs(deps.allowCidrs),
    resolve: deps.resolve ?? systemResolve,
    ...(deps.ca !== undefined && { ca: deps.ca }),
  };
  const calls = new Counter({
    name: 'liaise_peer_calls_total',
    help: 'Calls to other instances, by result: answered, or the code of the failure.',
    labelNames: ['result'],
    registers: deps.metrics === undefined ? [] : [deps.metrics],
  });
  const agent = new Agent({ connect: guardedConnector(guard) });
  const inspector = guardedConnector({ ...guard, acceptAnyCertificate: true });

  async function exchange(url: URL, init: PeerRequest): Promise<Result<PeerResponse, PeerFetchError>> {
    const deadline = AbortSignal.timeout(init.timeoutMs ?? TOTAL_TIMEOUT_MS);
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method: init.method,
        headers: {
          'user-agent': 'liaise',
          accept: init.accept ?? 'application/json, application/jose',
          ...init.headers,
          'accept-encoding': 'identity',
        },
        body: init.body ?? null,
        signal: init.signal === undefined ? deadline : AbortSignal.any([deadline, init.signal]),
      });
      // Cutting a body short raises an error on it, which nobody would hear: unheard it ends the process.
      answer.body.on('error', () => {});
      const headers = joinHeaders(answer.headers);
      const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      const isSuccess = answer.statusCode < 300;
      const refuse = (code: PeerFetchError['code']) => {
        answer.body.destroy();
        return err(peerError(code, url));
      };
      if (answer.statusCode >= 300 && answer.statusCode < 400) return refuse('redirect');
      if (type !== '' && !READABLE.test(type)) {
        if (isSuccess) return refuse('content-type');
        answer.body.destroy();
        return ok({ status: answer.statusCode, headers, body: Buffer.alloc(0) });
      }
      const encoding = headers['content-encoding']?.trim().toLowerCase() || 'identity';
      const body = await readBody(answer.body, encoding, init.maxBytes ?? MAX_BYTES);
      if (type === '' && body.length > 0) return err(peerError('content-type', url));
      return ok({ status: answer.statusCode, headers, body });
    } catch (thrown) {
      return err(classify(deadline.aborted ? deadline.reason : thrown, url));
    }
  }

  /** Every call passes here: the check of the text first, one line and one count after. */
  async function observed<T>(
    url: URL,
    method: string,
    call: () => Promise<Result<T, PeerFetchError>>,
  ): Promise<Result<T, PeerFetchError>> {
    const started = deps.clock.now().getTime();
    const refusal = checkTarget(url, deps);
    const result =
      refusal === undefined
        ? await call()
        : err(peerError(refusal.code === 'forbidden-address' ? 'forbidden-address' : 'url', url));
    const outcome = result.ok ? 'answered' : result.error.code;
    calls.inc({ result: outcome });
    const record = { host: url.host, method, result: outcome, ms: deps.clock.now().getTime() - started };
    if (result.ok) deps.log.debug(record, 'peer answered');
    else deps.log.info(record, 'peer call failed');
    return result;
  }

  const peerFetch: PeerFetch = {
    request: (url, init) => observed(url, init.method, () => exchange(url, init)),
    fetch: async (input, init) => {
      const wanted = new Request(input, init);
      const body = new Uint8Array(await wanted.arrayBuffer());
      const result = await peerFetch.request(new URL(wanted.url), {
        method: wanted.method as PeerRequest['method'],
        headers: Object.fromEntries(wanted.headers),
        ...(body.length > 0 && { body }),
        signal: wanted.signal,
      });
      if (!result.ok) throw new TypeError(result.error.message, { cause: result.error });
      const { status, headers } = result.value;
      // A Response of these statuses may not have a body, not even an empty one (fetch standard, "null body status").
      return new Response([204, 205].includes(status) ? null : new Uint8Array(result.value.body), { status, headers });
    },
    inspectTls: (url) =>
      observed(url, 'TLS', async () => {
        if (url.protocol !== 'https:') return err(peerError('url', url));
        try {
          return ok(await readCertificate(inspector, url));
        } catch (thrown) {
          return err(classify(thrown, url));
        }
      }),
    close: () => agent.destroy(),
  };
  return peerFetch;
}

function joinHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]));
}
