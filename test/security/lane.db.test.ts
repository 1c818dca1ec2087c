import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DISCOVERY_PATH } from '../../src/protocol/index.ts';
import { listRegistrationActivity } from '../../src/provider/contract.ts';
import { type AttackedProvider, openAttackedProvider } from '../harness/attacked-provider.ts';
import { control, type HostileConsumer, type Keyed, type SealTwist } from '../harness/hostile-consumer.ts';
import { clientKey } from '../harness/hostile-oauth.ts';
import { arbitrary, closeHostilePeers } from '../harness/hostile-peer.ts';
import { closeTestInstances } from '../harness/instances.ts';
import { stored } from '../harness/stored.ts';
import { testKey } from '../harness/sx-party.ts';

let at: AttackedProvider;
let consumer: HostileConsumer;
let keyed: Keyed;
let other: HostileConsumer;
let otherKeyed: Keyed;
beforeAll(async () => {
  at = await openAttackedProvider();
  ({ consumer } = await at.invite('mallory'));
  keyed = await consumer.reachKeyed(at.account);
  ({ consumer: other } = await at.invite('other'));
  otherKeyed = await other.reachKeyed(at.account);
  expect((await consumer.say(keyed, 1, testMessage(1))).status).toBe(200);
});
afterAll(async () => {
  await closeTestInstances();
  await closeHostilePeers();
});

const testMessage = (n: number) => control(n, 'connect.test', { nonce: arbitrary() });
const settings = (n: number, changes: Record<string, unknown> = {}) =>
  control(n, 'connect.settings', { versions: ['1.0'], limits: {}, settings: {}, ...changes });

/** What the database keeps of connections, but for the rows that deliver our own messages. */
const kept = async () => {
  const {
    'link.control_message': _own,
    'access.oauth_record': _tokens,
    ...rest
  } = await stored(at.instance, ['link', 'access']);
  return rest;
};

/** The batch is refused with this code and leaves nothing. */
async function refusedAs(code: string, send: () => ReturnType<HostileConsumer['put']>): Promise<void> {
  const before = await kept();
  expect((await send()).error).toBe(code);
  expect(await kept()).toEqual(before);
}

describe('a batch with one thing wrong is refused and nothing of it is applied:', () => {
  const cases: readonly (readonly [name: string, code: string, twist: () => SealTwist])[] = [
    ['E.4-35 the key of another epoch', 'sx_refused', () => ({ kid: `${keyed.conn}.2.c2p` })],
    ['E.4-35 another epoch inside', 'sx_refused', () => ({ header: { ep: 2 } })],
    [
      'E.4-35 our own direction',
      'sx_refused',
      () => ({ kid: `${keyed.conn}.1.p2c`, key: keyed.schedule.providerToConsumer }),
    ],
    ['E.4-35 our own direction inside', 'sx_refused', () => ({ header: { dir: 'p2c' } })],
    ['E.4-35 the name of another connection’s key', 'sx_refused', () => ({ kid: `${otherKeyed.conn}.1.c2p` })],
    ['the key of another connection', 'sx_refused', () => ({ key: otherKeyed.schedule.consumerToProvider })],
    ['another connection inside', 'sx_refused', () => ({ header: { conn: otherKeyed.conn } })],
    ['E.4-36 another receiver inside', 'sx_refused', () => ({ header: { aud: other.peer.party.id } })],
    ['another sender inside', 'sx_refused', () => ({ header: { iss: other.peer.party.id } })],
    ['the signature of a key nobody knows', 'sx_refused', () => ({ by: testKey('nobody') })],
    ['the signature of another consumer', 'sx_refused', () => ({ by: other.peer.party.sign })],
    ['the signature of the client key', 'sx_refused', () => ({ by: clientKey(consumer.peer) })],
    ['another lane inside', 'sx_refused', () => ({ header: { lane: 1 } })],
    ['another number inside', 'sx_refused', () => ({ header: { seq: 3 } })],
    ['another first message', 'sx_refused', () => ({ header: { n0: 9 } })],
    ['more messages than it holds', 'sx_refused', () => ({ header: { n: 2 } })],
    ['a size that would inflate without end', 'sx_refused', () => ({ header: { raw: 4 * 1024 * 1024 } })],
    ['a manifest beyond all numbers', 'sx_refused', () => ({ header: { mseq: 3_000_000_000 } })],
    ['a time outside the key’s', 'sx_refused', () => ({ header: { ts: '2020-01-01T00:00:00Z' } })],
    ['E.4-39 a padded inner signature', 'sx_refused', () => ({ inner: (jws) => `${jws}=` })],
    ['E.4-39 a space after the inner signature', 'sx_refused', () => ({ inner: (jws) => `${jws} ` })],
    [
      'E.4-39 another tail of the inner signature',
      'sx_refused',
      () => ({ inner: (jws) => jws.slice(0, -1) + String.fromCharCode(jws.charCodeAt(jws.length - 1) + 1) }),
    ],
  ];
  test.each(cases)('%s: %s', async (_name, code, twist) => {
    const { envelope } = await consumer.seal(keyed, 2, [JSON.stringify(testMessage(2))], twist());
    await refusedAs(code, () => consumer.put(keyed, 2, envelope));
  });

  test('white space around the envelope, and none at all', async () => {
    const { envelope } = await consumer.seal(keyed, 2, [JSON.stringify(testMessage(2))]);
    for (const spelling of [`${envelope}\n`, ` ${envelope}`, `${envelope}=`, ''])
      expect((await consumer.put(keyed, 2, spelling)).status).toBeGreaterThanOrEqual(400);
  });
});

describe('the address of a batch', () => {
  const send = async (path: string) => {
    const { envelope } = await consumer.seal(keyed, 2, [JSON.stringify(testMessage(2))]);
    return consumer.put(keyed, 2, envelope, path);
  };

  test('T13 another consumer’s connection looks like none', async () => {
    const foreign = await send(`${otherKeyed.conn}/lanes/0/batches/2`);
    const unknown = await send(`con_${'0'.repeat(32)}/lanes/0/batches/2`);
    expect([foreign.status, foreign.error]).toEqual([404, 'sx_not_found']);
    expect([unknown.status, unknown.error]).toEqual([404, 'sx_not_found']);
  });

  test('another lane while the connection is pending, another number, no number', async () => {
    await refusedAs('sx_pending', () => send(`${keyed.conn}/lanes/1/batches/2`));
    await refusedAs('sx_refused', () => send(`${keyed.conn}/lanes/0/batches/3`));
    await refusedAs('sx_malformed', () => send(`${keyed.conn}/lanes/0/batches/0`));
    await refusedAs('sx_malformed', () => send(`${keyed.conn}/lanes/0/batches/2e0`));
  });

  test('E.4-36 a batch of one connection, sealed anew for another one, does not open there', async () => {
    const { envelope } = await other.seal(otherKeyed, 1, [JSON.stringify(testMessage(1))], {
      header: { iss: consumer.peer.party.id, conn: keyed.conn },
      by: consumer.peer.party.sign,
    });
    await refusedAs('sx_refused', () => other.put(otherKeyed, 1, envelope));
  });

  test('a suspended connection takes nothing', async () => {
    const { open } = at.instance.instance;
    const status = (to: string) =>
      open.executeSql(`update link.connection set status = '${to}' where id = '${otherKeyed.conn}'`);
    await status('suspended');
    await refusedAs('sx_refused', () => other.say(otherKeyed, 1, testMessage(1)));
    await status('pending');
  });
});

describe('order', () => {
  const statusOf = async ({ conn }: Keyed) => {
    const { rows } = await at.instance.instance.open.executeSql(
      `select status, suspended_for from link.connection where id = '${conn}'`,
    );
    return rows;
  };

  test('E.4-37 T17 the same number with other content is a fork: nothing applied, the connection suspended, the record says why', async () => {
    const { consumer: sender, number } = await at.invite('fork');
    const its = await sender.reachKeyed(at.account);
    const sealed = await sender.seal(its, 1, [JSON.stringify(testMessage(1))]);
    const receipt = await sender.deliver(its, 1, sealed);
    const receipts = async () => (await kept())['link.control_receipt'];
    const before = await receipts();
    // The same content is no fork: it gets the same receipt.
    expect((await sender.put(its, 1, sealed.envelope)).text).toBe(receipt.text);
    const fork = await sender.seal(its, 1, [JSON.stringify(testMessage(1))]);
    expect((await sender.put(its, 1, fork.envelope)).error).toBe('sx_fork');
    expect(await receipts()).toEqual(before);
    expect(await statusOf(its)).toEqual([{ status: 'suspended', suspended_for: 'fork' }]);
    const { rows } = await at.instance.instance.open.executeSql(
      `select event from audit.entry where subject = '${its.conn}' order by event`,
    );
    expect(rows).toEqual([{ event: 'link.connection-suspended' }, { event: 'link.fork-refused' }]);
    const notes = await at.ada.api.call(listRegistrationActivity, { params: { number } });
    expect(notes.items[0]?.text).toMatch(/was suspended: nothing is sent or accepted.*message 1 that differs/);

    // From here on it takes nothing, whatever comes, and says the same to who has lost the first answer.
    await refusedAs('sx_fork', () => sender.say(its, 2, testMessage(2)));
    await refusedAs('sx_fork', () => sender.put(its, 1, sealed.envelope));
  });

  test.each([
    ['another batch before it', { prev: arbitrary() }],
    ['no batch before it', { prev: null }],
  ])('T17 a batch that continues another history is a fork, too: %s', async (name, header) => {
    const { consumer: sender } = await at.invite(name.replaceAll(' ', '-'));
    const its = await sender.reachKeyed(at.account);
    expect((await sender.say(its, 1, testMessage(1))).status).toBe(200);
    const { envelope } = await sender.seal(its, 2, [JSON.stringify(testMessage(2))], { header });
    expect((await sender.put(its, 2, envelope)).error).toBe('sx_fork');
    expect(await statusOf(its)).toEqual([{ status: 'suspended', suspended_for: 'fork' }]);
  });

  describe('a batch that says it stands for the one that was taken', () => {
    /** A connection with one batch taken, whose sender then publishes a second key and revokes `revoked`. */
    async function withSecondKey(name: string, revoked: (its: { sign: string; as: string }) => string) {
      const { consumer: sender } = await at.invite(name);
      const its = await sender.reachKeyed(at.account);
      const line = JSON.stringify(testMessage(1));
      const first = await sender.seal(its, 1, [line]);
      const { text: receipt } = await sender.deliver(its, 1, first);
      const { party } = sender.peer;
      const second = testKey(`${name} second`);
      const [sign] = party.manifest.keys;
      const as = party.manifest.keys.find(({ use }) => use === 'as')?.kid ?? '';
      const kid = revoked({ sign: party.sign.kid, as });
      const manifest = await sender.peer.manifest({
        seq: 2,
        keys: [...party.manifest.keys, { ...sign, kid: second.kid, jwk: second.jwk }],
        revoked: [{ kid, at: party.manifest.iat, reason: 'compromised' }],
      });
      sender.peer.on(`GET ${DISCOVERY_PATH}`, () => ({
        body: JSON.stringify({ ...party.discovery, manifest, now: new Date().toISOString() }),
      }));
      const seal = (re: string[], other = line) =>
        sender.seal(its, 1, [other], { by: second, header: { mseq: 2, re } });
      return { sender, its, first, receipt, second, seal };
    }
    const held = async ({ conn }: Keyed) => {
      const { rows } = await at.instance.instance.open.executeSql(
        `select hash, receipt from link.control_receipt where connection_id = '${conn}'`,
      );
      return rows;
    };
    type Case = Awaited<ReturnType<typeof withSecondKey>>;

    test.each<[string, 'sign' | 'as', (its: Case) => Promise<{ envelope: string }>]>([
      ['other content', 'sign', ({ seal, first }) => seal([first.hash], JSON.stringify(testMessage(1)))],
      ['the key of the first still good', 'as', ({ seal, first }) => seal([first.hash])],
      ['it names another batch', 'sign', ({ seal }) => seal([arbitrary()])],
    ])('T17 is a fork, and the receipt that was given stays: %s', async (name, revoked, replace) => {
      const its = await withSecondKey(name.replaceAll(' ', '-'), (kids) => kids[revoked]);
      const { envelope } = await replace(its);
      expect((await its.sender.put(its.its, 1, envelope)).error).toBe('sx_fork');
      expect(await held(its.its)).toEqual([{ hash: its.first.hash, receipt: its.receipt }]);
      expect(await statusOf(its.its)).toEqual([{ status: 'suspended', suspended_for: 'fork' }]);
    });

    test('is taken for it before the connection is proved, too: same content, key revoked; the lane goes on from it', async () => {
      const { sender, its, first, receipt, second, seal } = await withSecondKey('anew', ({ sign }) => sign);
      const anew = await seal([arbitrary(), first.hash]);
      const answer = await sender.deliver(its, 1, anew);
      expect(answer.status).toBe(200);
      expect(await held(its)).toEqual([{ hash: anew.hash, receipt: answer.text }]);
      const { rows } = await at.instance.instance.open.executeSql(
        `select hash, receipt, signed_by from link.replaced_receipt where connection_id = '${its.conn}'`,
      );
      expect(rows).toEqual([{ hash: first.hash, receipt, signed_by: sender.peer.party.sign.kid }]);
      const next = await sender.seal(its, 2, [JSON.stringify(testMessage(2))], { by: second });
      expect((await sender.deliver(its, 2, next)).status).toBe(200);
    });
  });

  test('a connection that is suspended while a batch is being opened takes nothing of it', async () => {
    const { consumer: sender } = await at.invite('meanwhile');
    const its = await sender.reachKeyed(at.account);
    const { party } = sender.peer;
    // The batch names a newer manifest, so the provider looks here before it takes the batch.
    sender.peer.on(`GET ${DISCOVERY_PATH}`, async () => {
      await at.instance.instance.open.executeSql(
        `update link.connection set status = 'suspended' where id = '${its.conn}'`,
      );
      return { body: JSON.stringify({ ...party.discovery, now: new Date().toISOString() }) };
    });
    const { envelope } = await sender.seal(its, 1, [JSON.stringify(testMessage(1))], { header: { mseq: 2 } });
    expect((await sender.put(its, 1, envelope)).error).toBe('sx_refused');
    const { rows } = await at.instance.instance.open.executeSql(
      `select c.status, c.inbound_seq, r.seq from link.connection c
       left join link.control_receipt r on r.connection_id = c.id where c.id = '${its.conn}'`,
    );
    expect(rows).toEqual([{ status: 'suspended', inbound_seq: 0, seq: null }]);
  });

  test('a gap is refused and says which number is expected', async () => {
    const { envelope } = await consumer.seal(keyed, 5, [JSON.stringify(testMessage(5))]);
    const before = await kept();
    const answer = await consumer.put(keyed, 5, envelope);
    expect([answer.status, JSON.parse(answer.text).error, JSON.parse(answer.text).expected]).toEqual([
      409,
      'sx_gap',
      2,
    ]);
    expect(await kept()).toEqual(before);
  });
});

describe('E.4-38 a message that is not one is refused by itself, and its batch stands:', () => {
  const text = (message: object) => JSON.stringify(message);
  const cases: readonly (readonly [name: string, code: string, line: (n: number) => string])[] = [
    ['over 64 KiB', 'sx_too_large', (n) => text(settings(n, { settings: { big: 'x'.repeat(65 * 1024) } }))],
    [
      '33 levels deep',
      'sx_malformed',
      (n) => text(settings(n)).replace('"settings":{}', `"settings":{"a":${'['.repeat(33)}${']'.repeat(33)}}`),
    ],
    ['duplicate members', 'sx_malformed', (n) => text(settings(n)).replace('"limits":{}', '"limits":{},"limits":{}')],
    [
      '__proto__',
      'sx_malformed',
      (n) => text(settings(n)).replace('"settings":{}', '"settings":{"__proto__":{"admin":true}}'),
    ],
    [
      'a lone surrogate',
      'sx_malformed',
      (n) => text(settings(n)).replace('"settings":{}', '"settings":{"a":"\\ud83d"}'),
    ],
    ['NUL', 'sx_malformed', (n) => text(settings(n)).replace('"settings":{}', '"settings":{"a":"\\u0000"}')],
    ['1e400', 'sx_malformed', (n) => text(settings(n)).replace('"settings":{}', '"settings":{"a":1e400}')],
    ['no JSON', 'sx_malformed', () => '{'],
    ['another number than its place', 'sx_malformed', (n) => text(settings(n + 1))],
    ['a type nobody knows', 'sx_type', (n) => text(control(n, 'task.update', {}))],
    ['a type that objects have by birth', 'sx_malformed', (n) => text(control(n, 'constructor', {}))],
    ['a nonce that is none', 'sx_malformed', (n) => text(control(n, 'connect.test', { nonce: 'x' }))],
    ['settings that are a list', 'sx_malformed', (n) => text(settings(n, { settings: [] }))],
  ];
  test('each with its code in the receipt, and none of it kept', async () => {
    const { consumer: sender } = await at.invite('malformed');
    const its = await sender.reachKeyed(at.account);
    for (const [index, [name, code, line]] of cases.entries()) {
      const seq = index + 1;
      const answer = await sender.deliver(its, seq, await sender.seal(its, seq, [line(seq)]));
      expect([name, answer.status]).toEqual([name, 200]);
      const receipt = JSON.parse(Buffer.from(answer.text.split('.')[1] ?? '', 'base64url').toString());
      expect([name, receipt.rejected]).toEqual([name, [{ n: seq, code }]]);
    }
    const { rows } = await at.instance.instance.open.executeSql(
      `select peer_nonce, settings_theirs from link.connection where id = '${its.conn}'`,
    );
    expect(rows).toEqual([{ peer_nonce: null, settings_theirs: null }]);
  });

  test('settings without our nonce in them are not taken', async () => {
    const { consumer: sender } = await at.invite('echo');
    const its = await sender.reachKeyed(at.account);
    expect((await sender.say(its, 1, settings(1, { echo: arbitrary() }))).status).toBe(200);
    const { rows } = await at.instance.instance.open.executeSql(
      `select settings_theirs from link.connection where id = '${its.conn}'`,
    );
    expect(rows).toEqual([{ settings_theirs: null }]);
  });

  test('a connection that is not proved yet takes no endless row of batches', async () => {
    const { consumer: sender } = await at.invite('flood');
    const its = await sender.reachKeyed(at.account);
    let answer = await sender.say(its, 1, testMessage(1));
    for (let seq = 2; seq < 80 && answer.status === 200; seq += 1)
      answer = await sender.say(its, seq, testMessage(seq));
    expect([answer.status, answer.error]).toEqual([403, 'sx_refused']);
  });
});
