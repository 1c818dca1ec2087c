import type { OAuthClient } from '../../src/access/index.ts';
import { connectToProvider, saveProviderConnection } from '../../src/consumer/contract.ts';
import { type Administrator, importLink, waitForProviderConnection } from '../../src/demo/registration-story.ts';
import { createCompany } from '../../src/directory/contract.ts';
import { systemRandom } from '../../src/kernel/index.ts';
import {
  accessTokenHash,
  base64url,
  buildLink,
  confirmMac,
  deriveSchedule,
  encapsulate,
  fromBase64url,
  fullTranscriptHash,
  hashStatement,
  type InstanceId,
  PROTOCOL_VERSION,
  peekStatement,
  type Schedule,
  type StatementBody,
  SUITE,
  sealEnvelope,
  secretHash,
  transcriptHash,
} from '../../src/protocol/index.ts';
import { oauthClientOf, serverMetadata } from './hostile-oauth.ts';
import { arbitrary, type HostilePeer, openHostilePeer } from './hostile-peer.ts';
import type { TestKey } from './sx-party.ts';

type Body = Record<string, unknown>;
export type Twist = { body?: Body; by?: TestKey };

/** What it knows of the attempt under way. */
type Known = {
  hello: string;
  helloBody: StatementBody<'hello'>;
  ack: string;
  shared: Uint8Array;
  th2: string;
  schedule: Schedule;
};

/** What its token endpoint gives: opaque to the consumer. */
const ACCESS_TOKEN = `token-${'t'.repeat(40)}`;
export const CODE = `code-${'c'.repeat(40)}`;

/** A provider that follows the protocol towards one consumer except where a test tells it not to. */
export class HostileProvider {
  readonly peer: HostilePeer;
  readonly consumer: { readonly origin: string; readonly id: InstanceId };
  readonly oauth: OAuthClient;
  readonly secret = systemRandom.bytes(32);
  readonly reg = `reg_${systemRandom.bytes(16).toString('hex')}`;
  readonly conn = `con_${systemRandom.bytes(16).toString('hex')}`;
  /** How its next answers differ from what they should be. */
  readonly twists: { helloAck?: Twist; confirmAck?: Twist; token?: Body } = {};
  /** Forms that were posted to its token endpoint. */
  readonly redeemed: URLSearchParams[] = [];
  readonly accessToken = ACCESS_TOKEN;
  pushed = new URLSearchParams();
  #known: Known | undefined;
  #confirm: { statement: string; body: StatementBody<'confirm'>; ack: string } | undefined;

  private constructor(peer: HostilePeer, consumer: HostileProvider['consumer']) {
    this.peer = peer;
    this.consumer = consumer;
    this.oauth = oauthClientOf(peer);
    this.#serve();
  }

  /** At 127.0.0.1, the other site. Names are used once in a file. */
  static async open(name: string, consumer: { origin: string }): Promise<HostileProvider> {
    const discovery = (await (await fetch(`${consumer.origin}/.well-known/sx-instance`)).json()) as { id: InstanceId };
    return new HostileProvider(await openHostilePeer(name, '127.0.0.1'), { origin: consumer.origin, id: discovery.id });
  }

  async invite(twist: Twist = {}): Promise<string> {
    const { claims, sign, origin } = this.peer;
    return sign(
      'invite',
      {
        ...claims('invite', this.consumer.id),
        ...{ purl: origin, curl: this.consumer.origin, reg: this.reg, gen: 1, sh: secretHash(this.secret) },
        ...{ pn: 'Mallory-Services', ch: 'ca…@contoso.example', vers: [PROTOCOL_VERSION] },
        ...twist.body,
      },
      twist.by,
    );
  }

  async link(twist: Twist = {}, secret: Uint8Array = this.secret): Promise<string> {
    return buildLink({ consumerOrigin: this.consumer.origin, invite: await this.invite(twist), secret });
  }

  /** As the consumer's administrator: import, company, validated. The record's number. */
  async validated(carol: Administrator): Promise<string> {
    const { number } = await importLink(carol, await this.link());
    const company = await carol.api.call(createCompany, { input: { name: `Company of ${number}` } });
    await carol.api.call(saveProviderConnection, { params: { number }, input: { companyId: company.id } });
    await waitForProviderConnection(carol, number, 'validated');
    return number;
  }

  /** Connect to Provider; the address that brings the code back, as an honest authorization server would send it. */
  async connected(carol: Administrator, number: string): Promise<URL> {
    await carol.api.call(connectToProvider, { params: { number } });
    return this.callback();
  }

  callback(changes: Record<string, string | undefined> = {}): URL {
    const back = new URL(this.pushed.get('redirect_uri') ?? '');
    const all = { code: CODE, state: this.pushed.get('state') ?? '', iss: this.peer.origin, ...changes };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) back.searchParams.set(name, value);
    return back;
  }

  async commit(changes: Body = {}, by?: TestKey): Promise<string> {
    const { hello, ack } = this.known;
    const confirm = this.#confirm;
    return this.peer.sign(
      'commit',
      {
        ...this.peer.claims('commit', this.consumer.id),
        ...{ reg: this.reg, att: this.known.helloBody.att, step: 'commit', conn: this.conn },
        th4: fullTranscriptHash(hello, ack, confirm?.statement ?? '', confirm?.ack ?? ''),
        committed_at: new Date().toISOString(),
        ...changes,
      },
      by,
    );
  }

  get known(): Known {
    if (this.#known === undefined) throw new Error('nobody has said hello');
    return this.#known;
  }

  get hasConfirmed(): boolean {
    return this.#confirm !== undefined;
  }

  /** Sends one message of lane 0 as this provider's connection. */
  async say(seq: number, previous: string | null, message: Body): Promise<{ status: number; hash: string }> {
    const { envelope, hash } = await sealEnvelope(this.peer.party.sign.signer, this.known.schedule.providerToConsumer, {
      ...{
        issuer: this.peer.party.id,
        audience: this.consumer.id,
        conn: this.conn,
        direction: 'p2c',
        epoch: 1,
        lane: 0,
      },
      ...{ seq, previous, messages: [message] as never, now: new Date() },
    });
    const theirs = this.#confirm?.body.oauth_for_provider;
    if (theirs === undefined) throw new Error('nobody has confirmed');
    const access = { issuer: theirs.issuer, clientId: theirs.client_id, resource: theirs.resource };
    const url = `${theirs.resource}/connections/${this.conn}/lanes/0/batches/${seq}`;
    const headers = { 'content-type': 'application/jose' };
    const sent = await this.oauth.fetchAsClient(access, url, { method: 'PUT', headers, body: envelope });
    return { status: sent.ok ? sent.value.status : 0, hash };
  }

  #serve(): void {
    const { peer } = this;
    const onboard = `POST /sx/v1/onboard/${this.reg}`;
    peer.on('GET /.well-known/oauth-authorization-server', () => ({
      body: JSON.stringify(serverMetadata(peer.origin)),
    }));
    peer.on('POST /oauth/request', ({ body }) => {
      this.pushed = new URLSearchParams(body);
      return {
        status: 201,
        body: JSON.stringify({ request_uri: 'urn:ietf:params:oauth:request_uri:one', expires_in: 60 }),
      };
    });
    peer.on('POST /oauth/token', ({ body }) => {
      const form = new URLSearchParams(body);
      if (form.get('grant_type') === 'authorization_code') this.redeemed.push(form);
      const detail: unknown = JSON.parse(this.pushed.get('authorization_details') ?? '[]');
      const token = { access_token: ACCESS_TOKEN, token_type: 'DPoP', expires_in: 300, authorization_details: detail };
      return { body: JSON.stringify({ ...token, ...this.twists.token }) };
    });
    peer.on(`${onboard}/hello`, async ({ body }) => jose(await this.#answerHello(body)));
    peer.on(`${onboard}/confirm`, async ({ body }) => jose(await this.#answerConfirm(body)));
    for (const step of ['status', 'abort'] as const)
      peer.on(`${onboard}/${step}`, async () => jose(await this.#status(step === 'abort' ? 'aborted' : 'pending')));
  }

  async #answerHello(hello: string): Promise<string> {
    const peeked = peekStatement('hello', hello);
    if (!peeked.ok) throw new Error('not a hello');
    const { att, nc, eph, reg } = peeked.value;
    const h1 = hashStatement(hello);
    const info = { reg, att, consumer: this.consumer.id, provider: this.peer.party.id, nc, h1 };
    const kem = await encapsulate(fromBase64url(eph) ?? new Uint8Array(), info);
    if (!kem.ok) throw new Error('not a key');
    const { origin, party } = this.peer;
    const { body, by } = this.twists.helloAck ?? {};
    const ack = await this.peer.sign(
      'helloAck',
      {
        ...this.peer.claims('helloAck', this.consumer.id),
        ...{
          reg,
          att,
          step: 'hello-ack',
          h1,
          np: base64url(systemRandom.bytes(32)),
          ver: PROTOCOL_VERSION,
          suite: SUITE,
        },
        ...{
          manifest: party.manifestJws,
          enc: base64url(kem.value.enc),
          client_id: `sxc_${reg}_${att}`,
          as: { issuer: origin },
        },
        ...{ resource: `${origin}/sx/v1`, scope: 'sx:connect', reg_digest: arbitrary() },
        ...body,
      },
      by,
    );
    const th2 = transcriptHash(hello, ack);
    const shared = kem.value.sharedSecret;
    this.#known = { hello, helloBody: peeked.value, ack, shared, th2, schedule: deriveSchedule(shared, th2) };
    return ack;
  }

  async #answerConfirm(statement: string): Promise<string> {
    const peeked = peekStatement('confirm', statement);
    if (!peeked.ok) throw new Error('not a confirm');
    const { th2, schedule } = this.known;
    const { body, by } = this.twists.confirmAck ?? {};
    const ath = accessTokenHash(ACCESS_TOKEN);
    const ack = await this.peer.sign(
      'confirmAck',
      {
        ...this.peer.claims('confirmAck', this.consumer.id),
        ...{ reg: this.reg, att: peeked.value.att, step: 'confirm-ack', th2, conn: this.conn },
        mac: confirmMac({ key: schedule.providerConfirm, side: 'provider', th2, ath }),
        ...{
          client_id: `sxc_${this.reg}`,
          resource: `${this.peer.origin}/sx/v1`,
          scope: 'sx:messages',
          lanes: 16,
          limits: {},
        },
        ...body,
      },
      by,
    );
    this.#confirm = { statement, body: peeked.value, ack };
    return ack;
  }

  #status(state: 'pending' | 'aborted'): Promise<string> {
    return this.peer.sign('status', {
      ...this.peer.claims('status', this.consumer.id),
      ...{ reg: this.reg, att: this.known.helloBody.att, step: 'status', state },
    });
  }
}

const jose = (body: string) => ({ type: 'application/jose', body });
