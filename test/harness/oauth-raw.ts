import { createHash, randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { CONTACT, type OAuthPair, PROVIDER, RESOURCE, redirectUriOf } from './oauth-pair.ts';

export type KeyPair = { privateKey: CryptoKey; publicKey: CryptoKey };
export type Answer = { status: number; headers: Headers; body: Record<string, unknown> };

/** What a test wants different in a JWT; a member set to undefined is left out. */
export type Twist = {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: CryptoKey;
};

/** A client without scruples: builds each message by hand, so that a test can get one thing wrong. */
export class RawClient {
  readonly pair: OAuthPair;
  readonly clientId: string;
  dpop: KeyPair;
  #nonce: string | undefined;

  constructor(pair: OAuthPair, clientId: string, dpop: KeyPair) {
    this.pair = pair;
    this.clientId = clientId;
    this.dpop = dpop;
  }

  static async create(pair: OAuthPair, clientId: string): Promise<RawClient> {
    return new RawClient(pair, clientId, await generateKeyPair('Ed25519', { extractable: true }));
  }

  async assertion(twist: Twist = {}): Promise<string> {
    const lent = await this.pair.clientKeys.privateKey('sx.oauth.client');
    const claims = { iss: this.clientId, sub: this.clientId, aud: PROVIDER, jti: randomUUID(), ...inSeconds(0, 60) };
    const header = { alg: 'Ed25519', kid: lent.kid };
    return signed({ ...header, ...twist.header }, { ...claims, ...twist.claims }, twist.key ?? (lent.key as CryptoKey));
  }

  async proof(htm: string, htu: string, twist: Twist = {}): Promise<string> {
    const header = { alg: 'Ed25519', typ: 'dpop+jwt', jwk: await exportJWK(this.dpop.publicKey) };
    const claims = { htm, htu, jti: randomUUID(), iat: epoch(), nonce: this.#nonce };
    return signed({ ...header, ...twist.header }, { ...claims, ...twist.claims }, twist.key ?? this.dpop.privateKey);
  }

  /** `proof: null` sends none. A first refusal that only asks for a nonce is answered, unless the nonce was twisted. */
  async post(
    path: string,
    form: Record<string, string | undefined> | [string, string][],
    twists: { proof?: Twist | null | string; assertion?: Twist | null | string } = {},
  ): Promise<Answer> {
    const send = async (): Promise<Answer> => {
      const pairs = Array.isArray(form) ? form : Object.entries(form);
      const body = new URLSearchParams(pairs.filter((entry): entry is [string, string] => entry[1] !== undefined));
      const { proof = {}, assertion = {} } = twists;
      if (assertion !== null) {
        body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
        body.set('client_assertion', typeof assertion === 'string' ? assertion : await this.assertion(assertion));
      }
      const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
      if (proof !== null)
        headers.dpop = typeof proof === 'string' ? proof : await this.proof('POST', PROVIDER + path, proof);
      return this.read(await this.pair.fetch(PROVIDER + path, { method: 'POST', headers, body }));
    };
    const first = await send();
    const twisted = typeof twists.proof === 'string' || (twists.proof?.claims && 'nonce' in twists.proof.claims);
    return first.body.error === 'use_dpop_nonce' && !twisted ? send() : first;
  }

  async read(response: Response): Promise<Answer> {
    this.#nonce = response.headers.get('dpop-nonce') ?? this.#nonce;
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith('{') ? JSON.parse(text) : { text },
    };
  }

  /** The parameters of a request that is in order. */
  request(overrides: Record<string, string | undefined> = {}): Record<string, string | undefined> {
    return {
      client_id: this.clientId,
      response_type: 'code',
      redirect_uri: redirectUriOf(this.clientId),
      scope: 'sx:connect',
      resource: RESOURCE,
      state: 'the-state',
      prompt: 'consent',
      code_challenge: hash(VERIFIER),
      code_challenge_method: 'S256',
      authorization_details: JSON.stringify([this.pair.detail()]),
      ...overrides,
    };
  }

  /** Pushes, and gives the address for the browser. */
  async push(overrides: Record<string, string | undefined> = {}): Promise<string> {
    const { status, body } = await this.post('/oauth/request', this.request(overrides));
    if (status !== 201) throw new Error(`the request was refused: ${JSON.stringify(body)}`);
    return this.authorize(String(body.request_uri));
  }

  authorize(requestUri: string, more: Record<string, string> = {}): string {
    const query = new URLSearchParams({ client_id: this.clientId, request_uri: requestUri, ...more });
    return `${PROVIDER}/oauth/authorize?${query}`;
  }

  /** The whole way to a code, with the contact's Allow. */
  async code(overrides: Record<string, string | undefined> = {}): Promise<string> {
    const browser = this.pair.newBrowser();
    const page = await browser.open(await this.push(overrides));
    const back = await browser.post(page.url.href, { person: CONTACT, answer: 'allow' });
    const code = back.url.searchParams.get('code');
    if (code === null) throw new Error(`no code: ${back.url.href}`);
    return code;
  }

  /** The parameters of a token request that is in order. */
  exchange(code: string, overrides: Record<string, string | undefined> = {}): Record<string, string | undefined> {
    return {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUriOf(this.clientId),
      code_verifier: VERIFIER,
      resource: RESOURCE,
      ...overrides,
    };
  }

  async token(): Promise<string> {
    const { body } = await this.post('/oauth/token', this.exchange(await this.code()));
    if (typeof body.access_token !== 'string') throw new Error(`no token: ${JSON.stringify(body)}`);
    return body.access_token;
  }

  /** Calls the resource; the first call learns the nonce. */
  async call(token: string, twist: Twist & { headers?: [string, string][] } = {}): Promise<Answer> {
    const send = async (): Promise<Answer> => {
      const claims = { ath: hash(token), ...twist.claims };
      const proof = await this.proof('POST', `${RESOURCE}/echo`, { ...twist, claims });
      const headers = twist.headers ?? [
        ['authorization', `DPoP ${token}`],
        ['dpop', proof],
      ];
      return this.read(await this.pair.fetch(`${RESOURCE}/echo`, { method: 'POST', headers }));
    };
    const first = await send();
    return first.body.error === 'use_dpop_nonce' && !(twist.claims && 'nonce' in twist.claims) ? send() : first;
  }
}

export const VERIFIER = 'v'.repeat(43);
export const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** The instant in seconds, moved. */
export const epoch = (offset = 0): number => Math.floor(Date.now() / 1000) + offset;
export const inSeconds = (iat: number, exp: number) => ({ iat: epoch(iat), exp: epoch(exp) });

function signed(header: Record<string, unknown>, claims: Record<string, unknown>, key: CryptoKey): Promise<string> {
  const given = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(given).setProtectedHeader(header as { alg: string; jwk?: JWK }).sign(key);
}
