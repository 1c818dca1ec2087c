import { sql } from 'kysely';
import { later, MINUTE_MS, systemClock, type UserActor, type UserId } from '../../../src/kernel/index.ts';
import { sealedColumn } from '../../../src/keys/index.ts';
import { migrations } from '../../../src/migrations.ts';
import { type Database, migrate, openDatabase } from '../../../src/platform/db/index.ts';
import { keysOn } from '../keys.ts';

// Rotates the keys of the instance in the database it is given, saying each step, until it is killed:
// rotate-keys <database address or folder> <root key file> <minutes that its clock is ahead>

const [place = '', rootKeyFile = '', ahead = '0'] = process.argv.slice(2);
const VALUES = 900;
const say = (line: string) => process.stdout.write(`${line}\n`);

const open = await openDatabase(place.startsWith('postgres') ? { url: place } : { dataDir: place });
await migrate(open, migrations, systemClock);
await sql`create table if not exists keys.sample (place text, sealed text)`.execute(open.db);

const column = sealedColumn('keys.sample' as keyof Database, 'sealed' as never, (row) => ({
  place: (row as unknown as { place: string }).place,
}));
let resealed = 0;
const samples = {
  ...column,
  async replace(...change: Parameters<typeof column.replace>) {
    resealed += 1;
    if (resealed % 100 === 0) say(`resealing ${resealed}`);
    return column.replace(...change);
  },
};
const keys = await keysOn(open.db, rootKeyFile, {
  clock: { now: () => later(systemClock.now(), Number(ahead) * MINUTE_MS) },
  sealedColumns: { 'sx.invite': [], 'sx.session': [samples], 'sx.secret': [], 'sx.data': [] },
});

const manager: UserActor = {
  kind: 'user',
  id: `usr_${'0'.repeat(32)}` as UserId,
  username: 'ada',
  roles: new Set(['sn_kmf.cryptographic_manager']),
  via: 'session',
  authenticatedAt: new Date(0),
};
const begin = async (module: string) => {
  if ((await keys.manage.rotations(module)).length === 0)
    await keys.manage.rotateInOrder(manager, { module, reason: 'to be interrupted' });
  say(`begun ${module}`);
};

if ((await column.count(open.db, 's1.')) === 0) {
  const sealer = keys.as('service:link').sealer('sx.session');
  const values: { place: string; sealed: string }[] = [];
  for (let n = 0; n < VALUES; n += 1)
    values.push({ place: String(n), sealed: await sealer.seal({ place: String(n) }, Buffer.from(`plain ${n}`)) });
  await sql`insert into keys.sample select place, sealed from jsonb_to_recordset(${JSON.stringify(values)}::jsonb)
    as value (place text, sealed text)`.execute(open.db);
}
await begin('sx.sign');
await begin('sx.session');
say('advancing');
await keys.advanceRotations();
say('advanced');
setInterval(() => undefined, 60_000);
