import type { Selectable } from 'kysely';
import type { Db, Tx } from '../platform/db/index.ts';
import type { RotationPhase } from './rotation-phase.ts';
import type { RotationTable } from './tables.ts';

export type Rotation = Selectable<RotationTable>;

export async function insertRotation(tx: Tx, row: Rotation): Promise<void> {
  await tx.insertInto('keys.rotation').values(row).execute();
}

/** Held until the transaction ends; undefined when it has left `phase` meanwhile. */
export const lockRotation = (tx: Tx, id: string, phase: RotationPhase): Promise<Rotation | undefined> =>
  tx
    .selectFrom('keys.rotation')
    .selectAll()
    .where('id', '=', id)
    .where('phase', '=', phase)
    .forUpdate()
    .executeTakeFirst();

export async function updateRotation(
  tx: Tx,
  id: string,
  change: Partial<Pick<Rotation, 'phase' | 'promoted_at' | 'ended_at'>>,
): Promise<void> {
  await tx.updateTable('keys.rotation').set(change).where('id', '=', id).execute();
}

/** Counts values sealed anew for every rotation away from this version. */
export async function countResealed(tx: Tx, module: string, version: number, values: number): Promise<void> {
  await tx
    .updateTable('keys.rotation')
    .set((rotation) => ({ resealed: rotation('resealed', '+', values) }))
    .where('module', '=', module)
    .where('from_version', '=', version)
    .where('phase', '=', 'draining')
    .execute();
}

export const rotationsIn = (db: Db, phase: RotationPhase): Promise<Rotation[]> =>
  db.selectFrom('keys.rotation').selectAll().where('phase', '=', phase).orderBy('started_at').execute();

export const waitingRotation = (db: Db, module: string): Promise<Rotation | undefined> =>
  db
    .selectFrom('keys.rotation')
    .selectAll()
    .where('module', '=', module)
    .where('phase', '=', 'observing')
    .executeTakeFirst();

export const latestRotations = (db: Db, module: string): Promise<Rotation[]> =>
  db
    .selectFrom('keys.rotation')
    .selectAll()
    .where('module', '=', module)
    .orderBy('started_at', 'desc')
    .limit(20)
    .execute();
