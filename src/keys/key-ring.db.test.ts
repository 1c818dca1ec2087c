import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../test/harness/database.ts';
import { keyFolder, keysOn } from '../../test/harness/keys.ts';
import { transact } from '../platform/db/index.ts';
import { verifyDiscovery } from '../protocol/index.ts';
import { verifyBytes } from './key-material.ts';
import type { Keys } from './keys.ts';

let database: TestDatabase;
let place: ReturnType<typeof keyFolder>;
let keys: Keys;
beforeAll(async () => {
  database = await testDatabase();
  place = keyFolder();
  keys = await keysOn(database.db, place.rootKeyFile);
});
afterAll(async () => {
  await database.drop();
  place.remove();
});

test('a subject signs what its policies allow, with the key that the manifest publishes', async () => {
  const ring = keys.as('service:link');
  const { kid, sign } = await ring.signer('sx.sign').lease('sx-receipt+jwt');
  const [published] = await ring.publicKeys('sx.sign');
  expect(published).toMatchObject({ kid, state: 'active' });
  const input = Buffer.from('statement');
  expect(await verifyBytes(published?.jwk.x ?? '', input, await sign(input))).toBe(true);
});

test('a type that the module does not list is refused', async () => {
  const signer = keys.as('service:link').signer('sx.sign');
  await expect(signer.lease('sx-manifest+jwt')).rejects.toMatchObject({ slug: 'keys/use-refused' });
});

test('a use without a policy is refused, and the decision says why', async () => {
  await expect(keys.as('service:mail').signer('sx.sign').lease('sx-probe+jwt')).rejects.toMatchObject({
    slug: 'keys/use-refused',
  });
  await expect(keys.as('service:unknown').sealer('sx.data').seal({}, Buffer.from('x'))).rejects.toMatchObject({
    slug: 'keys/use-refused',
  });
  await expect(keys.as('service:link').privateKey('sx.sign')).rejects.toMatchObject({ slug: 'keys/use-refused' });
  await keys.lightCheck();
  const decisions = await database.db.selectFrom('keys.decision').selectAll().execute();
  expect(decisions).toContainEqual(
    expect.objectContaining({
      subject: 'service:link',
      module: 'sx.sign',
      operation: 'lend',
      outcome: 'refused',
      policies: ['first:service:link:sx.sign'],
      reason: 'No valid access policy of service:link for sx.sign allows lend.',
    }),
  );
});

test('a sealed value opens only with its context, in its module, unaltered', async () => {
  const ring = keys.as('service:provider');
  const sealed = await ring.sealer('sx.invite').seal({ registration: 'reg_1' }, Buffer.from('secret'));
  expect(Buffer.from(await ring.sealer('sx.invite').open({ registration: 'reg_1' }, sealed)).toString()).toBe('secret');
  const refused = { slug: 'keys/sealed-value-refused' };
  await expect(ring.sealer('sx.invite').open({ registration: 'reg_2' }, sealed)).rejects.toMatchObject(refused);
  await expect(ring.sealer('sx.session').open({ registration: 'reg_1' }, sealed)).rejects.toMatchObject(refused);
  await expect(ring.sealer('sx.invite').open({ registration: 'reg_1' }, 'nonsense')).rejects.toMatchObject(refused);
  const flipped = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
  await expect(ring.sealer('sx.invite').open({ registration: 'reg_1' }, flipped)).rejects.toMatchObject(refused);
});

test('keys are used inside a transaction without touching the database', async () => {
  await transact(database.db, async () => {
    await keys.as('service:link').sealer('sx.session').seal({ a: 'b' }, Buffer.from('x'));
    await keys.as('service:link').signer('sx.sign').lease('sx-hello+jwt');
    await keys.as('service:access').mac('sx.oauth.web').tag('cookie', '');
  });
});

test('a lent key signs and cannot be exported', async () => {
  const { key, publicJwk } = await keys.as('service:access').privateKey('sx.oauth.client');
  expect(key.extractable).toBe(false);
  await expect(crypto.subtle.exportKey('pkcs8', key)).rejects.toThrow();
  const input = Buffer.from('assertion');
  const signature = await crypto.subtle.sign('Ed25519', key, input);
  expect(await verifyBytes(publicJwk.x, input, Buffer.from(signature))).toBe(true);
});

test('a keyed hash is stable and differs by label', async () => {
  const mac = keys.as('service:access').mac('sx.oauth.web');
  const [one, again, other] = [await mac.tag('nonce', 'x'), await mac.tag('nonce', 'x'), await mac.tag('cookie', 'x')];
  expect(Buffer.from(one)).toEqual(Buffer.from(again));
  expect(Buffer.from(one)).not.toEqual(Buffer.from(other));
  expect(one.length).toBe(32);
  expect(await mac.tags('nonce', 'x')).toEqual([one]);
});

test('the identity is a discovery document that proves itself', async () => {
  const { id, genesis, log, manifest } = keys.identity();
  const now = '2026-01-05T09:00:00.000Z';
  const body = Buffer.from(JSON.stringify({ sx: '1', id, genesis, log, manifest, now }));
  const verified = await verifyDiscovery(body, { origin: 'https://p.example', now: new Date(now) });
  expect(verified.ok && verified.value.id).toBe(id);
});
