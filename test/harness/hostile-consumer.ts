import type { BoundToken, DpopKey, OAuthClient, PendingAuthorization } from '../../src/access/index.ts';
import { type Browser, createBrowser, type Page } from '../../src/demo/browser.ts';
import type { Account } from '../../src/demo/registration-story.ts';
import { systemRandom, uuidV7 } from '../../src/kernel/index.ts';
import { packBatch } from '../../src/protocol/batch.ts';
import {
  accessTokenHash,
  base64url,
  confirmMac,
  createEphemeral,
  DISCOVERY_PATH,
  decapsulate,
  deriveSchedule,
  fromBase64url,
  fullTranscriptHash,
  hashStatement,
  inviteMac,
  manifestKeys,
  openEnvelope,
  openStatement,
  PROTOCOL_VERSION,
  parseLink,
  parseSxError,
  peekStatement,
  type Schedule,
  type StatementBody,
  type StatementKind,
  SUITE,
  sha256,
  transcriptHash,
  type VerificationKey,
  verifyDiscovery,
} from '../../src/protocol/index.ts';
import { encryptJwe } from '../../src/protocol/jwe.ts';
import { signJws } from '../../src/protocol/jws.ts';
import { clientKey, oauthClientOf, serverMetadata } from './hostile-oauth.ts';
import type { HostilePeer } from './hostile-peer.ts';
import type { TestKey } from './sx-party.ts';

/** What came back on the wire: a statement, or the code of a refusal. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly error: string | undefined;
};

type Body = Record<string, unknown>;
/** Members to replace (undefined: leave out), the MAC made anew unless it is one of them. */
export type HelloTwist = {
  readonly body?: Body;
  readonly secret?: Uint8Array;
  readonly by?: TestKey;
  readonly macOver?: Body;
};
export type Greeting = {
  readonly statement: string;
  readonly body: Body;
  readonly ephemeral: Uint8Array;
  readonly dpopKey: DpopKey;
};

/** One attempt as far as it has come. */
export type Attempt = {
  readonly number: number;
  readonly hello: string;
  readonly helloAck: string;
  readonly ack: StatementBody<'helloAck'>;
  readonly th2: string;
  readonly schedule: Schedule;
  readonly dpopKey: DpopKey;
};
export type Keyed = Attempt & { readonly confirm: string; readonly confirmAck: string; readonly conn: string };

export type Sealed = { readonly envelope: string; readonly hash: string };
/** Members of the signed header, the JWE's kid and key, the signer, and the spelling of the inner JWS. */
export type SealTwist = {
  readonly header?: Body;
  readonly kid?: string;
  readonly key?: Uint8Array;
  readonly by?: TestKey;
  readonly inner?: (jws: string) => string;
};

/** A consumer that follows the protocol except where a test tells it not to. */
export class HostileConsumer {
  readonly peer: HostilePeer;
  readonly provider: {
    readonly origin: string;
    readonly id: StatementBody<'invite'>['iss'];
    keys: VerificationKey[];
  };
  readonly invite: StatementBody<'invite'>;
  readonly secret: Uint8Array;
  readonly oauth: OAuthClient;
  /** Statements that the provider sent by itself to the commit route. */
  readonly commits: string[] = [];
  #hash: string | null = null;

  private constructor(
    peer: HostilePeer,
    provider: HostileConsumer['provider'],
    link: { invite: StatementBody<'invite'>; secret: Uint8Array },
  ) {
    this.peer = peer;
    this.provider = provider;
    this.invite = link.invite;
    this.secret = link.secret;
    this.oauth = oauthClientOf(peer);
  }

  /** Takes a link in, as the importing side would. */
  static async invited(peer: HostilePeer, link: string): Promise<HostileConsumer> {
    const parsed = parseLink(link);
    const invite = parsed.ok ? peekStatement('invite', parsed.value.invite) : undefined;
    if (!parsed.ok || !invite?.ok) throw new Error('that is no link');
    const provider = await lookUp(invite.value.purl);
    return new HostileConsumer(peer, provider, { invite: invite.value, secret: parsed.value.secret });
  }

  get reg(): string {
    return this.invite.reg;
  }

  async send(step: string, statement: string, headers: Record<string, string> = {}, reg = this.reg): Promise<Answer> {
    const url = `${this.provider.origin}/sx/v1/onboard/${reg}/${step}`;
    const all = { 'content-type': 'application/jose', ...fromSomewhere(), ...headers };
    return answerOf(await fetch(url, { method: 'POST', headers: all, body: statement }));
  }

  async hello(attempt: number, twist: HelloTwist = {}): Promise<Greeting> {
    const { publicKey, privateKey } = await createEphemeral();
    const dpopKey = await this.oauth.createDpopKey();
    const { party, origin } = this.peer;
    const good: Body = {
      ...this.peer.claims('hello', this.provider.id),
      ...{ reg: this.reg, att: attempt, step: 'hello', inv: this.invite.jti, origin, manifest: party.manifestJws },
      nc: base64url(systemRandom.bytes(32)),
      vers: [PROTOCOL_VERSION],
      suites: [SUITE],
      eph: base64url(publicKey),
      oauth: {
        redirect_uri: `${origin}/sx/oauth/cb/prc_1`,
        client_kid: clientKey(this.peer).kid,
        dpop_jkt: dpopKey.jkt,
      },
    };
    const unsealed = without({ ...good, ...twist.body });
    const mac = inviteMac(twist.secret ?? this.secret, without({ ...unsealed, ...twist.macOver }));
    const body = without({ mac, ...unsealed, ...(twist.body && 'mac' in twist.body && { mac: twist.body.mac }) });
    const statement = await this.peer.sign('hello', body, twist.by);
    return { statement, body, ephemeral: privateKey, dpopKey };
  }

  /** A hello in order and its answer; throws when it is refused. */
  async greet(number = 1): Promise<Attempt> {
    const { statement, body, ephemeral, dpopKey } = await this.hello(number);
    const helloAck = statementIn(await this.send('hello', statement));
    const ack = await this.#open('helloAck', helloAck);
    const shared = await decapsulate(ephemeral, fromBase64url(ack.enc) ?? new Uint8Array(), {
      ...{ reg: this.reg, att: number, consumer: this.peer.party.id, provider: this.provider.id },
      nc: String(body.nc),
      h1: hashStatement(statement),
    });
    if (!shared.ok) throw new Error('no shared secret');
    const th2 = transcriptHash(statement, helloAck);
    return { number, hello: statement, helloAck, ack, th2, schedule: deriveSchedule(shared.value, th2), dpopKey };
  }

  async push(attempt: Attempt): Promise<{ authorizationUrl: string; pending: PendingAuthorization }> {
    const { ack } = attempt;
    const pushed = await this.oauth.pushAuthorizationRequest({
      ...{ issuer: ack.as.issuer, clientId: ack.client_id, resource: ack.resource, dpopKey: attempt.dpopKey },
      redirectUri: `${this.peer.origin}/sx/oauth/cb/prc_1`,
      detail: {
        type: 'sx_connect',
        ...{ registration: this.reg, attempt: attempt.number, consumer: this.peer.party.id, origin: this.peer.origin },
        ...{ th2: attempt.th2, reg_digest: ack.reg_digest },
      },
    });
    if (!pushed.ok) throw new Error(`the request was not taken: ${JSON.stringify(pushed.error)}`);
    return pushed.value;
  }

  /** The token that the contact's Allow gives. */
  async authorise(attempt: Attempt, contact: Account, browser = createBrowser()): Promise<BoundToken> {
    const { authorizationUrl, pending } = await this.push(attempt);
    const back = await allow(browser, authorizationUrl, contact);
    const token = await this.oauth.exchangeCode(back.url.href, pending);
    if (!token.ok) throw new Error(`no token: ${JSON.stringify(token.error)}`);
    return token.value;
  }

  async confirm(attempt: Attempt, token: BoundToken, twist: { body?: Body; by?: TestKey } = {}): Promise<string> {
    const ath = accessTokenHash(token.accessToken);
    const { th2 } = attempt;
    const body = {
      ...this.peer.claims('confirm', this.provider.id),
      ...{ reg: this.reg, att: attempt.number, step: 'confirm', th2, ath },
      mac: confirmMac({ key: attempt.schedule.consumerConfirm, side: 'consumer', th2, ath }),
      oauth_for_provider: {
        ...{ issuer: this.peer.origin, resource: `${this.peer.origin}/sx/v1`, scope: 'sx:messages' },
        client_id: `sxp_hostile_${attempt.number}`,
      },
      ...twist.body,
    };
    return this.peer.sign('confirm', without(body), twist.by);
  }

  async sendConfirm(statement: string, token: BoundToken): Promise<Answer> {
    const url = `${this.provider.origin}/sx/v1/onboard/${this.reg}/confirm`;
    const headers = { 'content-type': 'application/jose' };
    const sent = await this.oauth.fetchBound(token, url, { method: 'POST', headers, body: statement });
    if (!sent.ok) throw new Error('the provider does not answer');
    const { status, body } = sent.value;
    return answerOf(new Response(new Uint8Array(body), { status, headers: sent.value.headers }));
  }

  /** From the link to a pending connection with keys on both sides. */
  async reachKeyed(contact: Account, number = 1): Promise<Keyed> {
    const attempt = await this.greet(number);
    const token = await this.authorise(attempt, contact);
    const confirm = await this.confirm(attempt, token);
    const confirmAck = statementIn(await this.sendConfirm(confirm, token));
    this.#hash = null;
    return { ...attempt, confirm, confirmAck, conn: (await this.#open('confirmAck', confirmAck)).conn };
  }

  /** Seals a batch of lane 0 of these lines by hand, with what a test wants different. */
  async seal(keyed: Keyed, seq: number, lines: readonly string[], twist: SealTwist = {}): Promise<Sealed> {
    const { bytes, ...shape } = packBatch(lines, 'br');
    const header = {
      ...{ v: 1, iss: this.peer.party.id, aud: this.provider.id, conn: keyed.conn, dir: 'c2p', ep: 1, lane: 0, seq },
      ...{ n0: seq, n: lines.length, prev: seq === 1 ? null : this.#hash, ...shape, ts: new Date().toISOString() },
      ...twist.header,
    };
    const jws = await signJws((twist.by ?? this.peer.party.sign).signer, 'sx-batch+jws', sha256(bytes), header);
    const inner = twist.inner?.(jws) ?? jws;
    const kid = twist.kid ?? `${keyed.conn}.1.c2p`;
    const key = twist.key ?? keyed.schedule.consumerToProvider;
    const envelope = await encryptJwe(Buffer.concat([Buffer.from(`${inner}\n`), bytes]), key, kid);
    return { envelope, hash: hashStatement(jws) };
  }

  async put(
    keyed: Keyed,
    seq: number,
    envelope: string,
    path = `${keyed.conn}/lanes/0/batches/${seq}`,
  ): Promise<Answer> {
    const { ack } = keyed;
    const access = { issuer: ack.as.issuer, clientId: ack.client_id, resource: ack.resource };
    const url = `${ack.resource}/connections/${path}`;
    const headers = { 'content-type': 'application/jose' };
    const sent = await this.oauth.fetchAsClient(access, url, { method: 'PUT', headers, body: envelope });
    if (!sent.ok) throw new Error(`not sent: ${JSON.stringify(sent.error)}`);
    const { status, body } = sent.value;
    return answerOf(new Response(new Uint8Array(body), { status, headers: sent.value.headers }));
  }

  /** Sends one message in order and remembers the chain. */
  async say(keyed: Keyed, seq: number, message: Body): Promise<Answer> {
    return this.deliver(keyed, seq, await this.seal(keyed, seq, [JSON.stringify(message)]));
  }

  async deliver(keyed: Keyed, seq: number, { envelope, hash }: Sealed): Promise<Answer> {
    const answer = await this.put(keyed, seq, envelope);
    if (answer.status === 200) this.#hash = hash;
    return answer;
  }

  /** Takes what the provider sends: its batches are opened and receipted, its commits kept. `heard` sees each message. */
  listen(keyed: Keyed, heard: (message: { ty: string; b: Body }) => void): void {
    const { peer } = this;
    peer.on('GET /.well-known/oauth-authorization-server', () => ({
      body: JSON.stringify(serverMetadata(peer.origin)),
    }));
    peer.on('POST /oauth/token', () => ({
      body: JSON.stringify({ access_token: 'of-no-worth', token_type: 'DPoP', expires_in: 300 }),
    }));
    peer.on('PUT /sx/v1/connections/*', async ({ body }) => {
      const open = () =>
        openEnvelope(body, {
          key: keyed.schedule.providerToConsumer,
          epoch: { conn: keyed.conn, epoch: 1, direction: 'p2c' },
          ...{ issuer: this.provider.id, audience: peer.party.id, keys: this.provider.keys },
        });
      let opened = await open();
      if (!opened.ok && opened.error.code === 'unknown-signer') {
        await this.#lookKeysUp();
        opened = await open();
      }
      if (!opened.ok) return { status: 403, body: '{}' };
      const { seq } = opened.value.header;
      for (const message of opened.value.messages) if (message.ok) heard(message.value);
      const receipt = await peer.sign('receipt', {
        ...peer.claims('receipt', this.provider.id),
        ...{ conn: keyed.conn, lane: 0, seq, h: opened.value.hash, stored: seq, applied: seq, rejected: [] },
        ...{ credit: { msgs: 1, bytes: 1 }, now: new Date().toISOString() },
      });
      return { type: 'application/jose', body: receipt };
    });
    peer.on('POST /sx/v1/onboard/*', ({ body }) => {
      this.commits.push(body);
      return { status: 503, body: '{}' };
    });
  }

  async prepared(keyed: Keyed, receipts: readonly string[], changes: Body = {}): Promise<string> {
    return this.peer.sign('prepared', {
      ...this.peer.claims('prepared', this.provider.id),
      ...{ reg: this.reg, att: keyed.number, step: 'prepared', receipts },
      th4: fullTranscriptHash(keyed.hello, keyed.helloAck, keyed.confirm, keyed.confirmAck),
      ...changes,
    });
  }

  about(kind: 'statusRequest' | 'abort', attempt: number, changes: Body = {}): Body {
    const step = kind === 'abort' ? { step: 'abort', reason: 'consumer_aborted' } : { step: 'status-request' };
    return { ...this.peer.claims(kind, this.provider.id), reg: this.reg, att: attempt, ...step, ...changes };
  }

  async #open<Kind extends StatementKind>(kind: Kind, statement: string): Promise<StatementBody<Kind>> {
    const parties = { issuer: this.provider.id, audience: this.peer.party.id };
    const open = () => openStatement(kind, statement, { ...parties, keys: this.provider.keys, now: new Date() });
    let opened = await open();
    if (!opened.ok && opened.error.code === 'unknown-key') {
      await this.#lookKeysUp();
      opened = await open();
    }
    if (!opened.ok) throw new Error(`the provider's ${kind} does not hold: ${opened.error.code}`);
    return opened.value;
  }

  /** The provider may have replaced its keys since: an honest peer asks before it refuses. */
  async #lookKeysUp(): Promise<void> {
    this.provider.keys = (await lookUp(this.provider.origin)).keys;
  }
}

/** The identity that an instance shows. */
async function lookUp(origin: string): Promise<HostileConsumer['provider']> {
  const answer = await fetch(origin + DISCOVERY_PATH, { headers: fromSomewhere() });
  const seen = await verifyDiscovery(Buffer.from(await answer.arrayBuffer()), { origin, now: new Date() });
  if (!seen.ok) throw new Error(`the provider shows no identity: ${seen.error.code}`);
  return { origin, id: seen.value.id, keys: manifestKeys(seen.value.manifest, 'sign') };
}

let addresses = 0;
/** Headers of a request from an address that nobody has used before: refusals are counted by address. */
export const fromSomewhere = (): Record<string, string> => {
  addresses += 1;
  return { 'x-forwarded-for': `198.18.${addresses >> 8}.${addresses & 255}` };
};

/** A control message in order. */
export const control = (n: number, ty: string, b: Body): Body => {
  const now = new Date();
  return { id: uuidV7(systemRandom, now), ty, n, ts: now.toISOString(), b };
};

export const statementIn = (answer: Answer): string => {
  if (answer.status !== 200) throw new Error(`refused: ${answer.status} ${answer.text}`);
  return answer.text;
};

/** Signs in as `account` on the consent page and allows; the page that the browser ends on, at the consumer. */
export async function allow(browser: Browser, authorizationUrl: string, account: Account): Promise<Page> {
  const signIn = await browser.open(authorizationUrl);
  const asked = await browser.submit(signIn, { ...account }, '/sign-in');
  return browser.submit(asked, {}, '/allow');
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const refusal = response.ok ? undefined : parseSxError(Buffer.from(text));
  return {
    status: response.status,
    headers: response.headers,
    text,
    error: refusal?.ok ? refusal.value.error : undefined,
  };
}

const without = (body: Body): Body =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
