import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../src/kernel/index.ts';
import { verifyBytes } from '../src/keys/key-material.ts';
import { migrations } from '../src/migrations.ts';
import { migrate, openDatabase } from '../src/platform/db/index.ts';
import { keyFolder, keysOn } from '../test/harness/keys.ts';

/**
 * `npm run bench:keys`: the key management framework against the raw primitive, in turns in one run on one core, so that a
 * busy machine slows both. What the framework adds for each call: the access policy, the active version, the context as
 * canonical JSON, WebCrypto's own queue.
 */
type Pair = { name: string; framework: () => unknown; raw: () => unknown };

const ROUNDS = 15;
const ROUND_MS = 200;

async function perSecond(work: () => unknown): Promise<number> {
  const from = performance.now();
  let calls = 0;
  let elapsed = 0;
  for (; elapsed < ROUND_MS; elapsed = performance.now() - from) {
    for (let index = 0; index < 20; index += 1) await work();
    calls += 20;
  }
  return (calls * 1_000) / elapsed;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function measure({ name, framework, raw }: Pair): Promise<string> {
  const rates = { framework: [] as number[], raw: [] as number[] };
  await perSecond(framework);
  await perSecond(raw);
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.framework.push(await perSecond(framework));
    rates.raw.push(await perSecond(raw));
  }
  const [ours, bare] = [median(rates.framework), median(rates.raw)];
  const overhead = 1e6 / ours - 1e6 / bare;
  const column = (value: number, digits = 0) => value.toFixed(digits).padStart(10);
  return `${name.padEnd(22)}${column(ours)}${column(bare)}${column(bare / ours, 2)}${column(overhead, 1)}`;
}

const place = keyFolder();
const database = await openDatabase({ dataDir: join(place.folder, 'data') });
try {
  await migrate(database, migrations, systemClock);
  const keys = await keysOn(database.db, place.rootKeyFile);
  const ring = keys.as('service:link');
  const plain = randomBytes(64);
  const context = { connection: 'con_0123456789abcdef', epoch: '1', label: 'c2p' };
  const sealer = ring.sealer('sx.session');
  const sealed = await sealer.seal(context, plain);

  const key = randomBytes(32);
  const aad = Buffer.from(JSON.stringify(context));
  const encrypt = () => {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad);
    return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  };
  const encrypted = encrypt();
  const decrypt = () => {
    const bytes = Buffer.from(encrypted, 'base64url');
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(aad);
    cipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]);
  };

  const message = randomBytes(512);
  const seed = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), randomBytes(32)]);
  const privateKey = createPrivateKey({ key: seed, format: 'der', type: 'pkcs8' });
  const signer = ring.signer('sx.sign');
  const [published] = await ring.publicKeys('sx.sign');
  if (published === undefined) throw new Error('there is no public key');
  const { sign: leased } = await signer.lease('sx-receipt+jwt');
  const signature = await leased(message);
  const publicKey = createPublicKey({ key: { ...published.jwk }, format: 'jwk' });

  const pairs: Pair[] = [
    { name: 'seal 64 B', framework: () => sealer.seal(context, plain), raw: encrypt },
    { name: 'open 64 B', framework: () => sealer.open(context, sealed), raw: decrypt },
    {
      name: 'sign 512 B',
      framework: async () => (await signer.lease('sx-receipt+jwt')).sign(message),
      raw: () => sign(null, message, privateKey),
    },
    {
      name: 'verify 512 B',
      framework: () => verifyBytes(published.jwk.x, message, signature),
      raw: () => verify(null, message, publicKey, signature),
    },
  ];
  process.stdout.write(`${''.padEnd(22)} framework       raw     ratio  µs a call\n`);
  for (const pair of pairs) process.stdout.write(`${await measure(pair)}\n`);
} finally {
  await database.close();
  place.remove();
}
