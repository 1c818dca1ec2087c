import { createBrowser } from '../src/demo/browser.ts';
import { CONTACT } from '../src/demo/registration-story.ts';
import { readSession, signIn } from '../src/directory/contract.ts';
import { systemRandom } from '../src/kernel/index.ts';
import { base64url, fullTranscriptHash, peekStatement } from '../src/protocol/index.ts';
import { control, fromSomewhere, HostileConsumer, type Keyed, statementIn } from '../test/harness/hostile-consumer.ts';
import type { HostilePeer } from '../test/harness/hostile-peer.ts';

/**
 * A consumer without a database, for load: it does on the wire what an instance does, from presenting the link to
 * acknowledging the commit, so that what is measured is the provider. Resolves when its acknowledgement has been taken.
 */
export async function onboard(peer: HostilePeer, link: string, browser: SignedInBrowser): Promise<void> {
  const consumer = await HostileConsumer.invited(peer, link);
  const attempt = await consumer.greet();
  const { authorizationUrl, pending } = await consumer.push(attempt);
  const back = await browser.submit(await browser.open(authorizationUrl), {}, '/allow');
  const token = await consumer.oauth.exchangeCode(back.url.href, pending);
  if (!token.ok) throw new Error(`no token: ${token.error.code}`);
  const confirm = await consumer.confirm(attempt, token.value);
  const confirmAck = statementIn(await consumer.sendConfirm(confirm, token.value));
  const opened = peekStatement('confirmAck', confirmAck);
  if (!opened.ok) throw new Error('no confirmation');
  const keyed: Keyed = { ...attempt, confirm, confirmAck, conn: opened.value.conn };
  const receipts = await prove(consumer, keyed);
  const acknowledged = acknowledge(consumer, keyed);
  await untilCommitted(consumer, await consumer.prepared(keyed, receipts));
  await acknowledged;
}

/** Both directions of the proof; gives the provider's receipts. */
async function prove(consumer: HostileConsumer, keyed: Keyed): Promise<string[]> {
  const theirNonce = Promise.withResolvers<string>();
  const theirSettings = Promise.withResolvers<void>();
  consumer.listen(keyed, ({ ty, b }) => {
    if (ty === 'connect.test') theirNonce.resolve(String(b.nonce));
    else theirSettings.resolve();
  });
  const nonce = base64url(systemRandom.bytes(32));
  const test = statementIn(await consumer.say(keyed, 1, control(1, 'connect.test', { nonce })));
  const body = { versions: ['1.0'], limits: {}, settings: { appVersion: 'scripted' }, echo: await theirNonce.promise };
  const settings = statementIn(await consumer.say(keyed, 2, control(2, 'connect.settings', body)));
  await theirSettings.promise;
  return [test, settings];
}

/** Resolves when the provider has pushed its commit and been told that it arrived. */
function acknowledge(consumer: HostileConsumer, keyed: Keyed): Promise<void> {
  const told = Promise.withResolvers<void>();
  consumer.peer.on('POST /sx/v1/onboard/*', async ({ body }, response) => {
    const commit = peekStatement('commit', body);
    if (!commit.ok) return { status: 400, body: '{}' };
    response.once('finish', () => told.resolve());
    const ack = await consumer.peer.sign('commitAck', {
      ...consumer.peer.claims('commitAck', consumer.provider.id),
      ...{ reg: consumer.reg, att: keyed.number, step: 'commit-ack', conn: keyed.conn },
      th4: fullTranscriptHash(keyed.hello, keyed.helloAck, keyed.confirm, keyed.confirmAck),
    });
    return { type: 'application/jose', body: ack };
  });
  return told.promise;
}

const ASK_AGAIN_MS = 20;

/** The provider answers "pending" until it holds the receipt for its own settings. */
async function untilCommitted(consumer: HostileConsumer, prepared: string): Promise<void> {
  for (;;) {
    const answer = await consumer.send('prepared', prepared);
    if (answer.status === 200) return;
    if (answer.error !== 'sx_pending') throw new Error(`not committed: ${answer.error}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

export type SignedInBrowser = ReturnType<typeof createBrowser>;

/** The contact, signed in at the provider with a browser of its own: hashing a password is not part of what is measured. */
export async function contactAt(origin: string): Promise<SignedInBrowser> {
  const browser = createBrowser();
  const signedIn = await browser.json(signIn.method, `${origin}${signIn.path}`, CONTACT, fromSomewhere());
  if (!signedIn.ok) throw new Error(`the contact could not sign in (${signedIn.status})`);
  await browser.json(readSession.method, `${origin}${readSession.path}`, undefined);
  return browser;
}
