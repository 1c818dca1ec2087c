import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitForRegistration } from '../../src/demo/registration-story.ts';
import { until } from '../../src/demo/until.ts';
import { openStatement } from '../../src/protocol/index.ts';
import { cancelRegistration, getRegistration } from '../../src/provider/contract.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import { control, type HostileConsumer, type Keyed, statementIn } from '../harness/hostile-consumer.ts';
import { arbitrary, closeHostilePeers } from '../harness/hostile-peer.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { stored } from '../harness/stored.ts';

let at: AttackedProvider;
beforeAll(async () => {
  at = await openAttackedProvider();
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

const registration = (number: string) => at.ada.api.call(getRegistration, { params: { number } });

/** Proves both directions as a consumer in order would; the statement that makes the provider commit. */
async function prove(consumer: HostileConsumer, keyed: Keyed): Promise<string> {
  const heard = new Map<string, Record<string, unknown>>();
  consumer.listen(keyed, ({ ty, b }) => void heard.set(ty, b));
  const test = await consumer.say(keyed, 1, control(1, 'connect.test', { nonce: arbitrary() }));
  const nonce = await until('the provider’s own test', async () => heard.get('connect.test')?.nonce);
  const body = { versions: ['1.0'], limits: {}, settings: {}, echo: nonce };
  const settings = await consumer.say(keyed, 2, control(2, 'connect.settings', body));
  await until('the provider’s settings', async () => heard.get('connect.settings'));
  return consumer.prepared(keyed, [statementIn(test), statementIn(settings)]);
}

test('T26 once committed: the consumer that never acknowledges leaves it unfinished, and can undo, repeat or misuse nothing', async () => {
  const { consumer, number } = await at.invite('silent');
  const keyed = await consumer.reachKeyed(at.account);
  const prepared = await prove(consumer, keyed);
  const commit = await until('the commit', async () => {
    const answer = await consumer.send('prepared', prepared);
    return answer.error === 'sx_pending' ? undefined : statementIn(answer);
  });
  const opened = await openStatement('commit', commit, {
    ...{
      issuer: consumer.provider.id,
      audience: consumer.peer.party.id,
      keys: consumer.provider.keys,
      now: new Date(),
    },
  });
  expect(opened).toMatchObject({ ok: true, value: { conn: keyed.conn, att: 1 } });
  expect(await registration(number)).toMatchObject({ state: 'work-in-progress', link: { state: 'used' } });

  const settled = async () => {
    const { 'access.oauth_record': _tokens, ...rest } = await stored(at.instance, ['provider', 'access']);
    return rest;
  };
  const before = await settled();
  expect((await consumer.send('prepared', prepared)).text).toBe(commit);
  const again = await consumer.prepared(keyed, [arbitraryJws(), arbitraryJws()]);
  expect((await consumer.send('prepared', again)).error).toBe('sx_step_conflict');
  expect((await consumer.send('hello', (await consumer.hello(2)).statement)).error).toBe('sx_refused');
  const abort = await consumer.peer.sign('abort', consumer.about('abort', 1));
  const status = JSON.parse(
    Buffer.from(statementIn(await consumer.send('abort', abort)).split('.')[1] ?? '', 'base64url').toString(),
  );
  expect(status).toMatchObject({ state: 'committed', conn: keyed.conn });
  await expect(at.ada.api.call(cancelRegistration, { params: { number } })).rejects.toThrow('(409)');
  expect(await settled()).toEqual(before);

  await until('the commit to be pushed', async () => (consumer.commits.length > 0 ? true : undefined));
  expect((await registration(number)).state).toBe('work-in-progress');
});

test('E.4-32 a token of a connection that was cancelled is refused with the next request, although it has not expired', async () => {
  const { consumer, number } = await at.invite('cancelled');
  const keyed = await consumer.reachKeyed(at.account);
  expect((await consumer.say(keyed, 1, control(1, 'connect.test', { nonce: arbitrary() }))).status).toBe(200);
  await at.ada.api.call(cancelRegistration, { params: { number } });
  await waitForRegistration(at.ada, number, 'closed-incomplete');
  const before = await stored(at.instance);
  const { envelope } = await consumer.seal(keyed, 2, [
    JSON.stringify(control(2, 'connect.test', { nonce: arbitrary() })),
  ]);
  await expect(consumer.put(keyed, 2, envelope)).rejects.toThrow('not sent');
  expect((await consumer.send('hello', (await consumer.hello(2)).statement)).error).toBe('sx_refused');
  const status = await consumer.peer.sign('statusRequest', consumer.about('statusRequest', 1));
  const word = JSON.parse(
    Buffer.from(statementIn(await consumer.send('status', status)).split('.')[1] ?? '', 'base64url').toString(),
  );
  expect(word).toMatchObject({ state: 'aborted', reason: 'cancelled' });
  expect(await stored(at.instance)).toEqual(before);
});

const arbitraryJws = (): string => `${arbitrary()}.${arbitrary()}.${Buffer.alloc(64, 7).toString('base64url')}`;
